"""Over real connections: what an old client sends again is created once."""

import json
import socket
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from schedy import ManualSearch, SchedyDB
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

JOB = b'{"status": "QUEUED", "hyperparameters": {"x": 1}}'
EXPERIMENT = b'{"status": "RUNNING", "scheduler": {"Manual": null}}'


@pytest.fixture(scope="module")
def schedy() -> Iterator[RunningServer]:
    with running_server() as server:
        SchedyDB(config_override=server.client).add_experiment(ManualSearch("digits"))
        yield server


def head(server: RunningServer, method: str, path: str, body: bytes, more: str = "") -> bytes:
    parts = urlsplit(server.root)
    lines = (
        f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {server.token}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return lines.encode()


def ask(
    server: RunningServer, body: bytes, method: str = "POST", more: str = ""
) -> tuple[int, str]:
    """Send a request on a connection of its own, and return status and body."""
    path = "/experiments/digits/jobs/" if method == "POST" else "/experiments/new/"
    headers = dict([more.strip().split(": ", 1)]) if more else {}
    connection = HTTPConnection(urlsplit(server.root).netloc, timeout=20)
    authorization = {"Authorization": f"Bearer {server.token}"}
    connection.request(method, path, body, {**authorization, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def count(server: RunningServer, x: object) -> int:
    jobs = SchedyDB(config_override=server.client).get_experiment("digits").jobs()
    return sum(job.hyperparameters == {"x": x} for job in jobs)


def test_who_reads_its_answer_gets_a_second_job_that_may_be_one_too_many(
    schedy: RunningServer,
) -> None:
    first, second = (json.loads(ask(schedy, JOB)[1]) for _ in range(2))
    assert second["reason"] == f"possible duplicate of {first['id']}"
    assert count(schedy, 1) == 2


def test_on_one_connection_equal_jobs_are_wanted(schedy: RunningServer) -> None:
    body = JOB.replace(b"1", b"2")
    connection = HTTPConnection(urlsplit(schedy.root).netloc, timeout=20)
    reasons = []
    for _ in range(3):
        headers = {"Authorization": f"Bearer {schedy.token}"}
        connection.request("POST", "/experiments/digits/jobs/", body, headers)
        reasons.append(json.loads(connection.getresponse().read())["reason"])
    connection.close()
    assert (reasons, count(schedy, 2)) == ([None] * 3, 3)


@contextmanager
def busy(server: RunningServer) -> Iterator[None]:
    """Keep the server from writing, and so from answering."""
    other = sqlite3.connect(server.data / "schedy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def has_looked(server: RunningServer) -> bool:
    """Return once the server has looked at what arrived before."""
    connection = HTTPConnection(urlsplit(server.root).netloc, timeout=20)
    connection.request("GET", "/healthz")
    answered = connection.getresponse().read() == b"ok"
    connection.close()
    return answered


def leave_early(server: RunningServer, method: str, path: str, body: bytes, more: str = "") -> None:
    """Send a request, and be gone before it is answered."""
    parts = urlsplit(server.root)
    line = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)
    with busy(server):
        line.sendall(head(server, method, path, body, more) + body)
        assert has_looked(server)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
        assert has_looked(server)


def test_who_went_away_before_the_answer_gets_the_same_job(schedy: RunningServer) -> None:
    body = JOB.replace(b"1", b"3")
    leave_early(schedy, "POST", "/experiments/digits/jobs/", body)
    wait_until(lambda: count(schedy, 3) == 1)
    assert json.loads(ask(schedy, body)[1])["reason"] is None
    assert count(schedy, 3) == 1


def test_who_went_away_before_the_answer_gets_the_same_experiment(schedy: RunningServer) -> None:
    more = "If-None-Match: *\r\n"
    leave_early(schedy, "PUT", "/experiments/new/", EXPERIMENT, more)
    db = SchedyDB(config_override=schedy.client)
    wait_until(lambda: "new" in [each.name for each in db.get_experiments()])
    statuses = [ask(schedy, EXPERIMENT, "PUT", more)[0] for _ in range(2)]
    assert statuses == [200, 412]
