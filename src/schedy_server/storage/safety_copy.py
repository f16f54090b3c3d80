"""A copy of an SQLite database from before a migration, for whoever wants to go back."""

import os
from contextlib import closing
from pathlib import Path

import apsw

from schedy_server.storage.migrate import Migration
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.sqlite_copy import open_to_look


def copy_before(database: Path, step: Migration) -> Path:
    """Copy a database, as it was last committed, and return where the copy lies.

    Raises:
        DatabaseFailed: It can't be copied.
    """
    copy = Path(f"{database}.before-{step.number:04d}")
    unfinished = Path(f"{copy}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with closing(open_to_look(database)) as source:
            source.execute("VACUUM INTO ?", [str(unfinished)])
        _sync(unfinished)  # which SQLite leaves to the system
        unfinished.replace(copy)
        _sync(copy.parent)
    except (apsw.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise DatabaseFailed(
            f"can't copy the database to {copy} before it is migrated: {error}"
        ) from error
    return copy


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
