"""SQLite: the embedded database, one file, nothing to set up."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import apsw

from schedy_server.model.errors import Invalid
from schedy_server.storage import queries
from schedy_server.storage.session import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFailed,
    DatabaseFull,
    Row,
)

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_TIMEOUT = 10_000  # milliseconds
_LONGEST_LOG = 1000  # pages
_LARGEST_LOG = 64 * 2**20  # bytes of its file that are kept once it was larger
# A name that is taken already: the transaction runs again, and makes up another one.
_TAKEN = {apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY}


def _translated(function: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except apsw.Error as error:
            if _is_mistake(error):
                raise
            meaning = _meaning(error)
            if isinstance(meaning, DatabaseBroken) and isinstance(args[0], SQLiteSession):
                args[0].broken(meaning)
            raise meaning from error

    return call


def _is_mistake(error: apsw.Error) -> bool:
    """Tell whether whoever asked is to blame: a constraint would have been broken."""
    extended = getattr(error, "extendedresult", None)
    return isinstance(error, apsw.ConstraintError) and extended not in _TAKEN


def _meaning(error: apsw.Error) -> DatabaseBusy | DatabaseFailed:
    text = str(error)
    if isinstance(error, apsw.BusyError | apsw.LockedError | apsw.ConstraintError):
        return DatabaseBusy(text)
    if isinstance(error, apsw.FullError):
        return DatabaseFull(text)
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return DatabaseBroken(text)
    if isinstance(error, apsw.IOError):
        # The file of the index, of which nothing has to last, may be the first that can't grow.
        no_room = getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_SHMSIZE
        return DatabaseFull(text) if no_room else DatabaseBroken(text)
    return DatabaseFailed(text)


@_translated
def connect(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """Open the database file with the settings that make "committed" mean "on disk".

    Raises:
        DatabaseFailed: The file can't be opened, or is no database.
    """
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_TIMEOUT)
    _write_ahead(connection)
    # The default in WAL mode would lose the last commits when the power fails.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
    connection.execute("PRAGMA cache_size = -65536")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


@_translated
def refuse_foreign(connection: apsw.Connection, path: Path) -> None:
    """Refuse the file of another program, before anything is written into it.

    Raises:
        Invalid: It has tables, and never was a database of Schedy's.
    """
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
    if tables and "migration" not in tables:
        raise Invalid(f"{path} is the database of another program: it holds {tables[0]!r}.")


def _write_ahead(connection: apsw.Connection) -> None:
    deadline = time.monotonic() + _BUSY_TIMEOUT / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except apsw.BusyError:
            # For others that open a new file at the same moment, SQLite itself does not wait.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


class SQLiteSession:
    """One connection to the database file.

    Args:
        broken: Told when the disk fails or the file is damaged, before anybody else is.
        beside_server: A server has the file, and alone moves its log into it: of two that do so
            at once, versions of SQLite before 3.51.3 may lose what one has committed.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        *,
        broken: Callable[[DatabaseBroken], None] = lambda error: None,
        beside_server: bool = False,
    ) -> None:
        self._connection = connection
        self.broken = broken
        if beside_server:
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.wal_autocheckpoint(0)
        else:
            connection.set_wal_hook(self._committed)
        self._queries = queries.load("sqlite")
        self.writes = 0

    @_translated
    def one(self, query: str, **parameters: Any) -> Row | None:
        """Return the first row, or None."""
        sql = self._queries[query]
        if not sql.startswith("SELECT"):
            self.writes += 1  # it changes something and returns what it made of it
        return self._connection.execute(sql, parameters).fetchone()

    @_translated
    def all(self, query: str, **parameters: Any) -> list[Row]:
        """Return every row."""
        return self._connection.execute(self._queries[query], parameters).fetchall()

    @_translated
    def run(self, query: str, **parameters: Any) -> None:
        """Change something."""
        self.writes += 1
        self._connection.execute(self._queries[query], parameters)

    @_translated
    def count(self, query: str, **parameters: Any) -> int:
        """Change something and return how many rows that touched."""
        self.writes += 1
        self._connection.execute(self._queries[query], parameters)
        return self._connection.changes()

    @_translated
    def run_many(self, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the same change once per row of parameters."""
        self.writes += 1
        self._connection.executemany(self._queries[query], rows)

    @_translated
    def script(self, sql: str) -> None:
        """Run several statements that take no parameters."""
        self.writes += 1
        self._connection.execute(sql)

    @_translated
    def begin(self, *, writing: bool, wait: bool = True) -> None:
        """Start a transaction; a writing one takes the write lock at once."""
        if wait:
            self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            return
        self._connection.set_busy_timeout(0)
        try:
            self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        finally:
            self._connection.set_busy_timeout(_BUSY_TIMEOUT)

    @_translated
    def commit(self) -> None:
        """Make the transaction durable."""
        self._connection.execute("COMMIT")

    @_translated
    def rollback(self) -> None:
        """Undo the transaction; harmless when there is none."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _committed(self, connection: apsw.Connection, database: str, pages: int) -> int:
        """Move the log into the database; SQLite would do so itself, and tell of no failure."""
        if pages >= _LONGEST_LOG:
            try:
                connection.wal_checkpoint(database)
            except apsw.Error as error:
                meaning = _meaning(error)
                if isinstance(meaning, DatabaseBroken):
                    self.broken(meaning)
                # All else is tried again at the next commit; this one is in the log.
        return apsw.SQLITE_OK

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
