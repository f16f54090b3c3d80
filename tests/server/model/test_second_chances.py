"""Results that come too late, and how often a job is tried: each rule by itself."""

from typing import Any

import pytest

from schedy_server.model.jobs import FIRST, IN_TURN, LAST, Attempt, Job, Status
from schedy_server.model.limits import Limits, OnLate
from schedy_server.model.tags import Tag
from schedy_server.model.transitions import Asked, Change, Memory, Refused, Step, step
from tests.server.storage.stock import EPOCH, NOON, around, new_experiment, new_job

EXPERIMENT = new_experiment(account_key=1)


def job_with(**fields: Any) -> Job:
    return new_job(EXPERIMENT, **fields)


def asked(version: int, *, digest: bytes = b"d") -> Asked:
    seen = Tag.of(job_with(), epoch=EPOCH, nonce="n", version=version)
    return Asked(1, digest, [seen])


# Results that come too late -----------------------------------------------------------------------

LOST = Attempt(n=1, state="LOST", lease_id="old lease", claim_id="old claim", worker="old worker")
RESULT = Change(Status.DONE, results='{"loss": 1}', quality=1.0)


def late(job: Job, change: Change = RESULT, **limits: Any) -> Any:
    """Decide on a result of a worker whose attempt was given up."""
    there = around(EXPERIMENT, limits=Limits(**limits))
    wish = asked(2, digest=b"late")
    return step(job, change, wish, Memory(taken=LOST), there)


@pytest.mark.parametrize(
    ("job", "ended"),
    [
        (job_with(status=Status.QUEUED, attempt=1, version=3), None),
        (
            job_with(status=Status.RUNNING, attempt=2, version=4, lease_id="theirs", worker="bob"),
            (2, "TAKEN"),
        ),
    ],
    ids=["waits", "runs elsewhere"],
)
def test_a_late_result_ends_a_job_that_is_not_over(job: Job, ended: tuple[int, str] | None) -> None:
    outcome = late(job)
    assert (outcome.before, outcome.ended, outcome.adopted) == (job.status, ended, 1)
    assert (outcome.digest, outcome.started) == (b"late", None)
    after = outcome.job
    assert (after.status, after.results, after.quality) == (Status.DONE, '{"loss": 1}', 1.0)
    assert (after.worker, after.reason) == ("old worker", "late result of attempt 1")
    assert (after.lease_id, after.finished, after.version) == (None, NOON, job.version + 1)
    assert after.attempt == job.attempt


def test_a_late_result_may_say_why_it_ends_so() -> None:
    outcome = late(job_with(attempt=1, version=3), Change(Status.PRUNED, reason="it diverges"))
    assert (outcome.job.status, outcome.job.reason) == (Status.PRUNED, "it diverges")


@pytest.mark.parametrize(
    ("job", "change", "limits"),
    [
        (job_with(attempt=1, version=3), Change(Status.CRASHED), {}),
        (job_with(attempt=1, version=3), Change(Status.RUNNING), {}),
        (job_with(attempt=1, version=3), Change(Status.QUEUED), {}),
        (job_with(status=Status.DONE, attempt=2, version=5), RESULT, {}),
        (job_with(attempt=1, version=3), RESULT, {"on_late": OnLate.KEEP}),
    ],
    ids=["a crash", "a report", "given back", "over", "kept by order"],
)
def test_what_else_comes_late_changes_nothing(job: Job, change: Change, limits: Any) -> None:
    assert isinstance(late(job, change, **limits), Refused)


# How often a job is tried -------------------------------------------------------------------------


def ending(change: Change, counts: dict[str, Any] | None = None, **limits: Any) -> Step:
    """End the attempt of a running job that has these counts."""
    running = job_with(
        status=Status.RUNNING, attempt=1, version=2, lease_id="lease", **(counts or {})
    )
    there = around(EXPERIMENT, limits=Limits(**limits))
    outcome = step(running, change, asked(2), Memory(), there)
    assert isinstance(outcome, Step)
    return outcome


@pytest.mark.parametrize("crashed", [0, 1, 2])
def test_a_crash_is_tried_again_as_often_as_the_experiment_allows(crashed: int) -> None:
    outcome = ending(Change(Status.CRASHED, reason="why"), {"crashed": crashed}, crash_retries=2)
    job, is_over = outcome.job, crashed == 2
    assert job.status is (Status.CRASHED if is_over else Status.QUEUED)
    assert (job.crashed, job.place) == (crashed + 1, IN_TURN if is_over else LAST)
    assert (outcome.ended, job.lease_id, job.reason) == ((1, "CRASHED"), None, "why")
    assert job.finished == (NOON if is_over else None)


@pytest.mark.parametrize("preempted", [0, 1, 2])
def test_a_preempted_job_is_first_in_line_until_it_was_once_too_often(preempted: int) -> None:
    change = Change(Status.QUEUED, reason="spot", preempts=True, resume='{"epoch": 3}')
    outcome = ending(change, {"preempted": preempted}, max_preempted=3)
    job, is_over = outcome.job, preempted == 2
    assert job.status is (Status.CRASHED if is_over else Status.QUEUED)
    assert (job.preempted, job.place, job.resume) == (preempted + 1, FIRST, '{"epoch": 3}')
    assert (job.crashed, job.lost) == (0, 0)
    assert job.reason == ("preempted 3 times" if is_over else "spot")
    assert (outcome.ended, job.lease_id) == ((1, "RELEASED"), None)


def test_a_job_that_is_given_back_waits_for_its_turn() -> None:
    outcome = ending(Change(Status.QUEUED), {"place": FIRST, "preempted": 1})
    assert (outcome.job.place, outcome.job.preempted, outcome.job.crashed) == (IN_TURN, 1, 0)


def test_an_end_keeps_what_the_next_attempt_could_have_gone_on_from() -> None:
    assert ending(Change(Status.DONE), {"resume": '{"epoch": 3}'}).job.resume == '{"epoch": 3}'
