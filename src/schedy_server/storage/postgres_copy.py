"""What PostgreSQL holds, out into an SQLite file and back in.

Both directions are one transaction: what goes out is the state of one instant, and what goes in is
there as a whole or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import psycopg
from psycopg import sql

from schedy_server.model.errors import Conflict, Invalid
from schedy_server.storage import queries, sqlite_copy
from schedy_server.storage.migrate import SchemaTooNew, migrations
from schedy_server.storage.opening import migrate_database
from schedy_server.storage.postgres import connect
from schedy_server.storage.session import DatabaseAway, DatabaseFailed
from schedy_server.storage.sqlite_copy import Progress

_ROWS_AT_ONCE = 2000
# A table may be large, and its reader slow.
_PATIENT = "SET statement_timeout = 0; SET lock_timeout = '5s';"
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# What every server at work holds together with the others, see `queries/postgres.sql`.
_NO_SERVER = "SELECT pg_try_advisory_xact_lock(5720391849)"
_NOT_COPIED = {"migration"}  # the schema that is filled is what it is


def copy_out(url: str, to: Path, progress: Progress) -> Mapping[str, int]:
    """Copy a database into an empty SQLite file; return the numbers of rows it has.

    Raises:
        Invalid: There is nothing of Schedy's in the database.
        SchemaTooNew: It was made by a later version of Schedy.
        DatabaseFailed: It can't be read, or the copy not be written.
    """
    with _failing_alike(), closing(connect(url, _PATIENT)) as reading:
        reading.execute(_SNAPSHOT)
        _make_tables(reading, to)
        with closing(apsw.Connection(str(to))) as writing:
            writing.execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
            with writing:
                names = sqlite_copy.tables(writing)
                expected = {name: _count(reading, name) for name in names}
                so_far = _Counted(progress, sum(expected.values()))
                for name in names:
                    _copy_table(reading, writing, name, so_far)
                _copy_sequences(reading, writing)
            writing.execute("PRAGMA journal_mode = DELETE")
    return expected


def copy_in(copy: Path, url: str, *, replace: bool, progress: Progress) -> None:
    """Fill a database from an SQLite file that has the current schema.

    Raises:
        Conflict: The database holds accounts already and is not to be replaced, or is in use.
        DatabaseFailed: It can't be filled; it is as it was.
    """
    migrate_database(url)
    with (
        _failing_alike(),
        closing(connect(url, _PATIENT)) as writing,
        closing(apsw.Connection(str(copy))) as reading,
        writing.transaction(),
    ):
        _refuse_to_spoil(writing, replace=replace)
        expected = sqlite_copy.counts(reading)
        names = [name for name in expected if name not in _NOT_COPIED]
        emptied = sql.SQL(", ").join(map(sql.Identifier, names))
        writing.execute(sql.SQL("TRUNCATE {} CASCADE").format(emptied))
        so_far = _Counted(progress, sum(expected[name] for name in names))
        for name in _parents_first(reading, names):
            _fill_table(reading, writing, name, so_far)
        _fill_sequences(reading, writing)
        for name in names:
            if (found := _count(writing, name)) != expected[name]:
                raise DatabaseFailed(f"{name} has {found} rows instead of {expected[name]}")


class _Counted:
    """Adds up how far the tables are."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress("copying", self._done, self._total)


@contextmanager
def _failing_alike() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise DatabaseFailed(str(error)) from error
    except psycopg.OperationalError as error:
        raise DatabaseAway(str(error)) from error
    except psycopg.Error as error:
        raise DatabaseFailed(str(error)) from error


def _make_tables(reading: psycopg.Connection, to: Path) -> None:
    """Make the tables that the database has, which may be those of an earlier version."""
    if not _one(reading, "SELECT to_regclass('migration') IS NOT NULL"):
        raise Invalid("There is nothing of Schedy in this database.")
    done = {number for (number,) in reading.execute("SELECT number FROM migration")}
    steps = [step for step in migrations("sqlite") if step.number in done]
    if unknown := done - {step.number for step in steps}:
        raise SchemaTooNew(
            f"The database was made by a later version of Schedy (migration {max(unknown)}): "
            "install that version."
        )
    with closing(apsw.Connection(str(to))) as writing:
        writing.execute(queries.load("sqlite")["create_migration_table"])
        for step in steps:
            writing.execute(step.sql)


