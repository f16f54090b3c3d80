"""Every request of the client may be repeated: nothing is done twice, and nothing is lost."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from schedy import Experiment, Job, ManualSearch, RandomSearch, SchedyDB, errors
from schedy.random import Uniform
from tests.client.lossy import Accident, LossyWay
from tests.running import RunningServer


@pytest.fixture(params=Accident)
def way(request: pytest.FixtureRequest, server: RunningServer) -> Iterator[LossyWay]:
    host = urlsplit(server.root).netloc
    with LossyWay(server=host, accident=request.param) as started:
        yield started


@pytest.fixture
def lossy(way: LossyWay, server: RunningServer) -> SchedyDB:
    db = SchedyDB(config_override={**server.client, "root": way.root})
    db.connection._tries._sleep = way.clock.sleep
    return db


@pytest.fixture
def search(lossy: SchedyDB, name: str, request: pytest.FixtureRequest) -> Experiment:
    experiment = RandomSearch(name, {"lr": Uniform(0, 1)})
    lossy.add_experiment(experiment)
    return experiment


@pytest.fixture
def jobs(search: Experiment, db: SchedyDB) -> Experiment:
    """The same experiment, seen on a smooth way."""
    return db.get_experiment(search.name)


def test_an_experiment_is_added_and_not_in_its_own_way(search: Experiment, db: SchedyDB) -> None:
    with pytest.raises(errors.ResourceExistsError):
        db.add_experiment(ManualSearch(search.name))


def test_a_job_is_added_once(search: Experiment, jobs: Experiment) -> None:
    search.add_job(hyperparameters={"lr": 1})
    search.add_job(hyperparameters={"lr": 1})
    assert len(list(jobs.all_jobs())) == 2


def test_a_batch_is_added_once(search: Experiment, jobs: Experiment) -> None:
    ids = search.add_jobs([{"hyperparameters": {"lr": n}} for n in range(3)])
    assert [job.job_id for job in jobs.all_jobs()] == ids


def test_each_claim_is_one_job_and_each_end_is_recorded(
    search: Experiment, jobs: Experiment
) -> None:
    for n in range(3):
        with search.next_job() as job:
            job.results["loss"] = n
            job.put()
    found = [(job.number, job.status, job.attempt, job.results) for job in jobs.all_jobs()]
    assert found == [(n + 1, "DONE", 1, {"loss": n}) for n in range(3)]


def test_a_crash_is_recorded(search: Experiment, jobs: Experiment) -> None:
    with pytest.raises(ValueError, match="diverged"), search.next_job():
        raise ValueError("diverged")
    assert [(job.status, job.reason) for job in jobs.all_jobs()] == [
        ("CRASHED", "ValueError: diverged")
    ]


def test_a_job_is_run_without_a_claim(search: Experiment, jobs: Experiment) -> None:
    with search.add_job() as job:
        job.results["loss"] = 1
    assert [(each.status, each.attempt) for each in jobs.all_jobs()] == [("DONE", 1)]


def test_a_job_of_ones_own_is_created_and_replaced(search: Experiment, jobs: Experiment) -> None:
    job = Job("mine", search, {"lr": 1})
    job.put()
    job.results["loss"] = 2
    job.put(safe=False)
    assert [(each.job_id, each.results) for each in jobs.all_jobs()] == [("mine", {"loss": 2})]


def test_what_is_deleted_is_gone_without_an_error(search: Experiment, db: SchedyDB) -> None:
    search.add_job().delete()
    search.delete()
    with pytest.raises(errors.ClientRequestError):
        db.get_experiment(search.name)


def test_pausing_and_listing_are_not_disturbed(search: Experiment, jobs: Experiment) -> None:
    search.add_jobs({} for _ in range(120))
    search.pause()
    assert len(list(search.all_jobs())) == 120
    assert search.status == "DONE"


def test_a_job_is_given_back_once(search: Experiment, jobs: Experiment) -> None:
    job = search.next_job()
    job.results["epoch"], job.resume = 3, {"checkpoint": 3}
    job.release()
    [found] = jobs.all_jobs()
    assert (found.status, found.times_preempted, found.results) == ("QUEUED", 1, {"epoch": 3})
    assert search.next_job().resume == {"checkpoint": 3}
