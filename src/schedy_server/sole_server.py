"""One server for each SQLite database, and where others find it.

The lock file beside the database that says that a server runs on it also says at which URL.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schedy_server.storage.opening import dialect_of, sqlite_path
from schedy_server.storage.served import is_served, lock_file, locks


class DatabaseTaken(Exception):
    """Another server runs on the database."""


@contextmanager
def only_server_on(database: str) -> Iterator[Callable[[str], None]]:
    """Keep a second server off an SQLite database; commands may use it meanwhile.

    Two servers would not wake each other's waiting workers.

    Yields:
        What tells others the server's URL.

    Raises:
        DatabaseTaken: Another server is there already.
    """
    if dialect_of(database) != "sqlite":
        yield lambda _: None  # replicas on one PostgreSQL are welcome
        return
    path = lock_file(sqlite_path(database))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        if not locks(file.fileno(), fcntl.LOCK_EX):
            raise DatabaseTaken(
                f"another server runs on {sqlite_path(database)} already: "
                "stop it, or choose another folder with --data"
            )
        file.truncate(0)

        def announce(url: str) -> None:
            file.write(url)
            file.flush()

        yield announce


def url_of_server_on(database: str) -> str | None:
    """Return where the server runs that has this database, if one does on this machine."""
    if dialect_of(database) != "sqlite":
        return None
    path = sqlite_path(database)
    return lock_file(path).read_text() or None if is_served(path) else None
