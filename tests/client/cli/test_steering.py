"""What people do on the command line about jobs that went wrong."""

import contextlib
import io
import sys
from pathlib import Path

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB, errors
from tests.client.cli.command import Schedy
from tests.client.cli.test_terminal import seen
from tests.running import RunningServer


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    return added


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def taken_away(experiment: Experiment, results: dict[str, object]) -> Job:
    """Have results come after the job was cancelled, so that they are kept."""
    experiment.add_job()
    job = experiment.next_job()
    experiment.get_job(job.job_id).cancel()
    job.results = results
    with contextlib.suppress(errors.UnsafeUpdateError), job:
        pass
    return job


# requeue, cancel, void


def test_a_crashed_job_runs_again(schedy: Schedy, experiment: Experiment) -> None:
    job = experiment.add_job(status="CRASHED")
    done = schedy("requeue", experiment.name, job.job_id, "--reason", "disk full")
    assert (done.code, done.out.split()) == (0, [job.job_id, "QUEUED"])
    assert experiment.get_job(job.job_id).reason == "requeued: disk full"


def test_several_jobs_may_be_named_before_and_after_options(
    schedy: Schedy, experiment: Experiment
) -> None:
    ids = [experiment.add_job().job_id for _ in range(2)]
    found = schedy("cancel", experiment.name, "--reason", "why not", *ids, "--json").json
    assert [(job["id"], job["status"]) for job in found] == [(each, "PRUNED") for each in ids]


