"""What is told afterwards: changes of jobs, events, and results that were kept aside."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.jobs import Status

Position = tuple[int, int, int, int]
"""Where a line stands: microseconds, 0 for an event, 1 for a change of a job or 2 for one of words,
and which one."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that happened to an experiment or to one of its jobs.

    Attributes:
        job: The id of the job; None if it concerns the whole experiment.
        version: The version of the job that it made; None for what is no change of a job.
        attempt: The attempt at the job that was the latest then.
        before: The status that the job left; None if it was new.
        after: The status that it got.
        event: What happened, where it is no change of a job.
        actor: Who did it, in words.
        worker: Who had the job in that attempt.
        reason: Why, where somebody said so.
    """

    position: Position
    at: datetime
    actor: str
    request_id: str | None
    job: str | None = None
    version: int | None = None
    attempt: int | None = None
    before: Status | None = None
    after: Status | None = None
    event: str | None = None
    worker: str | None = None
    reason: str | None = None

    @property
    def what(self) -> str:
        """Say in a few words what happened."""
        if self.event is not None:
            return self.event
        return _transition(self)


@dataclass(frozen=True, slots=True)
class Kept:
    """A request with results that could not be applied.

    Attributes:
        attempt: The attempt whose results they are, if that is known.
        body: The request as it came.
        adopted: When somebody had them count after all; None if nobody did.
    """

    id: int
    job_id: str
    attempt: int | None
    body: str
    why: str
    at: datetime
    adopted: datetime | None
    request_id: str | None


def _transition(line: LogLine) -> str:
    before, after = line.before, line.after
    is_taken = after is Status.RUNNING and before is not Status.RUNNING
    if is_taken:
        what = f"handed out to {line.worker}" if line.worker else "handed out"
        return what if before is not None else f"made and {what}"
    if before is None:
        return "added" if after is Status.QUEUED else f"added as {after}"
    if before is after:
        return "reported" if after is Status.RUNNING else "changed"
    if after is Status.QUEUED:
        return "back in the queue"
    return f"ended {after}" if not before.is_final else f"changed to {after}"
