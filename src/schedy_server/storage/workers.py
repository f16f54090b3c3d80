"""What is known of workers: who works, and which machine gets no more jobs."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.workers import Record, Working
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import from_micros, optional_from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of all accounts; every method but one names the account it asks for."""

    session: Session

    def crashed(
        self, account_key: int, machine: str, *, now: datetime, fresh: datetime
    ) -> Record | None:
        """Count a quick crash; a row of crashes that began before `fresh` is forgotten."""
        self.session.run(
            "crash_of_machine",
            account_key=account_key,
            machine=machine,
            at=to_micros(now),
            fresh=to_micros(fresh),
        )
        return self.record(account_key, machine)

    def succeeded(self, account_key: int, machine: str) -> None:
        """Forget the crashes of a machine that works."""
        self.session.run("success_of_machine", account_key=account_key, machine=machine)

    def refuted(self, account_key: int, machine: str, *, now: datetime) -> Record | None:
        """Count that a job which crashed there was finished elsewhere."""
        self.session.run(
            "refute_machine", account_key=account_key, machine=machine, at=to_micros(now)
        )
        return self.record(account_key, machine)

    def record(self, account_key: int, machine: str) -> Record | None:
        """Return what is known of a machine, or None."""
        row = self.session.one("record_of_machine", account_key=account_key, machine=machine)
        return None if row is None else _record(row)

    def records(self, account_key: int) -> list[Record]:
        """Return what is known of all machines that had trouble."""
        return [
            _record(row) for row in self.session.all("records_of_account", account_key=account_key)
        ]

    def quarantine(self, account_key: int, machine: str, reason: str, *, now: datetime) -> None:
        """Give a machine no more jobs."""
        self.session.run(
            "quarantine_machine",
            account_key=account_key,
            machine=machine,
            at=to_micros(now),
            reason=reason,
        )

    def lift(self, account_key: int, machine: str) -> None:
        """Give a machine jobs again, with a clean record."""
        self.session.run("lift_machine", account_key=account_key, machine=machine)

    def quarantined(self) -> dict[tuple[int, str], str]:
        """Return why machines get no more jobs, by account and machine."""
        rows = self.session.all("quarantined_machines")
        return {(account_key, machine): reason for account_key, machine, reason in rows}

    def working(self, account_key: int) -> list[Working]:
        """Return who works right now."""
        rows = self.session.all("workers_of_account", account_key=account_key)
        return [Working(worker, running, from_micros(seen)) for worker, running, seen in rows]


def _record(row: Row) -> Record:
    machine, crashes, refuted, quarantined, reason = row
    return Record(machine, crashes, refuted, optional_from_micros(quarantined), reason)
