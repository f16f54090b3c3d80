"""How often a job may fail, and in which way."""

from schedy_server.model.jobs import Ending, Status
from schedy_server.model.transitions import Refused
from schedy_server.service.jobs import Handed
from tests.server.service.shift import TTL, Shift


def preempt(shift: Shift, handed: Handed, resume: str | None = None) -> Handed:
    outcome = shift.end(handed, Status.QUEUED, preempts=True, resume=resume, results={"step": 1})
    assert isinstance(outcome, Handed)
    return outcome


def test_a_job_that_kills_three_workers_ends_crashed(shift: Shift) -> None:
    shift.desk.add()
    for worker in ("ann", "ben", "cid"):
        handed = shift.claim(worker)
        shift.pass_time(TTL + 10)
    job = shift.job(handed)
    assert (job.status, job.lost) == (Status.CRASHED, 3)
    assert job.reason == "lost 3 times; the last time, cid fell silent"
    assert job.finished is not None


def test_the_limit_of_losses_is_the_users(shift: Shift) -> None:
    shift.limits(max_lost=1)
    shift.desk.add()
    handed = shift.claim()
    shift.pass_time(TTL + 10)
    assert shift.job(handed).status is Status.CRASHED


def test_a_preempted_job_is_first_in_line_with_all_it_has(shift: Shift) -> None:
    jobs = [shift.desk.add().job.id for _ in range(3)]
    preempt(shift, shift.claim(), resume='{"epoch": 7}')
    again = shift.claim("ben")
    assert (again.job.id, again.job.resume) == (jobs[0], '{"epoch": 7}')
    assert again.job.results == '{"step": 1}'
    assert (again.job.preempted, again.job.lost, again.job.crashed) == (1, 0, 0)
    assert [each.state for each in shift.attempts(again)] == [Ending.RELEASED, "RUNNING"]


def test_preemptions_have_a_budget_of_their_own(shift: Shift) -> None:
    shift.desk.add()
    for _ in range(49):
        handed = shift.claim()
        preempt(shift, handed)
    assert shift.job(handed).status is Status.QUEUED
    handed = shift.claim()
    preempt(shift, handed)
    job = shift.job(handed)
    assert (job.status, job.reason) == (Status.CRASHED, "preempted 50 times")


def test_a_repeated_release_is_one_preemption(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    for _ in range(3):
        preempt(shift, handed)
    assert shift.job(handed).preempted == 1
    shift.claim("ben")
    preempt(shift, handed)
    assert shift.job(handed).status is Status.RUNNING


def test_who_gave_a_job_back_has_no_late_results(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    preempt(shift, handed)
    shift.claim("ben")
    assert isinstance(shift.end(handed, results={"loss": 1}), Refused)
    assert shift.job(handed).status is Status.RUNNING


def test_a_crash_is_not_tried_again_unless_somebody_wants_it(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.end(handed, Status.CRASHED)
    assert (shift.job(handed).status, shift.job(handed).crashed) == (Status.CRASHED, 1)


def test_a_crash_is_tried_again_as_often_as_the_user_wants(shift: Shift) -> None:
    shift.limits(crash_retries=2)
    first, other = shift.desk.add(), shift.desk.add()
    shift.end(shift.claim(), Status.CRASHED, results={"loss": 9})
    assert shift.job(first).status is Status.QUEUED
    shift.end(shift.claim())
    for _ in range(2):
        shift.end(shift.claim(), Status.CRASHED)
    assert (shift.job(first).status, shift.job(first).crashed) == (Status.CRASHED, 3)
    assert shift.job(other).status is Status.DONE


def test_a_repeated_crash_counts_once(shift: Shift) -> None:
    shift.limits(crash_retries=2)
    shift.desk.add()
    handed = shift.claim()
    for _ in range(3):
        assert isinstance(shift.end(handed, Status.CRASHED), Handed)
    assert shift.job(handed).crashed == 1


def test_one_budget_does_not_touch_another(shift: Shift) -> None:
    shift.limits(crash_retries=5)
    shift.desk.add()
    shift.end(shift.claim(), Status.CRASHED)
    preempt(shift, shift.claim())
    handed = shift.claim()
    shift.pass_time(TTL + 10)
    job = shift.job(handed)
    assert (job.lost, job.preempted, job.crashed) == (1, 1, 1)
    assert job.status is Status.QUEUED
