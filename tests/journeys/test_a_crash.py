"""A training fails: the job says so, keeps what it had, and the search goes on."""

import pytest

from schedy import ManualSearch, SchedyDB
from schedy.jobs import Job


class Diverged(Exception):
    """What a training raises."""


def diverge(job: Job) -> None:
    with job:
        job.results["loss"] = float("inf")
        raise Diverged("the loss is infinite")


def test_a_crashed_job_tells_why_and_keeps_its_results(db: SchedyDB) -> None:
    experiment = ManualSearch("crash")
    db.add_experiment(experiment)
    experiment.add_job({"lr": 10.0})
    job = experiment.next_job()
    with pytest.raises(Diverged):
        diverge(job)
    crashed = experiment.get_job(job.job_id)
    assert (crashed.status, crashed.results) == ("CRASHED", {"loss": float("inf")})
    assert crashed.reason == "Diverged: the loss is infinite"


def test_a_crashed_job_may_be_queued_again(db: SchedyDB) -> None:
    experiment = ManualSearch("again")
    db.add_experiment(experiment)
    experiment.add_job({"lr": 0.1}, status="CRASHED")
    (crashed,) = experiment.jobs("CRASHED")
    crashed = experiment.get_job(crashed.job_id)
    crashed.status = "QUEUED"
    crashed.put()
    with experiment.next_job() as job:
        assert job.job_id == crashed.job_id
    assert db.get_experiment("again").counts["DONE"] == 1
