"""What people do about jobs that go wrong."""

from functools import partial
from typing import Any

import pytest

from schedy_server.model.errors import Conflict, NotFound
from schedy_server.model.experiments import Direction, ExperimentStatus, Objective
from schedy_server.model.jobs import Ending, Job, Status
from schedy_server.model.transitions import Refused
from schedy_server.service import attempts, claims, experiments, history, jobs, steering
from schedy_server.service.claims import Directive
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from schedy_server.service.repeats import Key
from tests.server.desk import NAME, wish
from tests.server.service.shift import TTL, Shift


def steer(shift: Shift, how: Any, handed: Handed, **more: Any) -> Job:
    given = {"reason": None, "key": None, **more}
    steered: Handed = shift.do(how, NAME, handed.job.id, **given)
    return steered.job


def ended(shift: Shift, status: Status = Status.DONE, **content: Any) -> Handed:
    shift.desk.add()
    handed = shift.claim()
    shift.end(handed, status, **content)
    return handed


@pytest.mark.parametrize("status", [Status.DONE, Status.CRASHED, Status.PRUNED])
def test_a_job_that_is_over_runs_again(shift: Shift, status: Status) -> None:
    handed = ended(shift, status, results={"loss": 1})
    assert steer(shift, steering.requeue, handed).status is Status.QUEUED
    again = shift.claim()
    assert (again.job.id, again.job.attempt) == (handed.job.id, 2)
    assert shift.desk.counts() == {Status.RUNNING: 1}


