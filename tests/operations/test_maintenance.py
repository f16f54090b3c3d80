"""Maintenance: no new jobs, and everything else goes on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy.claims import claim
from schedy.connection import Connection
from schedy.credentials import Configuration
from schedy_server import cli
from tests.databases import fresh_database, shared_server
from tests.operations.asking import Asker, asker_of
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

CLAIM = {"claim_id": "c", "worker": "w"}
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def asker(server: RunningServer) -> Iterator[Asker]:
    found = asker_of(server)
    yield found
    run(server, "off")
    # The server looks now and then; the next test begins when it knows.
    wait_until(lambda: claims(found) != 503, seconds=10)


def run(server: RunningServer, *arguments: str) -> None:
    """Run `schedy-server maintenance` as an operator would, beside the server."""
    command = (sys.executable, "-c", "import sys; from schedy_server.cli import main; main()")
    subprocess.run([*command, "maintenance", *arguments, "--data", server.data], check=True)


def claims(asker: Asker) -> int:
    return asker.status("POST", "experiments/e/claims/", CLAIM)


def test_claims_wait_and_all_else_goes_on(server: RunningServer, asker: Asker) -> None:
    job = asker.start()
    run(server, "on", "--message", "new disks")
    wait_until(lambda: claims(asker) == 503, seconds=5)
    assert asker.status("GET", "experiments/e/nextjob/") == 503
    assert [job.report({"loss": 2}), job.beat(), job.finish()] == [200] * 3
    for path in ("experiments/e/", "experiments/e/jobs/", f"experiments/e/jobs/{job.id}/"):
        assert asker.status("GET", path) == 200
    assert asker.status("POST", "experiments/e/jobs/", {"status": "QUEUED"}) == 201


def test_whoever_asks_is_told_why_and_when_to_come_back(
    server: RunningServer, asker: Asker
) -> None:
    run(server, "on", "--message", "new disks")
    wait_until(lambda: claims(asker) == 503, seconds=5)
    answer = asker.ask("POST", "experiments/e/claims/", CLAIM)
    assert answer.data == b"The server hands out no jobs for now: new disks. Try again later."
    assert 60 <= int(answer.headers["Retry-After"]) <= 90
    assert asker.ask("GET", "readyz").data == b"ready\nmaintenance: new disks"


def test_whoever_waits_for_a_job_gets_none_of_those_that_come(
    server: RunningServer, asker: Asker
) -> None:
    asker.ask(
        "PUT", "experiments/m/", {"name": "m", "status": "RUNNING", "scheduler": {"Manual": None}}
    )
    run(server, "on")
    wait_until(lambda: claims(asker) == 503, seconds=5)
    run(server, "off")
    wait_until(lambda: claims(asker) != 503, seconds=5)
    assert asker.status("POST", "experiments/m/claims/", CLAIM) == 204


def test_our_client_waits_until_it_is_over(server: RunningServer, asker: Asker) -> None:
    run(server, "on")
    wait_until(lambda: claims(asker) == 503, seconds=5)
    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        run(server, "off")
        wait_until(lambda: claims(asker) != 503, seconds=5)

    configuration = Configuration(server.root, server.email, server.token, "api_token")
    answer = claim(Connection(configuration, sleep=sleep), "e")
    assert answer.status == 200
    assert 60 <= pauses[0] <= 90


@pytest.mark.postgres
def test_all_servers_on_a_database_hear_of_it() -> None:
    with (
        fresh_database(shared_server()) as url,
        running_server(url) as one,
        running_server(url) as other,
    ):
        askers = [asker_of(one), Asker(other)]
        askers[1].sign_in()
        assert cli.main(["maintenance", "on", "--database", url]) == 0
        wait_until(lambda: all(claims(each) == 503 for each in askers), seconds=5)
        assert cli.main(["maintenance", "off", "--database", url]) == 0
        wait_until(lambda: all(claims(each) == 200 for each in askers), seconds=5)


def test_the_status_tells_how_many_jobs_run(tmp_path: Path, capsys: Said) -> None:
    def said(*arguments: str) -> str:
        assert cli.main(["maintenance", *arguments, "--data", str(tmp_path)]) == 0
        return capsys.readouterr().out

    cli.main(["migrate", "--data", str(tmp_path)])
    capsys.readouterr()
    assert said("status") == "Maintenance is off; 0 jobs run.\n"
    assert "no jobs are handed out. Now, 0 jobs run" in said("on", "--message", " a b ")
    assert said("status").endswith(" UTC (a b); 0 jobs run.\n")
    said("off")
    assert said("status") == "Maintenance is off; 0 jobs run.\n"


@pytest.mark.parametrize("message", ["a\nb", "x" * 501, "\x1b[31m"])
def test_a_message_is_one_short_line(tmp_path: Path, capsys: Said, message: str) -> None:
    assert cli.main(["maintenance", "on", "--message", message, "--data", str(tmp_path)]) == 2
    assert "A message is one line" in capsys.readouterr().err
