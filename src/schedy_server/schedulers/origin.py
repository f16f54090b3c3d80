"""Where a job of a population comes from: stored with it, shown to people, and read back.

Nothing else tells which jobs form a line; so what is noted here is never reinterpreted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, TypeAlias

from schedy_server.model.jobs import PastJob, Status

SCHEDULER = "PBT"

# initial: drawn from `init`; continue: from the member's own last job; exploit: from a better
# member; restart: the same again after a crash; redraw: drawn from `init` for want of a better one.
Event: TypeAlias = Literal["initial", "continue", "exploit", "restart", "redraw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Why a job is as it is.

    Attributes:
        member: The line that it belongs to.
        generation: Its position there; 0 is the first. One that crashed is repeated, not counted.
        parent: The id of the job whose hyperparameters and results it copied, if any.
        parent_number: The number of that job.
        parent_attempt: And which attempt at it came to those results.
        exploited: Whether the parent belongs to another member.
        event: How it came about.
    """

    scheduler: str = SCHEDULER
    member: int
    generation: int
    parent: str | None = None
    parent_number: int | None = None
    parent_attempt: int | None = None
    exploited: bool = False
    event: Event

    @classmethod
    def after(cls, last: PastJob, event: Event, parent: PastJob | None = None) -> Self:
        """Return the origin of the job that follows `last` in its line."""
        return cls(
            member=member_of(last),
            generation=generation_of(last) + (last.status is not Status.CRASHED),
            parent=parent.id if parent else None,
            parent_number=parent.number if parent else None,
            parent_attempt=parent.attempt if parent else None,
            exploited=event == "exploit",
            event=event,
        )

    def noted(self) -> Mapping[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


def belongs(job: PastJob) -> bool:
    """Tell whether a job is part of the population: proposed for it, or added by hand.

    What another scheduler proposed, before the definition was changed, is not.
    """
    return job.origin is None or job.origin.get("scheduler") == SCHEDULER


def member_of(job: PastJob) -> int:
    """Return the member that a job belongs to; one added by hand begins its own."""
    return noted_number(job, "member", default=job.number)


def generation_of(job: PastJob) -> int:
    """Return the position of a job in its line."""
    return noted_number(job, "generation", default=0)


def parent_of(job: PastJob) -> int | None:
    """Return the number of the job that it copied, or None if it copied none."""
    return noted_number(job, "parent_number", default=0) or None


def noted_number(job: PastJob, name: str, *, default: int) -> int:
    """Return a number from a job's origin."""
    number = (job.origin or {}).get(name)
    return number if isinstance(number, int) else default
