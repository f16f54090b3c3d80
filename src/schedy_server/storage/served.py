"""Whether a server is at work on an SQLite database: it locks a file beside it.

The system drops the lock with the process, however that ends.
"""

import fcntl
from pathlib import Path


def lock_file(database: Path) -> Path:
    """Return the file that the server of a database locks."""
    return Path(f"{database}.lock")


def is_served(database: Path) -> bool:
    """Tell whether a server is at work on the database."""
    try:
        with lock_file(database).open() as file:
            return not locks(file.fileno(), fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def locks(file: int, kind: int) -> bool:
    """Lock a file, and tell whether that worked."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
