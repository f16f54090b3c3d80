"""Backups: a database of either kind as one SQLite file, and back into either kind.

A backup has the tables of Schedy as SQLite has them, wherever they came from. So what was saved
from SQLite can be restored into PostgreSQL and the other way round, which is how one moves.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from schedy_server.model.errors import Conflict, Invalid
from schedy_server.storage import sqlite_copy
from schedy_server.storage.migrate import migrate
from schedy_server.storage.opening import dialect_of, sqlite_path
from schedy_server.storage.served import is_served
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.sqlite import SQLiteSession, connect
from schedy_server.storage.sqlite_copy import Progress
from schedy_server.storage.times import from_micros, to_micros

Counts = Mapping[str, int]

# What a copy says of itself, in the table `meta`.
_LABEL = "backup"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds.

    Attributes:
        rows: How many rows each table has.
        running: How many jobs were RUNNING.
        made: When it was copied; None if nobody wrote that down.
        size: In bytes, as a file.
    """

    rows: Counts
    running: int
    made: datetime | None
    size: int


def back_up(url: str, to: Path, *, now: datetime, progress: Progress) -> Contents:
    """Copy a database into a new file, as it is at one instant, while servers go on.

    The file appears under its name only when it is complete, checked, and on disk; nobody but its
    owner may read it.

    Raises:
        Invalid: There is no such database.
        Conflict: There is such a file already.
        DatabaseFailed: It can't be read, or the copy is not what it should be.
    """
    if to.exists():
        raise Conflict(f"{to} exists already; a backup overwrites nothing.")
    with _unfinished(to) as copy:
        if dialect_of(url) == "sqlite":
            expected = sqlite_copy.copy(_existing(sqlite_path(url)), copy, progress)
        else:
            expected = _postgres().copy_out(url, copy, progress)
        label = {"at": to_micros(now), "from": dialect_of(url)}
        with _opened(copy) as connection:
            _set_meta(connection, _LABEL, json.dumps(label))
            expected = {**expected, "meta": sqlite_copy.counts(connection)["meta"]}
        contents = _checked(copy, expected, progress)
        _publish(copy, to)
    return contents


def restore(
    file: Path,
    url: str,
    *,
    now: datetime,
    keep_epoch: bool,
    replace: bool,
    progress: Progress,
) -> Contents:
    """Fill a database from a backup, or from the file of a server that has stopped.

    The caller sees to it that no server uses an SQLite database meanwhile.

    Args:
        keep_epoch: The backup is the latest state, so that tags which workers hold stay good.
            Otherwise the database gets a new epoch, and they match nothing.
        replace: Give up what the database holds.

    Raises:
        Invalid: The file is no backup.
        Conflict: The database holds something, or is in use.
        DatabaseFailed: The backup is damaged, or the database can't be filled.
        SchemaTooNew: The backup was made by a later version of Schedy.
    """
    if is_served(file):
        raise Conflict(f"A server is at work on {file}: stop it, or make a backup first.")
    dialect = dialect_of(url)
    target = sqlite_path(url) if dialect == "sqlite" else None
    if target is not None and not replace and sqlite_copy.holds_something(target):
        raise Conflict(f"{target} holds something already; --replace puts it aside.")
    with _workplace(target) as copy:
        sqlite_copy.copy(_existing(file), copy, progress)
        contents = _prepared(copy, file, now=now, keep_epoch=keep_epoch, progress=progress)
        if target is None:
            _postgres().copy_in(copy, url, replace=replace, progress=progress)
        else:
            sqlite_copy.put_in_place(copy, target, now)
    return contents