def _copy_table(
    reading: psycopg.Connection, writing: apsw.Connection, table: str, so_far: _Counted
) -> None:
    columns = sqlite_copy.columns(writing, table)
    writing.execute(f'DELETE FROM "{table}"')  # noqa: S608 - migrations may have put something in
    places = ", ".join("?" * len(columns))
    names = ", ".join(f'"{column}"' for column in columns)
    insert = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608 - our own names
    with reading.cursor(f"copy_{table}", binary=True) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(_select(table, columns))
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            writing.executemany(insert, rows)
            so_far.add(len(rows))


def _copy_sequences(reading: psycopg.Connection, writing: apsw.Connection) -> None:
    """Have keys that were used before never be used again, not even those of what is gone."""
    for table in _with_sequence(reading):
        last = _one(reading, _LAST_KEY, [table])
        writing.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        if last is not None and _counts_on(writing, table):
            writing.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, last])


def _fill_table(
    reading: apsw.Connection, writing: psycopg.Connection, table: str, so_far: _Counted
) -> None:
    columns = sqlite_copy.columns(reading, table)
    names = ", ".join(f'"{column}"' for column in columns)
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with writing.cursor() as cursor, cursor.copy(command) as copy:
        rows = 0
        for row in reading.execute(f'SELECT {names} FROM "{table}"'):  # noqa: S608 - our own names
            copy.write_row(row)
            rows += 1
            if not rows % _ROWS_AT_ONCE:
                so_far.add(_ROWS_AT_ONCE)
        so_far.add(rows % _ROWS_AT_ONCE)


def _fill_sequences(reading: apsw.Connection, writing: psycopg.Connection) -> None:
    used = dict(reading.execute("SELECT name, seq FROM sqlite_sequence"))
    for table in _with_sequence(writing):
        last = max(used.get(table, 0), _one(writing, _largest(table)) or 0)
        if last:
            writing.execute("SELECT setval(pg_get_serial_sequence(%s, 'key'), %s)", [table, last])


def _refuse_to_spoil(writing: psycopg.Connection, *, replace: bool) -> None:
    if not _one(writing, _NO_SERVER):
        raise Conflict("Servers are at work on this database: stop them first.")
    if not replace and _one(writing, "SELECT EXISTS (SELECT FROM account)"):
        raise Conflict("The database holds accounts already; --replace gives them up.")


def _parents_first(reading: apsw.Connection, names: Sequence[str]) -> list[str]:
    """Return tables in an order in which each comes after those that its rows belong to."""
    ordered: list[str] = []
    while len(ordered) < len(names):
        ordered += [
            name
            for name in names
            if name not in ordered and _parents(reading, name) <= {*ordered, name}
        ]
    return ordered


def _parents(reading: apsw.Connection, table: str) -> set[str]:
    rows = reading.execute('SELECT "table" FROM pragma_foreign_key_list(?)', [table])
    return {name for (name,) in rows}


def _counts_on(writing: apsw.Connection, table: str) -> bool:
    """Tell whether an SQLite table never uses a key again."""
    row = writing.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [table]).fetchone()
    return row is not None and "AUTOINCREMENT" in row[0]


_LAST_KEY = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'key')::regclass)"
_WITH_SEQUENCE = """
SELECT table_name FROM information_schema.columns
 WHERE table_schema = current_schema() AND column_name = 'key' AND is_identity = 'YES'
"""


def _with_sequence(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(_WITH_SEQUENCE).fetchall()]


def _select(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table))


def _largest(table: str) -> sql.Composed:
    return sql.SQL("SELECT max(key) FROM {}").format(sql.Identifier(table))


def _count(connection: psycopg.Connection, table: str) -> int:
    count: int = _one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return count


def _one(connection: psycopg.Connection, query: Any, values: Sequence[Any] = ()) -> Any:
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]
