"""A writer of the database alone: PostgreSQL, one connection, statements sent in pipelines."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks.cycles import statements
from benchmarks.cycles.loop import Cycle, Order, serve
from benchmarks.cycles.statements import Row, Statement
from schedy_server.storage import queries

QUERIES = {name: queries.numbered(sql) for name, sql in queries.load("postgres").items()}
Sent = tuple[str, Sequence[Any]]
Connection = psycopg.Connection[dict[str, Any]]


@contextmanager
def opened(order: Order) -> Iterator[Cycle]:
    """Open the database, create the experiment if nobody did yet, and yield the cycle."""
    name = order["name"]
    with psycopg.connect(order["url"], autocommit=True, row_factory=dict_row) as connection:
        connection.cursor_factory = psycopg.RawCursor  # takes the server's queries as they are
        connection.prepare_threshold = 0
        if order["first"]:
            with suppress(psycopg.errors.UniqueViolation):
                _send(connection, [_query(statements.experiment(name))])
        look = ("experiment_by_name", {"account_key": statements.ACCOUNT, "name": name})
        key = _send(connection, [_query(look)])["key"]

        def cycle() -> float:
            start = time.perf_counter()
            job = _claim(connection, key, name)
            claimed = time.perf_counter()
            _finish(connection, name, job)
            return claimed - start

        yield cycle


def _claim(connection: Connection, key: int, name: str) -> dict[str, Any]:
    claim_id = secrets.token_urlsafe(12)
    before = _begin(connection, statements.look_before_claim(key, name, claim_id))
    job = statements.new_job(before)
    _commit(connection, statements.claim(before, job, claim_id))
    return job


def _finish(connection: Connection, name: str, job: dict[str, Any]) -> None:
    before = _begin(connection, statements.look_before_finish(name, job))
    _commit(connection, statements.finish(before, job))


def _begin(connection: Connection, looks: Sequence[Statement]) -> Row:
    return _send(connection, [("BEGIN", ()), *map(_query, looks)])


def _commit(connection: Connection, changes: Sequence[Statement]) -> None:
    _send(connection, [*map(_query, changes), ("COMMIT", ())])


def _query(statement: Statement) -> Sent:
    query, parameters = statement
    sql, names = QUERIES[query]
    return sql, [parameters[name] for name in names]


def _send(connection: Connection, sent: Sequence[Sent]) -> Row:
    """Send statements in one go and return the first row that any of them gives."""
    with connection.pipeline():
        cursors = [connection.execute(sql.encode(), parameters) for sql, parameters in sent]
    rows = (cursor.fetchone() for cursor in cursors if cursor.description)
    return next(rows, None) or {}


if __name__ == "__main__":
    serve(opened)