def test_all_of_a_status_are_steered_once_somebody_said_yes(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.add_jobs({"status": "CRASHED"} for _ in range(3))
    answer(monkeypatch, "n\n")
    asked = schedy("requeue", experiment.name, "--status", "CRASHED")
    assert "requeue all 3 CRASHED jobs" in asked.err
    assert len(list(experiment.jobs("CRASHED"))) == 3
    answer(monkeypatch, "y\n")
    schedy("requeue", experiment.name, "--status", "CRASHED")
    assert len(list(experiment.jobs("QUEUED"))) == 3


def test_where_nobody_can_be_asked_nothing_is_done(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.add_job()
    answer(monkeypatch, "")
    assert (
        "--yes does it without a question"
        in schedy("cancel", experiment.name, "--status", "QUEUED").err
    )
    assert schedy("cancel", experiment.name, "--status", "QUEUED", "--yes").code == 0
    assert "is QUEUED" in schedy("cancel", experiment.name, "--status", "QUEUED", "--yes").err


def test_what_can_not_be_done_is_said_with_what_can(schedy: Schedy, experiment: Experiment) -> None:
    done, queued = experiment.add_job(status="DONE"), experiment.add_job()
    refused = schedy("cancel", experiment.name, done.job_id, queued.job_id)
    assert (refused.code, refused.out.split()) == (1, [queued.job_id, "PRUNED"])
    assert f"void it. `schedy void {experiment.name} {done.job_id}`" in refused.err
    refused = schedy("void", experiment.name, experiment.add_job().job_id)
    assert "`schedy cancel" in refused.err


def test_a_void_job_counts_no_more(schedy: Schedy, experiment: Experiment) -> None:
    job = experiment.add_job(status="DONE", results={"loss": 0.1})
    schedy("void", experiment.name, job.job_id, "--reason", "wrong data")
    assert experiment.best_job() is None
    assert experiment.get_job(job.job_id).results == {"loss": 0.1}


@pytest.mark.parametrize("more", [[], ["some", "--status", "DONE"]])
def test_one_says_which_jobs_are_meant(
    schedy: Schedy, experiment: Experiment, more: list[str]
) -> None:
    refused = schedy("requeue", experiment.name, *more)
    assert (refused.code, "Say which jobs" in refused.err) == (2, True)


def test_a_job_that_is_not_there_is_named(schedy: Schedy, experiment: Experiment) -> None:
    refused = schedy("requeue", experiment.name, "nothing")
    assert "There is no job 'nothing'" in refused.err


# log


def test_the_log_of_a_job_tells_its_life(schedy: Schedy, experiment: Experiment) -> None:
    job = experiment.add_job()
    with experiment.next_job():
        pass
    schedy("void", experiment.name, job.job_id, "--reason", "wrong data")
    lines = schedy("log", experiment.name, job.job_id).out.splitlines()
    for line, said in zip(
        lines, ("added", "handed out to", "ended DONE", "wrong data"), strict=True
    ):
        assert said in line
    assert "(attempt 1)" in lines[1]


def test_the_log_of_an_experiment_names_jobs(schedy: Schedy, experiment: Experiment) -> None:
    job = experiment.add_job()
    found = schedy("log", experiment.name, "--json").json
    assert [line["what"] for line in found] == ["experiment created", "added"]
    assert [line["job"] for line in found] == [None, job.job_id]
    assert len(schedy("log", experiment.name, "-n", "1").out.splitlines()) == 1


def test_a_job_that_never_was_has_no_log(schedy: Schedy, experiment: Experiment) -> None:
    assert "There never was a job 'nothing'" in schedy("log", experiment.name, "nothing").err


# kept


def test_what_was_kept_is_shown_and_adopted(schedy: Schedy, experiment: Experiment) -> None:
    job = taken_away(experiment, {"loss": 0.5})
    [found] = schedy("kept", experiment.name, "--json").json
    assert (found["job"], found["results"]) == (job.job_id, {"loss": 0.5})
    assert "loss=0.5" in schedy("kept", experiment.name, job.job_id).out
    adopted = schedy("kept", experiment.name, "--adopt", str(found["id"]), "--status", "DONE")
    assert adopted.out.split() == [job.job_id, "DONE"]
    assert schedy("kept", experiment.name, "--json").json[0]["adopted"]


def test_results_replace_others_only_on_demand(schedy: Schedy, experiment: Experiment) -> None:
    job = taken_away(experiment, {"loss": 0.5})
    [kept] = experiment.kept(job)
    experiment.get_job(job.job_id).requeue()
    with experiment.next_job() as again:
        again.results["loss"] = 9
    refused = schedy("kept", experiment.name, "--adopt", str(kept.id))
    assert (refused.code, "add `--replace`" in refused.err) == (1, True)
    assert schedy("kept", experiment.name, "--adopt", str(kept.id), "--replace").code == 0
    assert experiment.get_job(job.job_id).results == {"loss": 0.5}


def test_what_was_never_kept_can_not_be_adopted(schedy: Schedy, experiment: Experiment) -> None:
    refused = schedy("kept", experiment.name, "--adopt", "999999")
    assert f"`schedy kept {experiment.name}` shows what was" in refused.err
    assert schedy("kept", experiment.name, "--replace").code == 2


# workers, limits


def test_workers_are_shown_and_quarantined(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_WORKER", "node7:42")
    experiment.add_job()
    with experiment.next_job():
        schedy("workers", "quarantine", "node7", "--reason", "its GPU is broken")
        [found] = [each for each in schedy("workers", "--json").json if each["running"]]
    assert (found["worker"], found["quarantined"], found["reason"]) == (
        "node7:42",
        True,
        "its GPU is broken",
    )
    assert schedy("workers", "lift", "node7", "--json").json["quarantined"] is False
    assert "node7" not in schedy("workers").out


def test_limits_are_shown_and_changed(schedy: Schedy, experiment: Experiment) -> None:
    changed = ["--lease-ttl", "10m", "--max-lost", "5", "--legacy-requeue-after", "1.5d"]
    lines = schedy("limits", experiment.name, *changed).out.splitlines()
    values = {line.split()[0]: line.split()[1] for line in lines}
    assert values["lease-ttl"] == "10m"
    assert values["legacy-requeue-after"] == "1.5d"
    assert values["expected-duration"] == "learn"
    assert schedy("limits", experiment.name, "--json").json["max_lost"] == 5
    schedy("limits", experiment.name, "--legacy-requeue-after", "never")
    assert (
        experiment.connection.request("GET", f"experiments/{experiment.name}/").json()["limits"][
            "legacy_requeue_after"
        ]
        is None
    )


@pytest.mark.parametrize("wrong", [["--lease-ttl", "soon"], ["--on-late", "maybe"]])
def test_a_limit_that_can_not_be_is_refused(
    schedy: Schedy, experiment: Experiment, wrong: list[str]
) -> None:
    assert schedy("limits", experiment.name, *wrong).code == 2


def test_a_limit_that_the_server_refuses_is_named(schedy: Schedy, experiment: Experiment) -> None:
    refused = schedy("limits", experiment.name, "--max-lost", "0")
    assert (refused.code, "limits.max_lost" in refused.err) == (1, True)


# On a terminal


@pytest.mark.parametrize("command", ["log", "kept", "limits"])
def test_everything_fits_on_a_terminal(
    server: RunningServer, home: Path, experiment: Experiment, command: str
) -> None:
    taken_away(experiment, {"loss": 0.5, "note": "\x1b[2J" + "wide " * 30})
    lines = seen(server, home, command, experiment.name).splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 80
    assert not any("\x1b" in line for line in lines)


def test_a_terminal_says_what_was_done(
    server: RunningServer, home: Path, experiment: Experiment
) -> None:
    job = experiment.add_job(status="CRASHED")
    assert "1 job is back in the queue." in seen(
        server, home, "requeue", experiment.name, job.job_id
    )
    assert "node9 gets no more jobs, until `schedy workers lift node9`." in seen(
        server, home, "workers", "quarantine", "node9"
    )
    assert "node9 gets jobs again." in seen(server, home, "workers", "lift", "node9")
