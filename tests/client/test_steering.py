"""What a script can find out and do about jobs that went wrong."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from schedy import Experiment, Job, ManualSearch, RandomSearch, SchedyDB, errors
from schedy.random import Uniform
from tests.client.peer import Peer, reply
from tests.running import RunningServer, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as started:
        yield started


@pytest.fixture
def db(server: RunningServer) -> SchedyDB:
    return SchedyDB(config_override=server.client)


@pytest.fixture
def experiment(db: SchedyDB, request: pytest.FixtureRequest) -> Experiment:
    added = ManualSearch(request.node.name, minimize="loss")
    db.add_experiment(added)
    return added


def test_a_steered_job_knows_what_became_of_it(experiment: Experiment) -> None:
    job = experiment.add_job()
    job.cancel("diverged")
    assert (job.status, job.reason) == (Job.PRUNED, "cancelled: diverged")
    job.requeue()
    job.results["loss"] = 1
    job.put()
    assert experiment.get_job(job.job_id).results == {"loss": 1}


def test_results_that_were_not_saved_survive_steering(experiment: Experiment) -> None:
    experiment.add_job()
    with experiment.next_job() as job:
        job.results["loss"] = 1
        job.cancel("good enough")
    found = experiment.get_job(job.job_id)
    assert (found.status, found.results) == (Job.PRUNED, {"loss": 1})


def test_what_can_not_be_done_is_refused_in_a_sentence(experiment: Experiment) -> None:
    with pytest.raises(errors.ClientRequestError, match="has no result yet: cancel it instead"):
        experiment.add_job().void()


def test_attempts_tell_who_had_a_job(experiment: Experiment) -> None:
    experiment.add_job()
    with experiment.next_job() as job:
        [running] = job.attempts()
    [done] = job.attempts()
    assert (running.state, done.state, done.worker) == ("RUNNING", "DONE", job.worker)
    assert running.expires_in
    assert done.ended
    assert done.ended <= datetime.now(UTC)


def test_the_log_tells_what_happened(experiment: Experiment) -> None:
    job = experiment.add_job(status="DONE")
    job.void("wrong data")
    assert [line.what for line in experiment.log()] == [
        "experiment created",
        "added as DONE",
        "changed to CRASHED",
    ]
    assert [line.reason for line in experiment.log(job)] == [None, "void: wrong data"]
    assert [line.job for line in experiment.log(job.job_id)] == [job.job_id] * 2


def test_what_was_kept_can_be_adopted(experiment: Experiment) -> None:
    experiment.add_job()
    job = experiment.next_job()
    experiment.get_job(job.job_id).cancel()
    job.results["loss"] = 0.5
    with contextlib.suppress(errors.UnsafeUpdateError), job:
        pass
    [kept] = experiment.kept()
    assert (kept.job, kept.results, kept.adopted) == (job.job_id, {"loss": 0.5}, None)
    adopted = kept.adopt("it was fine")
    assert (adopted.status, adopted.quality) == (Job.DONE, 0.5)
    assert next(experiment.kept(job)).adopted


def test_a_machine_can_be_drained(
    db: SchedyDB, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_WORKER", "gpu/7:1")
    experiment.add_job()
    db.quarantine("gpu/7:1", "a new driver")
    with pytest.raises(errors.ClientRequestError, match="a new driver"):
        experiment.next_job()
    [found] = [worker for worker in db.workers() if worker.worker == "gpu/7"]
    assert (found.quarantined, found.reason, found.running) == (True, "a new driver", 0)
    db.lift("gpu/7")
    with experiment.next_job():
        assert [worker.worker for worker in db.workers()] == ["gpu/7:1"]


def test_limits_are_set_before_an_experiment_is_added(db: SchedyDB) -> None:
    experiment = RandomSearch("limited", {"x": Uniform(0, 1)})
    experiment.set_limits(lease_ttl=60, on_late="keep")
    experiment.set_limits(max_lost=5)
    db.add_experiment(experiment)
    found = db.get_experiment("limited").limits
    assert (found["lease_ttl"], found["on_late"], found["max_lost"]) == (60, "keep", 5)
    assert found["max_preempted"] == 50


def test_limits_are_changed_one_by_one(experiment: Experiment) -> None:
    experiment.set_limits(crash_retries=2)
    experiment.set_limits(expected_duration=3600)
    experiment.push_updates()
    assert (experiment.limits["crash_retries"], experiment.limits["expected_duration"]) == (2, 3600)


def test_a_limit_that_is_none_is_refused(experiment: Experiment) -> None:
    with pytest.raises(errors.ClientRequestError, match="limits"):
        experiment.set_limits(patience=1)


@pytest.mark.parametrize("answer", [[], {"items": [3]}, {"items": [{"ended": "soon"}]}])
def test_what_is_no_list_of_attempts_is_said_to_be_none(answer: object) -> None:
    with Peer() as peer:
        experiment = ManualSearch("e")
        experiment.learn(peer.connection(), None)
        peer.will(reply(200, answer))
        with pytest.raises(errors.UnhandledResponseError):
            Job("j", experiment, {}).attempts()
