"""What happened, besides changes of jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log of events.

    Attributes:
        actor: Who did it, in words.
        kind: What was done, in two or three words.
        subject: To what.
        reason: Why, where somebody said so.
    """

    account_key: int | None
    actor: str
    kind: str
    subject: str
    detail: str | None = None
    request_id: str | None = None
    reason: str | None = None
