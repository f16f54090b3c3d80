"""PostgreSQL: for several servers on one database."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, LiteralString, ParamSpec, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq.abc import PGresult

from schedy_server.model.errors import Invalid
from schedy_server.storage import queries
from schedy_server.storage.pipeline import (
    ConnectionLost,
    NoAnswer,
    Pipeline,
    Statement,
    StatementFailed,
)
from schedy_server.storage.session import DatabaseAway, DatabaseBusy, DatabaseFailed, Row, WouldWait

P = ParamSpec("P")
T = TypeVar("T")
Purpose = Literal["writing", "reading", "migrating"]

_PATIENCE = 30.0  # seconds that a server may be silent; longer than any of the limits below
_TIMEOUTS = "SET statement_timeout = '10s'; SET lock_timeout = '5s';"
_SETTINGS: Mapping[Purpose, str] = {
    "writing": _TIMEOUTS,
    "reading": _TIMEOUTS + "SET default_transaction_read_only = on;",
    # A large table may take its time, and so may another server that migrates it right now.
    "migrating": "SET statement_timeout = 0; SET lock_timeout = 0;",
}
_COMMON = """
SET synchronous_commit = on;
SET idle_in_transaction_session_timeout = '30s';
SET bytea_output = hex;
SET extra_float_digits = 1;
SET jit = off;
"""
_CONNECTING = {
    "application_name": "schedy",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# Lost against another transaction: deadlock, serialisation, a name that is taken already; or lost
# because of a statement that another task of the group had sent before.
_BUSY = {"40001", "40P01", "23505", "25P02"}
# Values that don't fit and broken constraints: not the database's fault.
_MISTAKES = ("22", "23")
# Queries that lock a row, with what to ask instead by who must not wait for it.
_LOCKS = {"experiment_by_name_locked": ("experiment_by_name_if_free", "experiment_by_name")}
_BEGIN_WRITING = Statement(b"begin_writing", b"BEGIN ISOLATION LEVEL READ COMMITTED", ())
_BEGIN_READING = Statement(b"begin", b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ())
_COMMIT = Statement(b"commit", b"COMMIT", ())
_ROLLBACK = Statement(b"rollback", b"ROLLBACK", ())


def open_session(url: str, *, purpose: Purpose = "writing") -> "PostgresSession":
    """Connect to the server, with the settings that make "committed" mean "on disk".

    Raises:
        Invalid: The URL can't be read, or the database does not keep its text as UTF-8.
        DatabaseAway: The server can't be reached, or refuses.
    """
    connection = connect(url, _COMMON + _SETTINGS[purpose])
    # A migration may wait for another server's for as long as that takes.
    return PostgresSession(connection, patience=None if purpose == "migrating" else _PATIENCE)


def connect(url: str, settings: LiteralString) -> psycopg.Connection:
    """Connect to the server, without a transaction, and run these statements.

    Raises:
        Invalid: The URL can't be read, or the database does not keep its text as UTF-8.
        DatabaseAway: The server can't be reached, or refuses.
    """
    parameters = _parameters(url)
    try:
        connection = psycopg.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseAway(str(error)) from error
    try:
        connection.execute(settings)
    except psycopg.Error as error:
        connection.close()
        raise DatabaseAway(str(error)) from error
    if connection.pgconn.parameter_status(b"server_encoding") != b"UTF8":
        connection.close()
        raise Invalid("The database has to keep its text as UTF-8: create it with ENCODING 'UTF8'.")
    return connection


def _parameters(url: str) -> dict[str, Any]:
    """Read the URL; what libpq says of one that it can't read may quote the password."""
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parameters = {"host": "@"}
    around = f"{parameters.get('host', '')}{parameters.get('dbname', '')}"
    if "@" in around or not re.fullmatch(r"[0-9,]*", str(parameters.get("port", ""))):
        raise Invalid(
            "The database URL can't be read: write postgresql://user:password@host:port/name, "
            "with %40 for @ in the password, %2F for /, %3A for : and %25 for %."
        )
    return {**_CONNECTING, **parameters}