def test_a_requeued_job_has_fresh_budgets(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    for _ in range(3):
        shift.pass_time(TTL + 30)
        shift.try_claim()
    assert shift.job(handed).status is Status.CRASHED
    job = steer(shift, steering.requeue, handed, reason="a better network")
    assert (job.lost, job.reason, job.finished) == (0, "requeued: a better network", None)


def test_a_worker_learns_that_its_job_was_requeued(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    steer(shift, steering.requeue, handed)
    assert shift.beat(handed) is Directive.SUPERSEDED
    assert shift.attempts(handed)[0].state == Ending.TAKEN
    assert shift.claim().job.id == handed.job.id


def test_a_result_that_comes_after_a_requeue_is_not_lost(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    steer(shift, steering.requeue, handed)
    shift.end(handed, results={"loss": 0.1})
    assert shift.job(handed).status is Status.DONE


def test_to_requeue_a_queued_job_changes_nothing(shift: Shift) -> None:
    handed = shift.desk.add()
    assert steer(shift, steering.requeue, handed).version == handed.job.version


def test_a_cancelled_job_stops_its_worker(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    job = steer(shift, steering.cancel, handed, reason="diverged")
    assert (job.status, job.reason) == (Status.PRUNED, "cancelled: diverged")
    assert shift.beat(handed) is Directive.STOP
    assert isinstance(shift.end(handed, results={"loss": 1}), Refused)


def test_a_queued_job_is_cancelled_before_anybody_gets_it(shift: Shift) -> None:
    steer(shift, steering.cancel, shift.desk.add())
    assert shift.try_claim() is None


def test_what_is_over_is_not_cancelled_but_can_be_voided(shift: Shift) -> None:
    handed = ended(shift, results={"loss": 1})
    with pytest.raises(Conflict, match=r"DONE already\. To have its result not count, void it"):
        steer(shift, steering.cancel, handed)
    job = steer(shift, steering.void, handed, reason="trained on the test set")
    assert (job.status, job.reason) == (Status.CRASHED, "void: trained on the test set")
    assert (job.results, job.quality) == ('{"loss": 1}', None)


def test_what_is_not_over_is_not_voided(shift: Shift) -> None:
    with pytest.raises(Conflict, match="is QUEUED, it has no result yet: cancel it instead"):
        steer(shift, steering.void, shift.desk.add())


def test_a_repeat_is_recognised_by_its_key(shift: Shift) -> None:
    shift.desk.add()
    handed, key = shift.claim(), Key("k", b"d")
    first = steer(shift, steering.cancel, handed, key=key)
    assert steer(shift, steering.cancel, handed, key=key) == first


def test_a_repeated_requeue_does_not_take_the_job_from_its_next_worker(shift: Shift) -> None:
    shift.desk.add()
    handed, key = shift.claim(), Key("k", b"d")
    steer(shift, steering.requeue, handed, key=key)
    shift.claim()
    assert steer(shift, steering.requeue, handed, key=key).status is Status.RUNNING


def test_a_repeat_after_the_job_was_deleted_says_so(shift: Shift) -> None:
    handed, key = shift.desk.add(), Key("k", b"d")
    steer(shift, steering.cancel, handed, key=key)
    shift.do(jobs.delete, NAME, handed.job.id, must_exist=True)
    with pytest.raises(Conflict, match="deleted since"):
        steer(shift, steering.cancel, handed, key=key)


@pytest.mark.parametrize("how", [steering.requeue, steering.cancel, steering.void])
def test_what_is_not_yours_does_not_exist_for_you(shift: Shift, how: Any) -> None:
    handed = shift.desk.add()
    with pytest.raises(NotFound):
        shift.desk.do_as(shift.desk.bob, how, NAME, handed.job.id, reason=None, key=None)


# Attempts


def test_attempts_say_who_had_the_job_and_how_that_ended(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim("node7:1")
    shift.pass_time(TTL + 30)
    shift.end(shift.claim("node8:1"), preempts=True, status=Status.QUEUED)
    shift.claim("node9:1")
    looked = shift.do(attempts.attempts, NAME, handed.job.id)
    assert [(each.attempt.worker, each.attempt.state) for each in looked] == [
        ("node7:1", "LOST"),
        ("node8:1", "RELEASED"),
        ("node9:1", "RUNNING"),
    ]
    assert [each.expires_in for each in looked] == [None, None, TTL]


def test_a_lease_runs_down_and_is_renewed(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.pass_time(100)
    assert shift.do(attempts.attempts, NAME, handed.job.id)[0].expires_in == TTL - 100
    shift.beat(handed)
    shift.pass_time(5)
    assert shift.do(attempts.attempts, NAME, handed.job.id)[0].expires_in == TTL - 5


def start_old(shift: Shift) -> Handed:
    return shift.desk.add(Status.RUNNING)


def test_an_old_client_is_silent_after_six_hours(shift: Shift) -> None:
    handed = start_old(shift)
    began = shift.desk.now
    shift.sleep(6 * 3600)
    assert shift.do(attempts.look_at, NAME, handed.job.id).silent_since is None
    shift.sleep(1)
    assert shift.do(attempts.look_at, NAME, handed.job.id).silent_since == began
    assert shift.do(attempts.attempts, NAME, handed.job.id)[0].silent_since == began


def test_where_jobs_take_long_silence_is_nothing_unusual(shift: Shift) -> None:
    shift.limits(lease_ttl=7 * 86_400)
    shift.desk.add()
    long = shift.claim()
    shift.sleep(2 * 3600)
    shift.end(long)
    handed = start_old(shift)
    shift.sleep(10 * 3600)
    assert shift.do(attempts.look_at, NAME, handed.job.id).silent_since is None
    shift.sleep(1)
    assert shift.do(attempts.look_at, NAME, handed.job.id).silent_since is not None


def test_who_has_a_lease_is_never_called_silent(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.sleep(86_400)
    assert shift.do(attempts.look_at, NAME, handed.job.id).silent_since is None


# The log


def told(shift: Shift, **asked: Any) -> list[str]:
    lines, _ = shift.do(history.log, NAME, limit=100, **asked)
    return [line.what if line.reason is None else f"{line.what} ({line.reason})" for line in lines]


def test_the_log_tells_the_life_of_a_job(shift: Shift) -> None:
    handed = shift.desk.add()
    shift.claim("node7:1")
    shift.pass_time(TTL + 30)
    shift.end(shift.claim("node8:1"), results={"loss": 1})
    steer(shift, steering.void, handed, reason="wrong data")
    assert told(shift, job_id=handed.job.id) == [
        "added",
        "handed out to node7:1",
        "back in the queue (node7:1 fell silent)",
        "handed out to node8:1",
        "ended DONE",
        "changed to CRASHED (void: wrong data)",
    ]


def test_the_log_says_who_did_it(shift: Shift) -> None:
    handed = ended(shift)
    steer(shift, steering.requeue, handed)
    lines, _ = shift.do(history.log, NAME, limit=100)
    assert {line.actor for line in lines} == {"ana@lab.org"}
    assert lines[-1].request_id == "request"


def test_the_log_of_an_experiment_tells_of_its_settings_and_of_deleted_jobs(shift: Shift) -> None:
    handed = shift.desk.add()
    shift.sleep(1)
    shift.limits(max_lost=9)
    shift.do(jobs.delete, NAME, handed.job.id, must_exist=True)
    changed = "experiment changed (max_lost 3 → 9)"
    assert told(shift) == ["experiment created", changed, "job deleted"]
    assert told(shift, job_id=handed.job.id) == ["job deleted"]


def test_the_log_says_what_was_changed_from_what_to_what(shift: Shift) -> None:
    goal = Objective("loss", Direction.MIN)
    shift.do(experiments.patch, NAME, Alteration(status=ExperimentStatus.DONE, objective=goal))
    assert told(shift)[-1] == (
        f"experiment changed (status RUNNING → DONE; objective none → {goal.direction} of loss)"
    )


@pytest.mark.parametrize("reason", [None, "it leaks"])
def test_a_voided_result_does_not_count_for_another_goal_either(
    shift: Shift, reason: str | None
) -> None:
    counts, crashed, void = (
        ended(shift, status, results={"loss": 0.5})
        for status in (Status.DONE, Status.CRASHED, Status.DONE)
    )
    steer(shift, steering.void, void, reason=reason)
    goal = Objective("loss", Direction.MIN)
    shift.do(experiments.patch, NAME, Alteration(objective=goal))
    assert [shift.job(each).quality for each in (counts, crashed, void)] == [0.5, 0.5, None]


def test_the_log_of_what_never_was_is_not_found(shift: Shift) -> None:
    with pytest.raises(NotFound, match="no job 'nothing'"):
        shift.do(history.log, NAME, job_id="nothing", limit=10)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_the_log_hold_each_line_once(shift: Shift, limit: int) -> None:
    for at in range(4):
        handed = shift.desk.add()
        shift.sleep(at % 2)
        shift.limits(max_lost=at + 1)
        if at == 2:
            shift.do(jobs.delete, NAME, handed.job.id, must_exist=True)
    whole, _ = shift.do(history.log, NAME, limit=100)
    pages, after, more = [], None, True
    while more:
        page, after = shift.do(history.log, NAME, after=after, limit=limit)
        pages += page
        more = after is not None
    assert pages == whole


def test_a_requeue_that_had_nothing_to_do_has_nothing_to_do_later_either(shift: Shift) -> None:
    key = Key("k", b"d")
    steer(shift, steering.requeue, shift.desk.add(), key=key)
    handed = shift.claim()
    shift.end(handed)
    assert steer(shift, steering.requeue, handed, key=key).status is Status.DONE


# A population


@pytest.mark.parametrize("how", [steering.requeue, steering.void])
@pytest.mark.parametrize("which", [0, 3, -1])
def test_a_population_goes_on_whatever_is_done_to_its_members(
    shift: Shift, how: Any, which: int
) -> None:
    population = {
        "objective": "min",
        "qualityResultName": "loss",
        "exploit": {"truncate": 0.5},
        "init": {"x": {"uniform": {"low": 0, "high": 1}}},
        "explore": {"x": {"perturb": {"minFactor": 0.8, "maxFactor": 1.2}}},
        "numParallel": 3,
        "maxGenerations": 3,
    }
    shift.desk.experiment({"PBT": population}, name="population")
    ends = []
    for at in range(6):
        handed = shift.do(claims.claim, "population", claim_id=f"p{at}", worker="w").handed
        assert handed is not None
        shift.do(
            jobs.put,
            "population",
            handed.job.id,
            wish(Status.DONE, results={"loss": at}),
            condition=[handed.tag],
        )
        ends.append(handed.job.id)
    shift.do(how, "population", ends[which], reason=None, key=None)
    again = [
        shift.do(claims.claim, "population", claim_id=f"q{at}", worker="w").handed
        for at in range(3)
    ]
    assert again[0] is not None
    assert (again[0].job.id == ends[which]) == (how is steering.requeue)


def test_a_repeated_start_of_a_job_that_was_cancelled_since_is_refused(shift: Shift) -> None:
    added = shift.desk.add()
    start = partial(jobs.put, wish=wish(Status.RUNNING), condition=[added.tag])
    shift.do(start, NAME, added.job.id)
    steer(shift, steering.cancel, added)
    assert isinstance(shift.do(start, NAME, added.job.id), Refused)
