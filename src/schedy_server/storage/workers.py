"""What is known of workers: who works, and which machine gets no more jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedy_server.model.workers import Ended, Record, Running
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import from_micros, optional_from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of all accounts; every method but one names the account it asks for."""

    session: Session

    def crashed(
        self, account_key: int, machine: str, *, now: datetime, fresh: datetime
    ) -> Record | None:
        """Count a quick crash; those before it are forgotten if the last was before `fresh`."""
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

    def running(self, account_key: int) -> list[Running]:
        """Return the jobs that are run right now, by worker."""
        rows = self.session.all("running_attempts", account_key=account_key)
        return [
            Running(worker, experiment, job, from_micros(started), from_micros(seen))
            for worker, experiment, job, started, seen in rows
        ]

    def ended(self, account_key: int, *, since: datetime) -> list[Ended]:
        """Return what workers brought to an end since then, by worker and experiment."""
        rows = self.session.all("ended_attempts", account_key=account_key, since=to_micros(since))
        return [
            Ended(worker, name, done, failed, _span(busy), from_micros(first), from_micros(last))
            for worker, name, done, failed, busy, first, last in rows
        ]


def _span(micros: int) -> timedelta:
    return timedelta(microseconds=micros)


def _record(row: Row) -> Record:
    machine, crashes, refuted, quarantined, reason = row
    return Record(machine, crashes, refuted, optional_from_micros(quarantined), reason)