def _translated(method: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except NoAnswer as error:
            raise DatabaseAway(str(error)) from error
        except (ConnectionLost, psycopg.OperationalError) as error:
            raise DatabaseBusy(str(error)) from error
        except StatementFailed as error:
            raise _meaning(error) from error

    return call


def _meaning(error: StatementFailed) -> Exception:
    if error.code in _BUSY or error.spoils_connection:
        return DatabaseBusy(str(error))
    if error.code.startswith(_MISTAKES):
        return errors.lookup(error.code)(str(error))
    return DatabaseFailed(str(error))


class PostgresSession:
    """One connection to the server."""

    def __init__(self, connection: psycopg.Connection, *, patience: float | None) -> None:
        self._connection = connection
        self._pipeline = Pipeline(connection.pgconn, patience=patience)
        self._statements = _statements()
        self._rows = Transformer(connection)
        self._in_transaction = False
        self._empty_handed = True
        self._writes_before = 0
        self.writes = 0

    @_translated
    def one(self, query: str, **parameters: Any) -> Row | None:
        """Return the first row, or None."""
        if query not in _LOCKS:
            return self._one(query, parameters)
        if self._empty_handed:
            row = self._one(query, parameters)
            self._empty_handed = row is None
            return row
        # Whoever waits while holding what another may wait for ends in a deadlock.
        if_free, plain = _LOCKS[query]
        row = self._one(if_free, parameters)
        if row is None and self._one(plain, parameters) is not None:
            raise WouldWait(query)
        return row

    @_translated
    def all(self, query: str, **parameters: Any) -> list[Row]:
        """Return every row."""
        result = self._fetch(query, parameters)
        return self._rows.load_rows(0, result.ntuples, tuple)

    @_translated
    def run(self, query: str, **parameters: Any) -> None:
        """Change something; a violated constraint raises later, at the commit at the latest."""
        self._change(query, parameters)

    @_translated
    def count(self, query: str, **parameters: Any) -> int:
        """Change something and return how many rows that touched."""
        self._change(query, parameters)
        result = self._pipeline.receive()
        return int(result.command_tuples or 0) if result else 0

    @_translated
    def run_many(self, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the same change once per row of parameters."""
        for row in rows:
            self._change(query, row)

    @_translated
    def script(self, sql: str) -> None:
        """Run several statements that take no parameters."""
        self.writes += 1
        self._pipeline.script(sql)

    @_translated
    def begin(self, *, writing: bool, wait: bool = True) -> None:
        """Start a transaction; the server learns of it with the first query.

        Starting never waits; only locking a row may.
        """
        # There is one from here on: should that fail, undoing it tells that the connection is bad.
        self._in_transaction = self._empty_handed = True
        self._writes_before = self.writes
        self._pipeline.command(_BEGIN_WRITING if writing else _BEGIN_READING)

    @_translated
    def commit(self) -> None:
        """Make the transaction durable."""
        if self.writes == self._writes_before:
            self.rollback()  # nobody has to wait for that
            return
        self._pipeline.command(_COMMIT)
        result = self._pipeline.receive()
        self._in_transaction = False
        if result is None or result.command_status != b"COMMIT":
            raise DatabaseBusy("the transaction had failed before its commit")

    @_translated
    def rollback(self) -> None:
        """Undo the transaction; harmless when there is none."""
        if self._in_transaction:
            # A connection on which this fails is still in it, and good for nothing but closing.
            self._pipeline.abandon(_ROLLBACK)
            self._in_transaction = False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _one(self, query: str, parameters: Mapping[str, Any]) -> Row | None:
        result = self._fetch(query, parameters)
        return self._rows.load_row(0, tuple) if result.ntuples else None

    def _fetch(self, query: str, parameters: Mapping[str, Any]) -> PGresult:
        statement = self._statements[query]
        if statement.sql.startswith(b"SELECT"):
            self._pipeline.send(statement, parameters)
        else:
            self._change(query, parameters)  # which returns what it made of it
        result = self._pipeline.receive()
        if result is None:
            raise ConnectionLost("no result")
        self._rows.set_pgresult(result)
        return result

    def _change(self, query: str, parameters: Mapping[str, Any]) -> None:
        self.writes += 1
        self._empty_handed = False
        self._pipeline.send(self._statements[query], parameters)


@functools.cache
def _statements() -> Mapping[str, Statement]:
    return {name: _statement(name, sql) for name, sql in queries.load("postgres").items()}


def _statement(name: str, sql: str) -> Statement:
    numbered, parameters = queries.numbered(sql)
    return Statement(name.encode(), numbered.encode(), parameters)
