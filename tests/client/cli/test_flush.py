"""Results of killed processes reach the server, and nobody else's are touched."""

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB
from schedy.letters import Letter
from tests.client.cli.command import Schedy, start
from tests.running import RunningServer
from tests.waiting import wait_until


@pytest.fixture
def outbox(home: Path) -> Path:
    folder = home / ".schedy" / "outbox"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    """An experiment with one job in the queue."""
    added = ManualSearch(name)
    db.add_experiment(added)
    added.add_job({"x": 1})
    return added


def left(outbox: Path, job: Job, loss: float = 0.5, **changes: Any) -> Path:
    """Leave what a worker would that is killed while it sends its result."""
    body = {"lease_id": job.lease_id, "status": "DONE", "results": {"loss": loss}}
    letter = job.letter("POST", f"{job.path}finish/", body)
    values = {name: getattr(letter, name) for name in Letter.__slots__}
    path = outbox / f"{job.job_id}-{loss}.json"
    path.write_bytes(Letter(**{**values, **changes}).written())
    return path


def outcomes(flushed: Any) -> Mapping[str, str]:
    return {each["job"]: each["outcome"] for each in flushed.json}


def test_a_result_reaches_the_server_and_its_file_goes(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    job = experiment.next_job()
    path = left(outbox, job)
    flushed = schedy("--json", "flush")
    assert (flushed.code, outcomes(flushed)) == (0, {job.job_id: "sent"})
    assert experiment.get_job(job.job_id).results == {"loss": 0.5}
    assert not path.exists()


def test_a_dry_run_only_shows(schedy: Schedy, experiment: Experiment, outbox: Path) -> None:
    job = experiment.next_job()
    path = left(outbox, job)
    shown = schedy("flush", "--dry-run")
    assert job.job_id in shown.out
    assert "to be sent" in shown.out
    assert experiment.get_job(job.job_id).status == Job.RUNNING
    assert path.exists()


def test_a_result_that_the_server_has_already_is_no_second_one(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    with experiment.next_job() as job:
        letter = job.letter(
            "POST",
            f"{job.path}finish/",
            {
                "lease_id": job.lease_id,
                "status": "DONE",
                "hyperparameters": {"x": 1},
                "results": {"loss": 0.5},
            },
        )
        job.results["loss"] = 0.5
    (outbox / "a.json").write_bytes(letter.written())
    assert outcomes(schedy("--json", "flush")) == {job.job_id: "sent"}
    assert [each.results for each in experiment.kept()] == []


def test_a_late_result_is_adopted(schedy: Schedy, experiment: Experiment, outbox: Path) -> None:
    job = experiment.next_job()
    left(outbox, job)
    experiment.get_job(job.job_id).requeue()
    flushed = schedy("--json", "flush")
    assert (flushed.code, outcomes(flushed)) == (0, {job.job_id: "adopted"})
    assert experiment.get_job(job.job_id).status == Job.DONE


def test_a_result_that_comes_too_late_is_kept_by_the_server(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    job = experiment.next_job()
    path = left(outbox, job)
    experiment.get_job(job.job_id).requeue()
    with experiment.next_job() as other:
        other.results["loss"] = 0.25
    assert outcomes(schedy("--json", "flush")) == {job.job_id: "kept"}
    assert [each.results for each in experiment.kept()] == [{"loss": 0.5}]
    assert not path.exists()


def test_what_the_server_refuses_without_keeping_it_stays(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    path = left(outbox, experiment.next_job())
    experiment.delete()
    flushed = schedy("--json", "flush")
    assert (flushed.code, list(outcomes(flushed).values())) == (1, ["refused"])
    assert path.exists()


@pytest.mark.parametrize("changes", [{"root": "http://127.0.0.1:9/"}, {"email": "eve@example.org"}])
def test_credentials_go_to_nobody_else(
    schedy: Schedy, experiment: Experiment, outbox: Path, changes: dict[str, Any]
) -> None:
    path = left(outbox, experiment.next_job(), **changes)
    flushed = schedy("--json", "flush")
    assert (flushed.code, list(outcomes(flushed).values())) == (1, ["for another server"])
    assert path.exists()


def test_a_damaged_file_is_shown_and_stays(schedy: Schedy, outbox: Path) -> None:
    (outbox / "x.json").write_text('{"half": ')
    flushed = schedy("flush")
    assert flushed.code == 1
    assert "damaged" in flushed.out
    assert (outbox / "x.json").exists()


def test_an_outage_is_noticed_once(
    schedy: Schedy, experiment: Experiment, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "http://127.0.0.1:9/"
    job = experiment.next_job()
    paths = [left(outbox, job, loss, root=nowhere) for loss in (0.5, 0.25)]
    monkeypatch.setenv("SCHEDY_ROOT", nowhere)
    flushed = schedy("--patience", "0", "--json", "flush")
    assert flushed.code == 1
    assert [each["outcome"] for each in flushed.json] == ["not sent", "not sent"]
    assert all(path.exists() for path in paths)


def test_nothing_to_send_is_fine(schedy: Schedy) -> None:
    flushed = schedy("flush")
    assert (flushed.code, flushed.out) == (0, "")


def test_a_letter_from_before_is_sent_too(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    job = experiment.next_job()
    body = {"lease_id": job.lease_id, "status": "DONE", "results": {"loss": 1}}
    told = {"format": 1, "root": job.connection.configuration.root, "email": "ada@example.org"}
    told |= {"method": "POST", "path": f"{job.path}finish/", "etag": job.etag, "lease_id": "l"}
    told |= {"experiment": experiment.name, "job_id": job.job_id, "body": body, "created": 5.0}
    (outbox / "5-abc.json").write_text(json.dumps(told))
    assert outcomes(schedy("--json", "flush")) == {job.job_id: "sent"}
    assert experiment.get_job(job.job_id).results == {"loss": 1}


def test_the_next_worker_sends_what_the_last_one_left(
    schedy: Schedy, experiment: Experiment, outbox: Path
) -> None:
    job = experiment.next_job()
    left(outbox, job)
    ran = schedy("run", experiment.name, "--", "true")
    assert "Result of an earlier worker" in ran.err
    assert experiment.get_job(job.job_id).status == Job.DONE


def test_a_worker_killed_while_its_server_is_away_loses_nothing(
    experiment: Experiment, server: RunningServer, home: Path, schedy: Schedy
) -> None:
    """The server is paused, so that nobody answers; the worker is killed; the server goes on."""
    script = "echo up; read -r _ < \"$0\"; echo '--- RESULTS ---'; echo '{\"loss\": 1}'; "
    script += "echo '--- END RESULTS ---'"
    pipe = home / "pipe"
    subprocess.run(["mkfifo", str(pipe)], check=True)
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script, str(pipe))
    assert worker.stdout is not None
    worker.stdout.readline()
    server.process.send_signal(signal.SIGSTOP)
    pipe.write_text("go\n")
    outbox = home / ".schedy" / "outbox"
    wait_until(lambda: any(b"loss" in path.read_bytes() for path in outbox.glob("*.json")))
    worker.kill()
    worker.communicate()
    server.process.send_signal(signal.SIGCONT)

    assert schedy("flush").code == 0
    assert [job.results for job in experiment.all_jobs()] == [{"loss": 1}]
