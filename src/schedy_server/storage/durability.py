"""What PostgreSQL's settings mean for what was acknowledged."""

from contextlib import closing
from dataclasses import dataclass

from schedy_server.storage.opening import open_to_look
from schedy_server.storage.session import Session

# Each with what it means to switch it off. synchronous_commit is set for every connection.
_DOUBTS = {
    "fsync": "a power cut may damage the whole database",
    "full_page_writes": "a power cut may damage pages that were being written",
}


@dataclass(frozen=True, slots=True)
class Replication:
    """Whether commits wait for a second server.

    Attributes:
        standbys: What the server waits for, in PostgreSQL's words; empty if for nothing.
    """

    standbys: str

    def __str__(self) -> str:
        """Return it as `/readyz` says it."""
        if self.standbys:
            return f"synchronous replication: on ({self.standbys})"
        return "synchronous replication: off, so a fail-over may lose the last commits"


def doubts_of(url: str) -> list[str]:
    """Return which settings of a PostgreSQL server make it lose what it should keep.

    Raises:
        DatabaseFailed: It can't be asked.
    """
    with closing(open_to_look(url)) as session:
        settings = {name: value for name, value in session.all("server_settings")}  # noqa: C416
    return [
        f"{name} is off: {meaning}"
        for name, meaning in _DOUBTS.items()
        if settings.get(name) == "off"
    ]


def replication_of(session: Session) -> Replication:
    """Return whether commits of a PostgreSQL server wait for a second one."""
    row = session.one("synchronous_standbys")
    return Replication("" if row is None else row[0])
