"""Tags, notes and actions on many jobs, from Python."""

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB, errors
from schedy.actions import Outcome


def test_an_experiment_is_tagged_and_untagged(db: SchedyDB, experiment: Experiment) -> None:
    experiment.tag("vision", "paper", reason="for the record")
    experiment.untag("paper", "never there")
    assert experiment.tags == ["vision"]
    assert db.get_experiment(experiment.name).tags == ["vision"]
    experiment.set_tags(["a", "b"])
    assert db.get_experiment(experiment.name).tags == ["a", "b"]


def test_a_note_is_kept_and_not_overwritten_unseen(db: SchedyDB, experiment: Experiment) -> None:
    experiment.set_note("# Why", before="")
    again = db.get_experiment(experiment.name)
    assert again.note == "# Why"
    with pytest.raises(errors.ClientRequestError, match="Somebody changed the note"):
        again.set_note("mine", before="")


def test_settings_keep_words(experiment: Experiment) -> None:
    experiment.tag("x")
    experiment.pause()
    experiment.push_updates()
    assert experiment.tags == ["x"]


def test_what_is_on_no_server_can_not_be_tagged() -> None:
    with pytest.raises(errors.ClientError, match="on no server yet"):
        ManualSearch("mnist").tag("x")


def test_a_worker_goes_on_while_its_job_is_tagged(experiment: Experiment) -> None:
    experiment.add_job({"x": 1})
    with experiment.next_job() as job:
        experiment.get_job(job.job_id).tag("gpu")
        job.results["loss"] = 0.5
        assert job.tags == ["gpu"]  # which nobody had told it
    done = experiment.get_job(job.job_id)
    assert (done.status, done.tags, done.results) == (Job.DONE, ["gpu"], {"loss": 0.5})


def test_a_worker_may_tag_its_own_job_and_end_it(experiment: Experiment) -> None:
    experiment.add_job()
    with experiment.next_job() as job:
        job.tag("odd")
        job.set_note("loss is *NaN*")
    assert (experiment.get_job(job.job_id).note, job.status) == ("loss is *NaN*", Job.DONE)


def test_what_can_not_be_a_tag_is_said(experiment: Experiment) -> None:
    with pytest.raises(errors.ClientRequestError, match="no spaces, commas or control"):
        experiment.tag("not one")


def test_jobs_are_filtered_by_the_server(experiment: Experiment) -> None:
    experiment.add_jobs({"hyperparameters": {"lr": 10.0**-n}} for n in range(6))
    few = list(experiment.jobs(filter="lr<1e-3", sort="-number"))
    assert [job.number for job in few] == [6, 5]
    few[0].tag("tiny")
    assert [job.number for job in experiment.jobs(filter="tag:tiny lr<1")] == [6]
    assert next(experiment.jobs(filter="tag:tiny")).tags == ["tiny"]


def test_a_filter_goes_with_pages_and_statuses(experiment: Experiment) -> None:
    experiment.add_jobs({"status": "DONE", "results": {"loss": n % 7}} for n in range(1_500))
    experiment.add_job(results={"loss": 3})
    found = [job.number for job in experiment.jobs("DONE", filter="loss:3,4")]
    assert found == [n + 1 for n in range(1_500) if n % 7 in {3, 4}]
    best = list(experiment.jobs(filter="loss>2", sort="results.loss", limit=3))
    assert [job.results["loss"] for job in best] == [3, 3, 3]


def test_many_jobs_are_changed_at_once(experiment: Experiment) -> None:
    ids = experiment.add_jobs({"status": "CRASHED"} for _ in range(3))
    told = experiment.act("requeue", filter="status:crashed", dry_run=True)
    assert told == Outcome(matched=3, changed=3, refused={}, more=False)
    assert experiment.act("tag", ids, tag="once").changed == 3
    assert experiment.act("requeue", filter="tag:once", reason="better now").changed == 3
    outcome = experiment.act("void", [experiment.get_job(ids[0])])
    assert "has no result yet" in outcome.refused[ids[0]]


def test_one_says_which_jobs(experiment: Experiment) -> None:
    with pytest.raises(ValueError, match="say which jobs"):
        experiment.act("delete")
    with pytest.raises(ValueError, match="say which jobs"):
        experiment.act("delete", [], filter="")
