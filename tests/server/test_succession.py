"""A server is replaced by its next version while clients come and go, and none of them notices."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schedy import ManualSearch, SchedyDB
from schedy_server import succession
from tests.journeys.test_each_job_once import run_all
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

RESTARTS = 5
JOBS = 400
STARTED = "Schedy listens on"
ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def replace(server: RunningServer) -> None:
    """Have a server replaced, and return when its successor answers."""
    before = server.log.read_text().count(STARTED)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count(STARTED) > before)


@contextmanager
def impatient_clients(server: RunningServer) -> Iterator[list[str]]:
    """Have the server asked all the time; yield what was heard."""
    heard: list[str] = []
    over = threading.Event()
    with (
        ThreadPoolExecutor(4) as pool,
        closing(Lasting(server)) as one,
        closing(Lasting(server)) as two,
    ):
        ways = (one.ask, two.ask, partial(ask, server), partial(ask, server))
        asking = [pool.submit(ask_until, over, way, heard) for way in ways]
        try:
            yield heard
        finally:
            over.set()
        for each in asking:
            each.result(30)


def ask_until(over: threading.Event, way: Callable[[], str], heard: list[str]) -> None:
    while not over.is_set():
        try:
            heard.append(way())
        except (OSError, HTTPException) as error:
            heard.append(repr(error))


class Lasting:
    """Asks on one connection, until the server says that it ends, and then on another one."""

    def __init__(self, server: RunningServer) -> None:
        self._connection = HTTPConnection(urlsplit(server.root).netloc, timeout=20)
        self.close = self._connection.close

    def ask(self) -> str:
        self._connection.request("GET", "/healthz")
        with self._connection.getresponse() as answer:
            answer.read()
        return f"HTTP/1.1 {answer.status} {answer.reason}"


def ask(server: RunningServer) -> str:
    """Ask on a connection of its own."""
    port = urlsplit(server.root).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(ASK)
        return connection.recv(1000).partition(b"\r\n")[0].decode()


def test_no_client_is_refused_while_it_is_replaced_again_and_again(tmp_path: Path) -> None:
    with (
        running_server(data=tmp_path, log_level="warning") as server,
        impatient_clients(server) as heard,
    ):
        for _ in range(RESTARTS):
            already = len(heard)
            replace(server)
            wait_until(lambda already=already: len(heard) > already + 50)  # type: ignore[misc]
    assert set(heard) == {"HTTP/1.1 200 OK"}


def test_workers_lose_nothing(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server, ThreadPoolExecutor(4) as pool:
        experiment = ManualSearch("search")
        SchedyDB(config_override=server.client).add_experiment(experiment)
        ids = experiment.add_jobs({"hyperparameters": {"x": x}} for x in range(JOBS))
        mine = experiment.next_job()  # runs through it all
        dbs = [SchedyDB(config_override=server.client) for _ in range(4)]
        running = [pool.submit(run_all, db, "search", JOBS) for db in dbs]
        for _ in range(RESTARTS):
            replace(server)
        with mine:
            mine.results["loss"] = 0.5
        ran = [job_id for each in running for job_id in each.result(60)]
        jobs = list(experiment.all_jobs())
    assert sorted([*ran, mine.job_id]) == sorted(ids)
    assert {(job.status, job.attempt) for job in jobs} == {("DONE", 1)}


def test_it_is_the_same_process(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server:
        replace(server)
        assert server.process.poll() is None
        assert ask(server) == "HTTP/1.1 200 OK"
        assert server.stop() == 0


def test_who_asks_for_it_again_does_no_harm(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server:
        before = server.log.read_text().count(STARTED)
        for _ in range(30):
            server.process.send_signal(signal.SIGHUP)
            assert ask(server) == "HTTP/1.1 200 OK"
            if server.log.read_text().count(STARTED) > before:
                break
        wait_until(lambda: server.log.read_text().count(STARTED) > before)
        assert server.stop() == 0


def test_a_successor_that_could_not_start_does_not_replace_it(tmp_path: Path) -> None:
    config = tmp_path / "schedy.toml"
    config.write_text("")
    with running_server(data=tmp_path / "data", config=config) as server:
        config.write_text("no_such_setting = 1")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "no_such_setting" in server.log.read_text())
        assert ask(server) == "HTTP/1.1 200 OK"
        config.write_text("")
        replace(server)


def test_with_nohup_it_does_not_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert not succession.takes_hangups()
        monkeypatch.setenv("SCHEDY_HEIR", "1")
        assert succession.takes_hangups()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("with_terminal", [True, False])
def test_it_knows_whether_it_belongs_to_a_terminal(with_terminal: bool) -> None:
    ask_it = "from schedy_server.succession import has_terminal; print(has_terminal())"
    terminal = ["script", "-qec"] if with_terminal else ["setsid", "-w", "sh", "-c"]
    command = [*terminal, f'{sys.executable} -c "{ask_it}"']
    said = subprocess.run(
        [*command, *(["/dev/null"] if with_terminal else [])],
        capture_output=True,
        check=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert said.stdout.strip() == str(with_terminal)
