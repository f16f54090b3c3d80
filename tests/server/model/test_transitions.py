"""How a job changes: each rule by itself, and what holds after any change."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.jobs import FINAL, Job, Status, Write
from schedy_server.model.tags import Tag
from schedy_server.model.transitions import (
    Asked,
    Change,
    Memory,
    Refused,
    Replayed,
    Step,
    created,
    step,
)
from tests.server.storage.samples import job_fields, names
from tests.server.storage.stock import EPOCH, NOON, around, new_experiment, new_job

EXPERIMENT = new_experiment(account_key=1)
AROUND = around(
    EXPERIMENT,
    revision=77,
    lease_id="new lease",
    worker="new worker",
    claim_id="claim",
    deadline=900,
)
ANA, BOB = 1, 2


def job_with(**fields: Any) -> Job:
    return new_job(EXPERIMENT, **fields)


def jobs() -> st.SearchStrategy[Job]:
    return job_fields().map(lambda fields: job_with(**fields))


def payloads() -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(["{}", '{"loss": 1}']))


def changes() -> st.SearchStrategy[Change]:
    return st.builds(
        Change,
        st.sampled_from(Status),
        hyperparameters=payloads(),
        results=payloads(),
        quality=st.one_of(st.none(), st.floats(allow_nan=False)),
        reason=st.one_of(st.none(), names()),
    )


def tag(version: int, nonce: str = "n", *, epoch: str = EPOCH) -> Tag:
    return Tag.of(job_with(), epoch=epoch, nonce=nonce, version=version)


def asked(*tags: Tag, digest: bytes = b"d", account: int = ANA) -> Asked:
    return Asked(account, digest, list(tags) or None)


def applied(job: Job, change: Change) -> Step:
    outcome = step(job, change, Asked(ANA, b"d"), Memory(), AROUND)
    assert isinstance(outcome, Step)
    return outcome


def remembered(outcome: Step, account: int = ANA) -> Write:
    job = outcome.job
    return Write(job.version, job.base_tag, outcome.digest, account, job.attempt, job.status)


# What holds after any change ----------------------------------------------------------------------


@given(jobs(), changes())
def test_every_change_makes_a_new_version_at_the_next_revision(job: Job, change: Change) -> None:
    after = applied(job, change).job
    assert (after.version, after.revision) == (job.version + 1, 77)
    assert applied(job, change).before == job.status
    assert (after.status, after.reason, after.modified) == (change.status, change.reason, NOON)


@given(jobs(), changes())
def test_who_a_job_is_never_changes(job: Job, change: Change) -> None:
    after = applied(job, change).job
    for field in ("experiment_key", "number", "id", "origin", "priority", "created"):
        assert getattr(after, field) == getattr(job, field)


@given(jobs(), changes())
def test_what_is_not_given_is_kept(job: Job, change: Change) -> None:
    after = applied(job, change).job
    assert after.hyperparameters == (change.hyperparameters or job.hyperparameters)
    assert after.results == (change.results or job.results)
    assert after.quality == (job.quality if change.results is None else change.quality)


@given(jobs(), changes())
def test_a_job_has_an_end_exactly_when_it_is_over(job: Job, change: Change) -> None:
    after = applied(job, change).job
    assert (after.finished is not None) == after.status.is_final
    if job.status.is_final and after.status.is_final:
        assert after.finished == job.finished


@given(jobs(), changes())
def test_an_attempt_starts_exactly_when_a_job_begins_to_run(job: Job, change: Change) -> None:
    outcome = applied(job, change)
    begins = change.status is Status.RUNNING and job.status is not Status.RUNNING
    assert (outcome.started is not None) == begins
    assert outcome.job.attempt == job.attempt + begins
    if outcome.started is not None:
        assert (outcome.started.n, outcome.started.state) == (outcome.job.attempt, "RUNNING")
        assert (outcome.started.deadline, outcome.job.started) == (900, NOON)
        assert outcome.started.lease_id == outcome.job.lease_id == "new lease"
        assert (outcome.job.worker, outcome.started.claim_id) == ("new worker", "claim")


@given(jobs(), changes())
def test_an_attempt_ends_exactly_when_a_job_stops_running(job: Job, change: Change) -> None:
    outcome = applied(job, change)
    stops = job.status is Status.RUNNING and change.status is not Status.RUNNING
    state = change.status if change.status in FINAL else "RELEASED"
    assert outcome.ended == ((job.attempt, state) if stops else None)


@given(st.lists(changes(), max_size=12))
def test_attempts_follow_one_another_without_gap_or_overlap(wished: list[Change]) -> None:
    job, running, attempts = job_with(), False, 0
    for change in wished:
        outcome = applied(job, change)
        if outcome.ended is not None:
            assert (running, outcome.ended[0]) == (True, attempts)
            running = False
        if outcome.started is not None:
            attempts += 1
            assert (running, outcome.started.n) == (False, attempts)
            running = True
        job = outcome.job
        assert running == (job.status is Status.RUNNING) == (job.lease_id is not None)


@given(jobs().filter(lambda job: job.status is not Status.RUNNING))
def test_a_job_that_is_created_waiting_or_over_is_stored_as_it_is(job: Job) -> None:
    assert created(job, asked(), AROUND) == Step(None, job, b"d")


def test_a_job_that_is_created_running_starts_its_first_attempt() -> None:
    outcome = created(job_with(status=Status.RUNNING), asked(), AROUND)
    assert outcome.started is not None
    assert (outcome.started.n, outcome.job.attempt, outcome.job.lease_id) == (1, 1, "new lease")
    assert (outcome.started.worker, outcome.job.worker) == ("new worker", "new worker")
    assert (outcome.before, outcome.job.version, outcome.job.started) == (None, 1, NOON)
    assert outcome.digest == b"d"


# Who may change it --------------------------------------------------------------------------------

START, REPORT, FINISH = Change(Status.RUNNING), Change(Status.RUNNING), Change(Status.DONE)


def decide(job: Job, change: Change, wish: Asked, *writes: Step, account: int = ANA) -> Any:
    """Decide with the memory of earlier writes, the latest last, as the service looks it up."""
    memory = [remembered(write, account) for write in writes]
    tags = {str(tag) for tag in wish.tags or ()}
    with_tag = next((write for write in memory if write.base_tag in tags), None)
    latest = next((write for write in memory if write.version == job.version), None)
    return step(job, change, wish, Memory(with_tag, latest), AROUND)


def started(nonce: str = "mine") -> Step:
    """Return the start of a job by whoever read its first version."""
    outcome = decide(job_with(), START, asked(tag(1, nonce), digest=b"start"))
    assert isinstance(outcome, Step)
    return outcome


@given(jobs(), changes(), names())
def test_whoever_saw_the_job_as_it_is_changes_it(job: Job, change: Change, nonce: str) -> None:
    seen = Tag.of(job, epoch=EPOCH, nonce=nonce)
    outcome = step(job, change, asked(seen), Memory(), AROUND)
    assert isinstance(outcome, Step)
    assert outcome.job.base_tag == str(seen)


@given(jobs(), changes(), st.integers(-3, 3).filter(bool))
def test_whoever_saw_it_otherwise_does_not(job: Job, change: Change, off: int) -> None:
    seen = Tag.of(job, epoch=EPOCH, nonce="n", version=job.version + off)
    assert isinstance(step(job, change, asked(seen), Memory(), AROUND), Refused)


@pytest.mark.parametrize(
    "seen",
    [
        tag(1, epoch="another"),  # from before a backup was restored
        Tag.of(job_with(number=2), epoch=EPOCH, nonce="n"),
        Tag.of(job_with(created=NOON.replace(microsecond=1)), epoch=EPOCH, nonce="n"),
    ],
)
def test_a_tag_from_elsewhere_changes_nothing(seen: Tag) -> None:
    assert isinstance(decide(job_with(), START, asked(seen)), Refused)


def test_one_current_tag_among_several_is_enough() -> None:
    assert isinstance(decide(job_with(version=3), START, asked(tag(2), tag(3))), Step)


def test_a_condition_that_nothing_can_meet_is_not_met() -> None:
    assert isinstance(step(job_with(), START, Asked(ANA, b"d", []), Memory(), AROUND), Refused)


def test_a_refusal_says_what_became_of_the_job() -> None:
    refusal = decide(started().job, START, asked(tag(1, "other"), digest=b"start"), started())
    assert isinstance(refusal, Refused)
    assert refusal.message == (
        "Job 'job-1' was changed since you read it (it is RUNNING now). "
        "Get it again to see what is there."
    )


# Repeats ------------------------------------------------------------------------------------------


def test_a_repeated_start_gets_the_same_answer() -> None:
    wish = asked(tag(1, "mine"), digest=b"start")
    assert decide(started().job, START, wish, started()) == Replayed(2)


def test_a_rival_s_identical_start_is_no_repeat() -> None:
    wish = asked(tag(1, "other"), digest=b"start")
    assert isinstance(decide(started().job, START, wish, started()), Refused)


@pytest.mark.parametrize(
    "wish",
    [
        asked(tag(1, "mine"), digest=b"another"),
        asked(tag(1, "mine"), digest=b"start", account=BOB),
    ],
)
def test_another_request_under_the_same_tag_is_no_repeat(wish: Asked) -> None:
    assert isinstance(decide(started().job, START, wish, started()), Refused)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_a_repeated_start_is_refused_once_the_job_was_taken_away(status: Status) -> None:
    first = started()
    taken = applied(first.job, Change(Status.QUEUED))
    after = taken if status is Status.QUEUED else applied(taken.job, START)
    wish = asked(tag(1, "mine"), digest=b"start")
    assert isinstance(decide(after.job, START, wish, first, taken, after), Refused)


@pytest.mark.parametrize("change", [START, Change(Status.QUEUED), Change(Status.CRASHED)])
def test_a_repeated_end_gets_the_same_answer_whatever_came_after(change: Change) -> None:
    first = started()
    wish = asked(tag(2, "mine"), digest=b"end")
    end = decide(first.job, FINISH, wish, first)
    later = applied(end.job, change)
    assert decide(later.job, FINISH, wish, first, end, later) == Replayed(3)


def test_an_unconditional_repeat_is_recognised_until_something_else_happens() -> None:
    first = applied(job_with(), START)
    assert decide(first.job, START, asked(), first) == Replayed(2)
    assert isinstance(decide(first.job, START, asked(digest=b"other"), first), Step)
    assert isinstance(decide(first.job, START, asked(account=BOB), first), Step)
    assert isinstance(decide(applied(first.job, REPORT).job, START, asked(), first), Step)


# The end of an owner that heard nothing -----------------------------------------------------------


@pytest.mark.parametrize("end", [Status.DONE, Status.CRASHED, Status.PRUNED])
def test_an_owner_that_never_heard_of_its_last_write_may_end_the_job(end: Status) -> None:
    outcome = decide(started().job, Change(end), asked(tag(1, "mine"), digest=b"end"), started())
    assert isinstance(outcome, Step)
    assert (outcome.job.status, outcome.job.version) == (end, 3)


@pytest.mark.parametrize(
    ("change", "wish"),
    [
        (REPORT, asked(tag(1, "mine"), digest=b"more")),
        (Change(Status.QUEUED), asked(tag(1, "mine"), digest=b"back")),
        (FINISH, asked(tag(1, "other"), digest=b"end")),
        (FINISH, asked(tag(1, "mine", epoch="another"), digest=b"end")),
        (FINISH, asked(tag(1, "mine"), digest=b"end", account=BOB)),
    ],
    ids=["not an end", "given back", "another reader", "another epoch", "another account"],
)
def test_nobody_else_may_and_nothing_else(change: Change, wish: Asked) -> None:
    assert isinstance(decide(started().job, change, wish, started()), Refused)


def test_nor_once_somebody_else_has_changed_the_job() -> None:
    first = started()
    taken = applied(first.job, REPORT)
    wish = asked(tag(1, "mine"), digest=b"end")
    assert isinstance(decide(taken.job, FINISH, wish, first, taken), Refused)