def _prepared(
    copy: Path, file: Path, *, now: datetime, keep_epoch: bool, progress: Progress
) -> Contents:
    """Check a copy of a backup, and make it what the database is to be."""
    with _opened(copy) as connection:
        if not _is_of_schedy(connection):
            raise Invalid(f"{file} is no backup of Schedy.")
        made = _made(connection)
        expected = sqlite_copy.counts(connection)
    contents = _checked(copy, expected, progress)
    session = SQLiteSession(connect(copy))
    try:
        migrate(session, "sqlite")
    finally:
        session.close()
    with _opened(copy) as connection:
        if not keep_epoch:
            _set_meta(connection, "epoch", secrets.token_urlsafe(4))
        connection.execute("DELETE FROM meta WHERE name = ?", [_LABEL])
        detail = f"as of {made:%Y-%m-%d %H:%M:%S} UTC" if made else None
        connection.execute(
            "INSERT INTO event (at, actor, kind, subject, detail) VALUES (?, ?, ?, ?, ?)",
            [
                to_micros(now),
                "the operator",
                "database.moved" if keep_epoch else "database.restored",
                file.name,
                detail,
            ],
        )
    return contents


def _checked(copy: Path, expected: Counts, progress: Progress) -> Contents:
    """Return what a copy holds.

    Raises:
        DatabaseFailed: It is damaged, or not what it should be.
    """
    progress("checking", 0, 1)
    with _opened(copy) as connection:
        found = sqlite_copy.counts(connection)
        wrong = sqlite_copy.damages(connection)
        wrong += [
            f"{name} has {found.get(name, 0)} rows instead of {expected[name]}"
            for name in expected
            if found.get(name) != expected[name]
        ]
        if wrong:
            raise DatabaseFailed(f"the copy is damaged: {'; '.join(wrong[:3])}")
        (running,) = connection.execute(
            "SELECT count(*) FROM job WHERE status = 'RUNNING'"
        ).fetchone() or (0,)
        made = _made(connection)
    progress("checking", 1, 1)
    return Contents(found, running, made, copy.stat().st_size)


@contextmanager
def _opened(copy: Path) -> Iterator[apsw.Connection]:
    """Open a copy of our own; what is done to it is one transaction."""
    try:
        with closing(apsw.Connection(str(copy))) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            with connection:
                yield connection
    except apsw.Error as error:
        raise DatabaseFailed(f"{copy.name}: {error}") from error


def _is_of_schedy(connection: apsw.Connection) -> bool:
    return {"meta", "migration", "job"} <= set(sqlite_copy.tables(connection))


def _made(connection: apsw.Connection) -> datetime | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", [_LABEL]).fetchone()
    return None if row is None else from_micros(json.loads(row[0])["at"])


def _set_meta(connection: apsw.Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Invalid(f"There is no file {path}.")
    return path


@contextmanager
def _unfinished(to: Path) -> Iterator[Path]:
    """Make an empty file beside the one to come, which is gone afterwards."""
    path = to.with_name(f".{to.name}.{secrets.token_hex(4)}.unfinished")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield path
    finally:
        for each in (path, *sqlite_copy.companions(path)):
            each.unlink(missing_ok=True)


@contextmanager
def _workplace(target: Path | None) -> Iterator[Path]:
    """Make an empty file, on the disk of the database if that is a file."""
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _unfinished(target) as copy:
            yield copy
        return
    with (
        tempfile.TemporaryDirectory(prefix="schedy-restore-") as folder,
        _unfinished(Path(folder, "copy.db")) as copy,
    ):
        yield copy


def _publish(copy: Path, to: Path) -> None:
    """Give a finished file its name, unless that is taken."""
    sqlite_copy.sync(copy)
    try:
        os.link(copy, to)
    except FileExistsError as error:
        raise Conflict(f"{to} exists already; a backup overwrites nothing.") from error
    except OSError:  # a file system without links
        copy.rename(to)
    sqlite_copy.sync(to.parent)


def _postgres() -> Any:
    try:
        from schedy_server.storage import postgres_copy  # noqa: PLC0415 - needs psycopg
    except ModuleNotFoundError as error:
        raise Invalid(
            "PostgreSQL needs its driver: pip install 'schedy[server,postgres]'."
        ) from error
    return postgres_copy
