"""Somebody starts a search; a worker asks for jobs, runs them, and everybody sees what came out."""

import pytest

from schedy import RandomSearch, SchedyDB, errors
from schedy.random import Uniform


def test_a_worker_runs_jobs_until_there_is_nothing_left_to_do(db: SchedyDB) -> None:
    experiment = RandomSearch("life", {"lr": Uniform(0.0, 1.0)}, minimize="loss")
    db.add_experiment(experiment)
    for _ in range(5):
        with experiment.next_job() as job:
            job.results["loss"] = (job.hyperparameters["lr"] - 0.5) ** 2
    found = db.get_experiment("life")
    assert found.counts["DONE"] == 5
    best = found.best_job()
    assert best is not None
    assert best.quality == min(job.results["loss"] for job in found.all_jobs())


def test_what_a_worker_saves_in_between_is_seen_by_others(db: SchedyDB) -> None:
    experiment = RandomSearch("between", {"lr": Uniform(0.0, 1.0)})
    db.add_experiment(experiment)
    with experiment.next_job() as job:
        job.results["epoch"] = 1
        job.put()
        seen = experiment.get_job(job.job_id)
        assert (seen.status, seen.results) == ("RUNNING", {"epoch": 1})
        job.results["epoch"] = 2
    assert experiment.get_job(job.job_id).results == {"epoch": 2}


def test_a_job_that_was_taken_away_is_not_overwritten(db: SchedyDB) -> None:
    experiment = RandomSearch("taken", {"lr": Uniform(0.0, 1.0)})
    db.add_experiment(experiment)
    job = experiment.next_job()
    boss = experiment.get_job(job.job_id)
    boss.status = "QUEUED"
    boss.put()
    with pytest.raises(errors.UnsafeUpdateError), job:
        job.results["loss"] = 0.1
    with experiment.next_job() as again:
        assert (again.job_id, again.attempt, again.results) == (job.job_id, 2, {})
