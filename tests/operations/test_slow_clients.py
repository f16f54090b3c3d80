"""Clients that take their time take nobody else's."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from schedy_server import punctual
from schedy_server.punctual import PunctualProtocol, close_late
from tests.operations.asking import Asker, asker_of
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

HEAD = b"POST /experiments/e/jobs/ HTTP/1.1\r\nhost: localhost\r\n"
BODY = HEAD + b"authorization: Bearer %b\r\ncontent-length: 1000\r\n\r\n{"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


def address(server: RunningServer) -> tuple[str, int]:
    parts = urlsplit(server.root)
    return parts.hostname or "", parts.port or 0


@contextmanager
def slow_sockets(server: RunningServer, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection(address(server), 60)) for _ in range(count)
        ]
        for each in sockets:
            each.sendall(sent)
        yield sockets


def all_of(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def trickled(connection: socket.socket, sent: bytes) -> bytes:
    """Send something again and again until there is an answer, and return that."""
    connection.settimeout(0.2)
    while True:
        try:
            connection.sendall(sent)
            return all_of(connection)
        except TimeoutError:
            continue


def test_a_head_has_to_arrive_in_time(server: RunningServer) -> None:
    with slow_sockets(server, 1, HEAD) as [connection]:
        began = time.monotonic()
        assert trickled(connection, b"x").startswith(b"HTTP/1.1 503 ")
        assert 9 < time.monotonic() - began < 15


def test_who_says_nothing_is_not_waited_for(server: RunningServer) -> None:
    with slow_sockets(server, 1, b"") as [connection]:
        assert b"retry-after: 5" in all_of(connection)


def test_200_slow_clients_slow_nobody_down(server: RunningServer) -> None:
    asker = asker_of(server)
    sent = BODY % asker.session.encode()
    with slow_sockets(server, 100, HEAD), slow_sockets(server, 100, sent):
        times = sorted(measured(asker) for _ in range(300))
    assert times[297] < 1


def measured(asker: Asker) -> float:
    began = time.perf_counter()
    assert asker.status("POST", "experiments/e/jobs/", {"status": "QUEUED"}) == 201
    return time.perf_counter() - began


def test_with_too_many_connections_who_has_a_job_is_served() -> None:
    with running_server(max_connections=20) as server:
        asker = asker_of(server)
        job = asker.start()
        asker.pool.clear()
        with slow_sockets(server, 21, HEAD):
            answer = asker.ask("POST", "experiments/e/claims/", {"claim_id": "c"})
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert [job.beat(), job.report({"a": 1}), job.finish()] == [200] * 3
            assert asker.ask("GET", "healthz").status == 200
        wait_until(lambda: asker.status("GET", "experiments/e/") == 200)


def test_more_files_are_allowed_than_there_may_be_connections() -> None:
    with running_server(max_connections=3000) as server:
        limits = (f"/proc/{server.process.pid}/limits", "Max open files")
        if not os.path.exists(limits[0]):  # noqa: PTH110 - a name
            pytest.skip("the system does not tell")
        with open(limits[0]) as file:  # noqa: PTH123 - likewise
            [line] = [each for each in file if each.startswith(limits[1])]
        assert int(line.split()[3]) >= 3000


class Line:
    """The parts of a connection that lateness is judged by."""

    def __init__(self, *, in_body: bool, paused: bool = False) -> None:
        self.protocol = PunctualProtocol.__new__(PunctualProtocol)
        self.written: list[bytes] = []
        self.protocol._owed_since = 0.0
        self.protocol._in_body = in_body
        self.protocol._body = 0
        self.protocol.cycle = None  # type: ignore[assignment]
        self.protocol.transport = self  # type: ignore[assignment]
        self.protocol.flow = self  # type: ignore[assignment]
        self.read_paused = paused
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def is_late_at(self, now: float, *, body: int = 0) -> bool:
        self.protocol._body = body
        close_late([self.protocol, object()], now)
        return self.closed


def test_a_body_may_take_as_long_as_a_slow_line_does() -> None:
    assert not Line(in_body=True).is_late_at(29)
    assert Line(in_body=True).is_late_at(31)
    assert not Line(in_body=True).is_late_at(100, body=80 * punctual._SLOWEST)
    assert Line(in_body=True).is_late_at(120, body=80 * punctual._SLOWEST)


def test_nobody_is_late_whom_the_server_keeps_waiting() -> None:
    assert not Line(in_body=True, paused=True).is_late_at(1000)
