"""A search is paused: no more jobs are handed out, those that run go on, and later it resumes."""

import pytest

from schedy import ManualSearch, SchedyDB, errors


def test_a_paused_search_hands_out_nothing_until_it_is_resumed(db: SchedyDB) -> None:
    experiment = ManualSearch("pause")
    db.add_experiment(experiment)
    experiment.add_jobs([{"hyperparameters": {"x": x}} for x in range(2)])
    with experiment.next_job() as running:
        experiment.status = "DONE"
        experiment.push_updates()
        with pytest.raises(errors.NoJobError):
            experiment.next_job()
        running.results["loss"] = 1
    assert experiment.get_job(running.job_id).status == "DONE"
    experiment.status = "RUNNING"
    experiment.push_updates()
    with experiment.next_job() as job:
        assert job.hyperparameters == {"x": 1}
