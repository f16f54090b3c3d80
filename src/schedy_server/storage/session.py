"""What a database owes the rest of the storage: named queries inside one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]


class Session(Protocol):
    """A connection to the database, used by one thread at a time.

    Every query is called by its name in `queries/*.sql`; parameters go by name.
    """

    def one(self, query: str, **parameters: Any) -> Row | None:
        """Return the first row, or None."""
        ...

    def all(self, query: str, **parameters: Any) -> list[Row]:
        """Return every row."""
        ...

    def run(self, query: str, **parameters: Any) -> None:
        """Change something; a violated constraint raises, here or at the commit."""
        ...

    def count(self, query: str, **parameters: Any) -> int:
        """Change something and return how many rows that touched."""
        ...

    def run_many(self, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the same change once per row of parameters."""
        ...

    def script(self, sql: str) -> None:
        """Run several statements that take no parameters."""
        ...

    def begin(self, *, writing: bool, wait: bool = True) -> None:
        """Start a transaction; without `wait`, raise DatabaseBusy if another process is in it."""
        ...

    def commit(self) -> None:
        """Make the transaction durable; it is when this returns, not before."""
        ...

    def rollback(self) -> None:
        """Undo the transaction; harmless when there is none."""
        ...

    def close(self) -> None:
        """Give the connection back to the system."""
        ...

    @property
    def writes(self) -> int:
        """How many changes were asked for since the session was opened."""
        ...


class DatabaseBusy(Exception):
    """The transaction lost against another one, or the connection broke; it may be run again."""


class WouldWait(DatabaseBusy):
    """Someone else holds a lock, and this transaction must not wait for it: it holds others."""


class DatabaseFailed(Exception):
    """The database can't carry out the transaction now: disk full, I/O error, server away."""


class DatabaseAway(DatabaseFailed):
    """The database server can't be reached, or does not answer."""


class DatabaseFull(DatabaseFailed):
    """There is no room left where the database writes."""


class DatabaseBroken(DatabaseFailed):
    """The disk failed, or the file is damaged: what this process believes may not be there.

    After a failed fsync the system forgets what it could not write, and the next one succeeds. So
    whoever gets this must not acknowledge anything any more, nor try again.
    """
