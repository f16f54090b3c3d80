"""What is noted beside experiments and jobs: remembered answers and events."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.events import Event
from schedy_server.storage.session import Session
from schedy_server.storage.times import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Notes:
    """Idempotency keys with their answers, and the log of what happened besides job changes."""

    session: Session

    def answer(self, account_key: int, key: str) -> tuple[bytes, str] | None:
        """Return the digest of the request that used this idempotency key, and its answer."""
        row = self.session.one("idempotent_answer", account_key=account_key, id=key)
        return None if row is None else (bytes(row[0]), row[1])

    def remember_answer(
        self, account_key: int, key: str, *, digest: bytes, answer: str, now: datetime
    ) -> None:
        """Keep an answer so that the same request gets it again."""
        self.session.run(
            "insert_idempotent_answer",
            account_key=account_key,
            id=key,
            digest=digest,
            answer=answer,
            at=to_micros(now),
        )

    def forget_answers(self, before: datetime) -> None:
        """Drop the answers that are older."""
        self.session.run("forget_idempotent_answers", before=to_micros(before))

    def forget_refused(self, before: datetime) -> None:
        """Drop the bodies that could not be applied, and that are older."""
        self.session.run("forget_refused", before=to_micros(before))

    def setting(self, name: str) -> str | None:
        """Return what all servers on the database are told under a name, or None."""
        row = self.session.one("meta", name=name)
        return None if row is None else row[0]

    def set_setting(self, name: str, value: str) -> None:
        """Tell all servers on the database something."""
        self.session.run("set_meta", name=name, value=value)

    def deleted_since(self, account_key: int, moment: datetime) -> list[tuple[str, datetime]]:
        """Return which experiments were deleted at a moment or later, and when."""
        rows = self.session.all(
            "latest_deletions", account_key=account_key, since=to_micros(moment)
        )
        return [(name, from_micros(at)) for name, at in rows]

    def event(self, what: Event, *, at: datetime) -> None:
        """Write down who did what, besides changes of jobs."""
        self.session.run(
            "insert_event",
            at=to_micros(at),
            account_key=what.account_key,
            actor=what.actor,
            kind=what.kind,
            subject=what.subject,
            detail=what.detail,
            request_id=what.request_id,
            reason=what.reason,
        )
