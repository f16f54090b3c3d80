"""The checkers find what they are there to find: each has histories that must fail."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import checkers
from tests.faults.checkers import Leave, Violation
from tests.faults.history import Call, Outcome, Recorder, digest, read, version_of
from tests.faults.stored import Stored, StoredAttempt, StoredJob, StoredWrite

KEY, RESULT = digest({"n": 1}), digest({"loss": 0.5})

ADD = Call("boss", "add", 0, 1, Outcome.OK, job="a", digest=KEY)
CLAIM = Call("w1", "claim", 2, 3, Outcome.OK, "a", 1, status="RUNNING", tag="e.1.2.x")
FINISH = Call("w1", "finish", 4, 5, Outcome.OK, "a", 1, "DONE", RESULT, "e.1.2.x", "e.1.3.y")
HISTORY = [ADD, CLAIM, FINISH]

WRITES = [
    StoredWrite(1, 0, None, "QUEUED"),
    StoredWrite(2, 1, "QUEUED", "RUNNING"),
    StoredWrite(3, 1, "RUNNING", "DONE"),
]
DONE = StoredJob(
    "a", 1, "DONE", 3, 1, KEY, RESULT, "w1", writes=WRITES, attempts=[StoredAttempt(1, "DONE")]
)
RUNNING = replace(
    DONE,
    status="RUNNING",
    version=2,
    digest=digest({}),
    writes=WRITES[:2],
    attempts=[StoredAttempt(1, "RUNNING")],
)
# Attempt 1 was lost, and attempt 2 began.
LOST = [
    *WRITES[:2],
    StoredWrite(3, 1, "RUNNING", "QUEUED"),
    StoredWrite(4, 2, "QUEUED", "RUNNING"),
    StoredWrite(5, 2, "RUNNING", "DONE"),
]
SECOND = replace(
    DONE,
    version=5,
    attempt=2,
    writes=LOST,
    attempts=[StoredAttempt(1, "LOST"), StoredAttempt(2, "DONE")],
)
CLAIM_2 = Call("w2", "claim", 10, 11, Outcome.OK, "a", 2, status="RUNNING", tag="e.1.4.z")
LATE = replace(FINISH, invoked=12, ended=13, tag="e.1.5.l")


def holding(*jobs: StoredJob) -> Stored:
    return Stored({job.id: job for job in jobs})


def rules(found: Iterable[Violation]) -> set[str]:
    return {violation.rule for violation in found}


def test_a_run_without_mishap_is_right() -> None:
    assert checkers.check(HISTORY, holding(DONE)) == []


def test_a_job_that_was_added_and_is_gone_is_lost() -> None:
    assert rules(checkers.additions([ADD], holding())) == {"lost"}


def test_an_addition_that_nobody_confirmed_may_be_gone_or_there() -> None:
    unknown = replace(ADD, outcome=Outcome.INFO, job=None)
    assert not list(checkers.additions([unknown], holding()))
    assert not list(checkers.additions([unknown], holding(DONE)))


def test_a_job_that_nobody_added_is_unexpected() -> None:
    assert rules(checkers.additions([], holding(DONE))) == {"unexpected"}
    assert not list(checkers.additions([], holding(DONE), Leave(proposals=True)))


def test_an_addition_that_failed_must_not_be_there() -> None:
    failed = replace(ADD, outcome=Outcome.FAIL, job=None)
    assert rules(checkers.additions([failed], holding(DONE))) == {"unexpected"}


def test_a_job_that_is_there_twice_is_a_duplicate() -> None:
    twice = holding(DONE, replace(DONE, id="b"))
    assert rules(checkers.additions([ADD], twice)) == {"duplicate"}
    assert not list(checkers.additions([ADD], twice, Leave(duplicates=True)))


@pytest.mark.parametrize(
    "job", [RUNNING, replace(DONE, digest=digest({"loss": 0.7})), replace(DONE, status="CRASHED")]
)
def test_a_confirmed_result_must_be_there_exactly(job: StoredJob) -> None:
    assert rules(checkers.results([FINISH], holding(job))) == {"lost"}


def test_a_confirmed_result_of_a_job_that_is_gone_is_lost() -> None:
    assert rules(checkers.results([FINISH], holding())) == {"lost"}


def test_a_result_that_nobody_confirmed_may_be_gone() -> None:
    assert not list(checkers.results([replace(FINISH, outcome=Outcome.INFO)], holding(RUNNING)))


def test_a_crash_that_is_tried_again_is_in_its_attempt() -> None:
    crash = replace(FINISH, status="CRASHED")
    retried = replace(SECOND, attempts=[StoredAttempt(1, "CRASHED"), StoredAttempt(2, "DONE")])
    assert not list(checkers.results([crash], holding(retried)))
    assert rules(checkers.results([crash], holding(SECOND))) == {"lost"}
    for_good = replace(retried, writes=[*WRITES[:2], StoredWrite(3, 1, "RUNNING", "CRASHED")])
    assert rules(checkers.results([crash], holding(for_good))) == {"lost"}


def test_a_crash_that_would_be_tried_again_may_be_ended_by_an_earlier_attempt() -> None:
    crash = replace(FINISH, status="CRASHED", attempt=2)
    adopted = replace(
        DONE,
        attempt=2,
        attempts=[StoredAttempt(1, "LOST"), StoredAttempt(2, "CRASHED")],
        writes=[
            *LOST[:4],
            StoredWrite(5, 2, "RUNNING", "QUEUED"),
            StoredWrite(6, 1, "QUEUED", "DONE"),
        ],
    )
    assert not list(checkers.results([crash], holding(adopted)))


def test_an_attempt_that_two_have_is_found() -> None:
    assert rules(checkers.owners([CLAIM, replace(CLAIM, process="w2")])) == {"double"}
    assert not list(checkers.owners([CLAIM, CLAIM_2]))


def test_an_attempt_that_one_worker_gets_twice_is_found() -> None:
    again = replace(CLAIM, invoked=6, ended=7)
    assert "double" in rules(checkers.owners([CLAIM, again]))


def test_attempts_that_go_backwards_are_found() -> None:
    back = replace(CLAIM, process="w3", invoked=20, ended=21)
    assert rules(checkers.owners([CLAIM_2, back])) == {"double"}


def test_a_write_of_an_attempt_that_is_over_is_stale() -> None:
    stored = holding(SECOND)
    assert rules(checkers.fences([CLAIM, CLAIM_2, LATE], stored)) == {"stale"}


def test_a_late_result_that_was_adopted_is_not_stale() -> None:
    adopted = [StoredAttempt(1, "LOST", late="adopted"), StoredAttempt(2, "TAKEN")]
    stored = holding(replace(SECOND, attempts=adopted))
    assert not list(checkers.fences([CLAIM, CLAIM_2, LATE], stored))


def test_a_write_while_the_next_attempt_begins_is_not_stale() -> None:
    meanwhile = replace(LATE, invoked=10)
    assert not list(checkers.fences([CLAIM, CLAIM_2, meanwhile], holding(SECOND)))


def test_calls_have_to_take_effect_in_the_order_in_which_they_were_made() -> None:
    early = replace(FINISH, tag="e.1.2.y", status="RUNNING")
    assert rules(checkers.order([CLAIM, early], holding(DONE))) == {"order"}


def test_a_confirmed_call_has_a_line_in_the_trail() -> None:
    nowhere = replace(FINISH, tag="e.1.9.y")
    assert rules(checkers.order([nowhere], holding(DONE))) == {"order"}
    other = replace(FINISH, status="PRUNED")
    assert rules(checkers.order([other], holding(DONE))) == {"order"}


def test_refused_results_must_be_kept() -> None:
    refused = replace(LATE, outcome=Outcome.FAIL, why="412", digest=digest("x"))
    assert rules(checkers.kept([refused], holding(SECOND))) == {"thrown_away"}
    assert not list(checkers.kept([refused], holding(replace(SECOND, kept=[digest("x")]))))


def test_a_job_of_a_dead_worker_is_stuck() -> None:
    open_ended = Leave(unfinished=True)
    assert rules(checkers.stuck(holding(RUNNING), [], open_ended)) == {"stuck"}
    assert not list(checkers.stuck(holding(RUNNING), ["w1"], open_ended))


def test_a_job_that_a_late_claim_took_comes_back_with_its_lease() -> None:
    leased = replace(RUNNING, attempts=[StoredAttempt(1, "RUNNING", is_leased=True)])
    unheard = Leave(unheard=True)
    assert not checkers.check([ADD], holding(leased), leave=unheard)
    assert rules(checkers.check([ADD], holding(leased))) == {"stuck"}
    assert rules(checkers.check([ADD], holding(RUNNING), leave=unheard)) == {"stuck"}
    assert rules(checkers.check([ADD, CLAIM], holding(leased), leave=unheard)) == {"stuck"}


def test_a_job_that_waits_at_the_end_is_stuck() -> None:
    waiting = replace(DONE, status="QUEUED")
    assert rules(checkers.stuck(holding(waiting))) == {"stuck"}
    assert not list(checkers.stuck(holding(waiting), (), Leave(unfinished=True)))


@pytest.mark.parametrize(
    "job",
    [
        replace(DONE, version=4),
        replace(DONE, status="PRUNED"),
        replace(DONE, attempt=2),
        replace(DONE, writes=WRITES[1:]),
        replace(DONE, writes=[*WRITES[:1], WRITES[2]]),
        replace(DONE, writes=[]),
        replace(DONE, attempts=[]),
        replace(DONE, attempts=[StoredAttempt(1, "RUNNING")]),
        replace(DONE, content=b"1", writes=[*WRITES[:2], replace(WRITES[2], state=b"2")]),
        replace(
            DONE, version=4, writes=[*WRITES, StoredWrite(4, 1, "DONE", "PRUNED")], status="PRUNED"
        ),
        replace(RUNNING, writes=[WRITES[0], replace(WRITES[1], attempt=0)], attempt=0),
    ],
)
def test_the_trail_has_to_explain_the_row(job: StoredJob) -> None:
    assert rules(checkers.audit(job)) == {"audit"}


def test_the_trail_of_a_second_attempt_explains_the_row() -> None:
    assert not list(checkers.audit(SECOND))


def test_what_the_old_client_does_not_know_is_in_its_tags() -> None:
    old = [replace(CLAIM, attempt=None), replace(FINISH, attempt=None)]
    assert [call.attempt for call in checkers.with_attempts(old, holding(DONE))] == [1, 1]


def test_a_process_that_dies_leaves_its_calls_open(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "w1.jsonl", "w1")
    recorder.invoke("claim", status="RUNNING").ok(job="a", attempt=1)
    recorder.invoke("finish", job="a", attempt=1, status="DONE", digest=RESULT)
    done, left = read([tmp_path / "w1.jsonl"])
    assert (done.job, done.outcome, left.outcome, left.ended) == (
        "a",
        Outcome.OK,
        Outcome.INFO,
        None,
    )
    assert done.ended is not None
    assert done.invoked <= done.ended <= left.invoked


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [float("nan")]}) == digest(json.loads('{"b": [NaN], "a": 1}'))
    assert digest({"a": 1}) != digest({"a": 2})


def test_a_tag_tells_its_version() -> None:
    assert (version_of('"epoch.7-1f.12.nonce"'), version_of(None)) == (12, None)
