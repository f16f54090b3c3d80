"""A result is not lost because the server was away for a while."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schedy import Job, ManualSearch, SchedyDB
from tests.client.cli.command import Schedy, start
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

SCRIPT = """
echo up
while ! test -e "$1"; do sleep 0.05; done
echo "--- RESULTS ---"
echo '{"loss": 0.25}'
echo "--- END RESULTS ---"
"""


@contextmanager
def worker_whose_server_is_away(
    folder: Path,
) -> Iterator[tuple[RunningServer, subprocess.Popen[bytes], Path]]:
    """A worker that has just finished a job, and the letter with its result."""
    with running_server(data=folder / "data") as server:
        experiment = ManualSearch("mnist")
        SchedyDB(config_override=server.client).add_experiment(experiment)
        experiment.add_job({"x": 1})
        go = folder / "go"
        worker = start(server, folder, "run", "mnist", "--", "sh", "-c", SCRIPT, "sh", str(go))
        assert worker.stdout is not None
        worker.stdout.readline()
        server.kill()
    go.touch()
    outbox = folder / ".schedy" / "outbox"
    wait_until(lambda: bool(list(outbox.glob("*.json"))))
    with worker:
        yield server, worker, next(outbox.glob("*.json"))


def port(server: RunningServer) -> str:
    return server.root.rstrip("/").rpartition(":")[2]


def test_it_is_reported_when_the_server_is_back(tmp_path: Path) -> None:
    with (
        worker_whose_server_is_away(tmp_path) as (before, worker, letter),
        running_server(data=tmp_path / "data", port=port(before)) as server,
    ):
        _, err = worker.communicate(timeout=60)

        assert worker.returncode == 0, err
        assert str(letter).encode() in err
        assert not letter.exists()
        [job] = SchedyDB(config_override=server.client).get_experiment("mnist").all_jobs()
        assert (job.status, job.results) == (Job.DONE, {"loss": 0.25})


def test_it_stays_in_a_file_if_the_worker_has_to_go(tmp_path: Path) -> None:
    with worker_whose_server_is_away(tmp_path) as (_, worker, letter):
        worker.send_signal(signal.SIGTERM)
        worker.send_signal(signal.SIGINT)

        _, err = worker.communicate(timeout=60)

    kept = json.loads(letter.read_text())
    assert worker.returncode in {75, 130}  # two signals at once have no order
    assert str(letter).encode() in err
    assert kept["body"]["results"] == {"loss": 0.25}
    assert kept["path"].endswith("/finish/")
    assert kept["etag"]


@pytest.mark.parametrize("setting", ["option", "environment"])
@pytest.mark.parametrize("command", [["list"], ["run", "x", "--", "true"], ["watch", "x"]])
def test_patience_is_what_one_says(
    command_line: Schedy, monkeypatch: pytest.MonkeyPatch, command: list[str], setting: str
) -> None:
    monkeypatch.setenv("SCHEDY_ROOT", "http://127.0.0.1:1/")  # where nobody listens
    monkeypatch.setenv("SCHEDY_EMAIL", "ana@lab.org")
    monkeypatch.setenv("SCHEDY_TOKEN", "t")
    if setting == "environment":
        monkeypatch.setenv("SCHEDY_PATIENCE", "0.5")
    started = time.monotonic()
    outcome = command_line(*(["--patience", "0.5"] if setting == "option" else []), *command)
    assert outcome.code == 1
    assert time.monotonic() - started < 10
