"""A writer of the database alone: SQLite, one connection, one durable commit per transaction."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import apsw

from benchmarks.cycles import statements
from benchmarks.cycles.loop import Cycle, Order, serve
from benchmarks.cycles.statements import Row, Statement
from schedy_server.storage import queries
from schedy_server.storage.sqlite import connect

QUERIES = queries.load("sqlite")


@contextmanager
def opened(order: Order) -> Iterator[Cycle]:
    """Open the database, create the experiment if nobody did yet, and yield the cycle."""
    name = order["name"]
    with closing(connect(order["path"])) as connection:
        if order["first"]:
            with suppress(apsw.ConstraintError):
                _run(connection, [statements.experiment(name)])
        look = ("experiment_by_name", {"account_key": statements.ACCOUNT, "name": name})
        key = _first(connection, [look])["key"]

        def cycle() -> float:
            start = time.perf_counter()
            job = _claim(connection, key, name)
            claimed = time.perf_counter()
            _finish(connection, name, job)
            return claimed - start

        yield cycle


def _claim(connection: apsw.Connection, key: int, name: str) -> dict[str, Any]:
    claim_id = secrets.token_urlsafe(12)
    connection.execute("BEGIN IMMEDIATE")
    before = _first(connection, statements.look_before_claim(key, name, claim_id))
    job = statements.new_job(before)
    _run(connection, statements.claim(before, job, claim_id))
    connection.execute("COMMIT")
    return job


def _finish(connection: apsw.Connection, name: str, job: dict[str, Any]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    before = _first(connection, statements.look_before_finish(name, job))
    _run(connection, statements.finish(before, job))
    connection.execute("COMMIT")


def _first(connection: apsw.Connection, looks: Sequence[Statement]) -> Row:
    """Run queries and return the first row of the first one."""
    (query, parameters), *others = looks
    cursor = connection.execute(QUERIES[query], parameters)
    names = [column[0] for column in cursor.getdescription()]
    row = dict(zip(names, cursor.fetchall()[0], strict=True))
    for query, parameters in others:
        connection.execute(QUERIES[query], parameters).fetchall()
    return row


def _run(connection: apsw.Connection, changes: Sequence[Statement]) -> None:
    for query, parameters in changes:
        connection.execute(QUERIES[query], parameters).fetchall()


if __name__ == "__main__":
    serve(opened)
