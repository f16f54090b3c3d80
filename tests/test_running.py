"""The server of the tests is the real one, starts in a moment, and never stays behind."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.architecture.tree import ROOT
from tests.databases import fresh_database, shared_server
from tests.running import RunningServer, ServerFailed, running_server
from tests.waiting import wait_until

SERVER_OF_A_PROCESS = """
import sys
from tests.running import running_server
with running_server() as server:
    print(server.process.pid, server.log.parent, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


def get(server: RunningServer, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(server.root).netloc, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_knows_its_account(server: RunningServer) -> None:
    status, text = get(server, "/me/")
    assert status == 200
    assert json.loads(text) == {"email": server.email, "scope": "admin"}


def test_its_configuration_is_what_the_client_reads(server: RunningServer) -> None:
    assert server.client == {
        "root": server.root,
        "email": server.email,
        "token": server.token,
        "token_type": "api_token",
    }


@pytest.mark.postgres
def test_it_runs_on_postgresql() -> None:
    with fresh_database(shared_server()) as url, running_server(url) as server:
        assert get(server, "/me/")[0] == 200


def test_a_setting_reaches_it(tmp_path: Path) -> None:
    with running_server(data=tmp_path, root_path="/search") as server:
        assert get(server, "/search/me/")[0] == 200


def test_it_can_be_restarted_on_its_data(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as first:
        assert first.stop() == 0
        with running_server(data=tmp_path) as second:
            assert get(second, "/me/")[0] == 200


def test_it_can_be_killed() -> None:
    with running_server() as server:
        server.kill()
    assert server.process.returncode == -signal.SIGKILL


def test_a_setting_that_is_wrong_fails_with_what_the_server_said(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    failing = running_server(tls_cert=missing, tls_key=missing)
    with pytest.raises(ServerFailed, match=r"missing\.pem"), failing:
        pass


def test_its_log_is_printed_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    with running_server():
        pass
    assert "stopped" in capfd.readouterr().err


@pytest.mark.parametrize("end", ["close", "kill"])
def test_it_goes_with_the_process_that_started_it(end: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER_OF_A_PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        number, folder = process.stdout.readline().split()
        process.kill() if end == "kill" else process.stdin.close()
    wait_until(lambda: not is_running(int(number)))
    wait_until(lambda: not Path(folder).exists())
