"""Whether a database may be trusted: before the server starts on it, and when its disk fails."""

import os
from pathlib import Path

import apsw
import structlog

from schedy_server.storage.durability import doubts_of
from schedy_server.storage.integrity import damages_of
from schedy_server.storage.opening import dialect_of, sqlite_path

# File systems on other machines. Their locks come and go, and what they call synced may not be.
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "davfs"}
_NETWORK |= {f"fuse.{name}" for name in ("sshfs", "rclone", "s3fs", "gcsfuse", "davfs2")}
_MOUNTS = Path("/proc/self/mountinfo")
# Versions of SQLite in which two connections that move the log into the database at the same time
# may lose what one has committed.
_REPAIRED = (3, 51, 3)
_REPAIRED_TOO = {(3, 50, 7), (3, 44, 6)}

log = structlog.get_logger("schedy.serve")


class DatabaseUnsound(Exception):
    """The database must not be served; the message says what to do about it."""


def check_soundness(url: str, *, allow_network_disk: bool) -> None:
    """Look at a database before it is opened, and warn of what makes it less durable.

    Raises:
        DatabaseUnsound: It is damaged, or lies where it would be.
    """
    if dialect_of(url) != "sqlite":
        for doubt in doubts_of(url):
            log.warning("PostgreSQL may lose what was acknowledged", because=doubt)
        return
    path = sqlite_path(url)
    system = file_system_of(path.parent)
    if system in _NETWORK and not allow_network_disk:
        raise DatabaseUnsound(
            f"{path} lies on a network file system ({system}), where it may be damaged: choose a "
            "folder on a disk of this machine with --data, or insist with --allow-network-disk"
        )
    if damages := damages_of(path):
        raise DatabaseUnsound(
            f"{path} is damaged ({damages[0]}): restore a backup with "
            f"schedy-server restore FILE --replace"
        )
    version = apsw.sqlite_lib_version()
    if may_lose_commits(version):
        log.warning(
            "this version of SQLite may lose commits if another program, such as the command "
            "sqlite3, writes to the database while the server runs: pip install -U apsw",
            version=version,
        )


def may_lose_commits(version: str) -> bool:
    """Tell whether a version of SQLite has the fault that was repaired in 3.51.3."""
    numbers = tuple(int(part) for part in version.split("."))
    return numbers < _REPAIRED and numbers not in _REPAIRED_TOO


def file_system_of(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of file system that a folder, or the one to hold it, lies on, if known."""
    while not folder.exists():
        folder = folder.parent
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None  # not on this operating system
    for line in lines:
        about, _, kind = line.partition(" - ")
        if about.split()[2] == wanted:
            return kind.split()[0]
    return None


def end_at_once(error: Exception) -> None:
    """End the process before anything more is acknowledged.

    After a failed write, the system may forget what it could not write and report success from
    then on. Only another process, which reads the disk anew, knows what is there.
    """
    log.critical(
        "the disk failed, or the database is damaged: the server ends before it acknowledges "
        "what may be lost",
        error=str(error),
    )
    os._exit(os.EX_SOFTWARE)
