"""Workers as people see them: who works, and which machine gets no more jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from schedy import pagination
from schedy.connection import Connection, segment
from schedy.history import read

__all__ = ["Worker", "lift", "quarantine", "workers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker, or a machine on which workers had trouble.

    Attributes:
        worker: Its name.
        running: How many jobs it runs.
        seen: When it last gave a sign of life; None if it did nothing lately.
        done: How many jobs it finished in the last 24 hours.
        failed: How many crashed there, or were lost, in the last 24 hours.
        busy: For which share of that time, or of the time since it began, it had a job; None if it
            did nothing lately.
        crashes_in_a_row: How many jobs crashed there within seconds, one after the other.
        quarantined: Whether it gets no more jobs.
        reason: Why it gets none.
        since: Since when it gets none.
    """

    worker: str
    running: int
    seen: datetime | None
    done: int | None
    failed: int | None
    busy: float | None
    crashes_in_a_row: int
    quarantined: bool
    reason: str | None
    since: datetime | None


def workers(connection: Connection) -> Iterator[Worker]:
    """Iterate over the workers that run jobs, and the machines that had trouble lately."""
    for wire in pagination.items(connection, "workers/"):
        yield read(Worker, wire, ("seen", "since"))


def lift(connection: Connection, worker: str) -> None:
    """Give a machine jobs again, with a clean record."""
    connection.request("POST", f"workers/{segment(worker)}/lift/")


def quarantine(connection: Connection, worker: str, reason: str | None) -> None:
    """Give a machine no more jobs, until somebody lifts that."""
    body = {} if reason is None else {"reason": reason}
    connection.request("POST", f"workers/{segment(worker)}/quarantine/", body)
