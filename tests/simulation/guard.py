"""Watches every single answer of the server: is it true, and may it be given at all?"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import apsw
import psycopg

from schedy_server.storage.opening import dialect_of, sqlite_path
from tests.faults.history import version_of
from tests.server.http.asking import Answer
from tests.simulation.book import Book
from tests.simulation.requests import Request

_JOB = re.compile(r"/experiments/[^/]+/jobs/([^/]+)/(report/|finish/|release/)?")
_STANDING = "experiment_key, number, status, version, attempt, lease_id"
_FINAL = {"DONE", "CRASHED", "PRUNED"}
_UNHAPPY = 500
_REDIRECTS = range(300, 400)
_UNAVAILABLE = 503
_REFUSED = 412


class Standing(NamedTuple):
    """Where a job stands."""

    key: int
    number: int
    status: str
    version: int
    attempt: int
    lease: str | None


@dataclass
class Guard:
    """Compares answers with the database as it was when the request arrived."""

    url: str
    book: Book
    _ask: Callable[[str], list[Any]] | None = None
    _close: Callable[[], None] = lambda: None

    def look(self, request: Request) -> Standing | None:
        """Return where the job of a request stands; None if it is about none."""
        found = _JOB.fullmatch(request.path)
        if found is None or request.method not in {"PUT", "POST"}:
            return None
        rows = self.query(
            f"SELECT {_STANDING} FROM job {_where(id=found[1])}"  # noqa: S608 - no user is here
        )
        return Standing(*rows[0]) if rows else None

    def status(self, job: str) -> str | None:
        """Return the status of a job."""
        path = f"/experiments/any/jobs/{job}/"
        found = self.look(Request("guard", "PUT", path, (), b""))
        return None if found is None else found.status

    def judge(self, request: Request, before: Standing | None, answer: Answer) -> None:
        """Object to an answer that should not have been given."""
        status = answer.status
        what = f"{request.method} {request.path} of {request.sender} got {status} {answer.text!r}"
        if status >= _UNHAPPY and status != _UNAVAILABLE:
            self.book.object("error", "?", what)
        if status in _REDIRECTS:
            self.book.object("redirect", "?", what)
        if status in {401, 422, 428}:
            self.book.object("refused", "?", what)
        if before is None:
            return
        wish = _wish(request)
        if status == _REFUSED and wish in _FINAL:
            self._judge_refusal(request, before, what)
        if status == 200 and wish == "RUNNING":
            self._judge_promise(request, before, answer, what)

    def query(self, sql: str) -> list[Any]:
        """Ask the database, past the server."""
        if self._ask is None:
            self._open()
        assert self._ask is not None
        return self._ask(sql)

    def close(self) -> None:
        """Leave the database alone."""
        self._close()

    def _judge_refusal(self, request: Request, before: Standing, what: str) -> None:
        """Object if the owner itself may not end its job."""
        attempt = self._attempt_at(before, version_of(request.header("If-Match")))
        now = self.look(request)
        if now is None or attempt is None:
            return
        if all((each.status, each.attempt) == ("RUNNING", attempt) for each in (before, now)):
            number = str(before.number)
            self.book.object("owner refused", number, f"has attempt {attempt}, but {what}")

    def _judge_promise(self, request: Request, before: Standing, answer: Answer, what: str) -> None:
        """Object if somebody is told to own a job that it had lost before it asked."""
        version = version_of(answer.headers.get("etag"))
        if version is None or version > before.version:
            return  # it has just got it
        told = self._attempt_at(before, version)
        if told != before.attempt or before.status == "QUEUED":
            self.book.object("lie", str(before.number), f"is {before}, but {what}")

    def _attempt_at(self, job: Standing, version: int | None) -> int | None:
        place = {"experiment_key": job.key, "number": job.number, "version": version or 0}
        rows = self.query(f"SELECT attempt FROM job_write {_where(**place)}")  # noqa: S608 - likewise
        return rows[0][0] if rows else None

    def _open(self) -> None:
        if dialect_of(self.url) == "sqlite":
            connection = apsw.Connection(str(sqlite_path(self.url)))
            connection.set_busy_timeout(1000)
            self._ask = lambda sql: connection.execute(sql).fetchall()
            self._close = connection.close
            return
        session = psycopg.connect(self.url, autocommit=True)
        self._ask = lambda sql: session.execute(sql.encode()).fetchall()
        self._close = session.close


def _wish(request: Request) -> str | None:
    """Return the status that a request asks for."""
    if request.path.endswith("/report/"):
        return "RUNNING"
    if request.path.endswith("/release/"):
        return "QUEUED"
    status = json.loads(request.body or b"{}").get("status")
    return status if isinstance(status, str) else None


def _where(**values: str | int) -> str:
    """Return a condition; names and values are the simulation's own."""
    return "WHERE " + " AND ".join(f"{name} = {value!r}" for name, value in values.items())
