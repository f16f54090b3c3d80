"""Copies of SQLite files: made while a server writes, checked, and put in the place of others."""

import os
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

import apsw

from schedy_server.storage.session import DatabaseFailed

_PAGES_AT_ONCE = 1024


class Progress(Protocol):
    """Told how far something is."""

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Say that so much of something is done."""
        ...


def open_to_look(path: Path) -> apsw.Connection:
    """Open a database that a server may be writing, without ever getting into its way.

    Nothing is written, and the log of the server is left to the server: of two processes that move
    it into the database at once, versions of SQLite before 3.51.3 may lose what one has committed.

    Raises:
        DatabaseFailed: It can't be opened.
    """
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.set_busy_timeout(10_000)
    except apsw.Error as error:
        raise DatabaseFailed(f"{path}: {error}") from error
    return connection


def copy(source: Path, to: Path, progress: Progress) -> Mapping[str, int]:
    """Copy a database into an empty file, as it is at one instant; return its numbers of rows.

    Raises:
        DatabaseFailed: It can't be read, or the copy not be written.
    """
    try:
        with closing(open_to_look(source)) as reading, closing(apsw.Connection(str(to))) as writing:
            # Whoever makes a copy syncs it as a whole, or throws it away.
            writing.execute("PRAGMA synchronous = OFF")
            # As long as this transaction lasts, the server may write and the copy never sees it.
            with reading:
                expected = counts(reading)
                _copy_pages(reading, writing, progress)
            # One file without companions, whatever mode the original is in.
            writing.execute("PRAGMA journal_mode = DELETE")
    except apsw.Error as error:
        raise DatabaseFailed(f"can't copy {source}: {error}") from error
    return expected


def _copy_pages(reading: apsw.Connection, writing: apsw.Connection, progress: Progress) -> None:
    with writing.backup("main", reading, "main") as backup:
        while not backup.done:
            backup.step(_PAGES_AT_ONCE)
            progress("copying", backup.page_count - backup.remaining, backup.page_count)


def tables(connection: apsw.Connection) -> list[str]:
    """Return the names of the tables that somebody made."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY name"
    )
    return [name for (name,) in rows]


def columns(connection: apsw.Connection, table: str) -> list[str]:
    """Return the names of a table's columns."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", [table])
    return [name for (name,) in rows]


def counts(connection: apsw.Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    found = {}
    for name in tables(connection):
        row = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - ours
        found[name] = row[0] if row else 0
    return found


def damages(connection: apsw.Connection) -> list[str]:
    """Return what is wrong with a database, in SQLite's words."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    found = [] if found == ["ok"] else found
    orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    return found + [f"a row of {table} belongs to no {parent}" for table, _, parent, _ in orphans]


def holds_something(path: Path) -> bool:
    """Tell whether a file is there that is not known to be an empty database of Schedy's."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with closing(open_to_look(path)) as connection:
            found = counts(connection)
            return bool(found.get("account") or ("account" not in found and found))
    except (apsw.Error, DatabaseFailed):
        return True  # damaged: perhaps somebody can make something of it


def put_in_place(copy: Path, target: Path, now: datetime) -> Path | None:
    """Put a finished copy in the place of a database, and return where that one lies now.

    At no moment there is no database: whoever starts a server after a power cut gets the old one
    or the new one, not an empty one.
    """
    sync(copy)
    aside = Path(f"{target}.replaced-{now:%Y%m%d-%H%M%S}")
    is_there = target.exists()
    if is_there:
        _settle(target)
        os.link(target, aside)
    # What these hold belongs to no other file than the one that they were made for.
    for before, after in zip(companions(target), companions(aside), strict=True):
        with suppress(FileNotFoundError):
            before.rename(after)
    copy.replace(target)
    sync(target.parent)
    return aside if is_there else None


def _settle(database: Path) -> None:
    """Move what a killed server left in the log into the database: one file is all of it."""
    with suppress(apsw.Error), closing(apsw.Connection(str(database))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def companions(path: Path) -> tuple[Path, Path]:
    """Return the files that a database has beside itself while it is in use."""
    return Path(f"{path}-wal"), Path(f"{path}-shm")


def sync(path: Path) -> None:
    """Have the system put a file, or a folder's list of names, on disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
