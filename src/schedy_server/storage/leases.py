"""Leases in the database: lease time, and until when each worker may keep silent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schedy_server.model import limits
from schedy_server.model.limits import Limits
from schedy_server.storage.session import Session
from schedy_server.storage.times import to_micros

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Expired:
    """A lease that has run out, or a worker that has reported nothing for too long.

    Attributes:
        held: How often it was prolonged because too many ran out at once.
        is_heard: Whether the worker still gives signs of life.
    """

    account_key: int
    experiment: str
    experiment_key: int
    number: int
    n: int
    held: int
    is_heard: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life of a worker.

    Attributes:
        deadline: Until when it may keep silent now, in lease time.
        legacy_deadline: The same, should it be a client without heartbeat; None for ever.
        progress_deadline: Until when it has to report something; None if this was no report.
        resume: What it could go on from, as JSON; None if it said nothing of that.
    """

    experiment_key: int
    number: int
    n: int
    at: datetime
    deadline: int
    resume: str | None = None
    legacy_deadline: int | None = None
    progress_deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Leases:
    """All leases; what is asked of them concerns the server, not an account."""

    session: Session

    def time(self) -> int:
        """Return the lease time, in microseconds for which servers have been up."""
        row = self.session.one("lease_time")
        if row is None:
            raise RuntimeError("the database has no lease clock")
        now: int = row[0]
        return now

    def advance(self, to: int) -> int:
        """Advance the lease time, unless another server did already, and return it."""
        self.session.run("advance_lease_time", t=to)
        return self.time()

    def count(self) -> tuple[int, int]:
        """Return how many leases run, and how many of them were prolonged, and not heard since."""
        row = self.session.one("live_leases")
        return (0, 0) if row is None else (row[0], row[1])

    def expired(self, now: int) -> list[Expired]:
        """Return which workers were silent, or reported nothing, for too long by a lease time."""
        rows = self.session.all("expired_leases", now=now)
        return [
            Expired(account, name, key, number, n, held, is_heard=bool(is_heard))
            for account, name, key, number, n, held, is_heard in rows
        ]

    def silent(self, now: int) -> int:
        """Return how many workers kept silent for more than half of the time that they may."""
        return sum(
            held > 0 or 2 * (deadline - now) < limits.from_text(text).lease_ttl * _MICROS
            for *_, deadline, held, text in self.session.all("running_leases")
        )

    def renew(self, beat: Beat) -> None:
        """Note a sign of life; that of an attempt that is over changes nothing."""
        place = {"experiment_key": beat.experiment_key, "number": beat.number, "n": beat.n}
        self.session.run(
            "renew_lease",
            **place,
            at=to_micros(beat.at),
            deadline=beat.deadline,
            legacy_deadline=beat.legacy_deadline,
            progress_deadline=beat.progress_deadline,
        )
        if beat.resume is not None:
            self.session.run("keep_resume", **place, resume=beat.resume)

    def hold(self, lease: Expired, deadline: int) -> None:
        """Prolong a lease that has run out, unless another server just did, or a worker spoke."""
        self.session.run(
            "hold_lease",
            experiment_key=lease.experiment_key,
            number=lease.number,
            n=lease.n,
            held=lease.held,
            deadline=deadline,
        )

    def lengthen(self, deadline_of: Callable[[Limits], int]) -> None:
        """Have every lease last at least until what its experiment's limits say."""
        rows = self.session.all("running_leases")
        self.session.run_many(
            "lengthen_lease",
            [
                {"experiment_key": key, "number": number, "n": n, "deadline": least}
                for key, number, n, deadline, _, text in rows
                if deadline < (least := deadline_of(limits.from_text(text)))
            ],
        )

    def lengthen_progress(self, deadline: int) -> None:
        """Let nobody have to report anything before a lease time."""
        self.session.run("lengthen_progress", deadline=deadline)

    def set_progress_deadlines(self, experiment_key: int, deadline: int | None) -> None:
        """Say until when the running attempts of clients with heartbeat have to report."""
        self.session.run("set_progress_deadlines", experiment_key=experiment_key, deadline=deadline)

    def set_legacy_deadlines(self, experiment_key: int, deadline: int | None) -> None:
        """Say until when the running attempts of clients without heartbeat may keep silent."""
        self.session.run("set_legacy_deadlines", experiment_key=experiment_key, deadline=deadline)
