"""`schedy show EXPERIMENT JOB` tells who had the job, and how that went."""

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB, errors
from schedy.cli.attempts import attempts_of
from tests.client.cli.command import Schedy


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name)
    db.add_experiment(added)
    added.add_job({"x": 1})
    return added


def test_it_tells_who_had_the_job(schedy: Schedy, experiment: Experiment) -> None:
    experiment.next_job().release()
    with experiment.next_job() as job:
        job.results["loss"] = 1

    shown = schedy("show", experiment.name, job.job_id).out
    told = schedy("--json", "show", experiment.name, job.job_id).json

    assert "preempted 1x" in shown
    assert "RELEASED" in shown
    assert [each["state"] for each in told["attempts"]] == ["RELEASED", "DONE"]
    assert (told["lost"], told["preempted"], told["crashed"]) == (0, 1, 0)


def test_it_tells_of_late_results(schedy: Schedy, experiment: Experiment) -> None:
    late = experiment.next_job()
    late.results["loss"] = 0.5
    experiment.get_job(late.job_id).requeue()
    with experiment.next_job() as job:
        job.results["loss"] = 1
    with pytest.raises(errors.JobLostError), late:
        pass

    assert "late result is kept" in schedy("show", experiment.name, job.job_id).out


def test_a_server_that_knows_no_attempts_is_fine(experiment: Experiment) -> None:
    assert attempts_of(Job("unknown", experiment, {})) == []
