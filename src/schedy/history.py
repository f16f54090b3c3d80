"""What became of jobs: their attempts, and the log that says who did what, when, and why."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from schedy.errors import UnhandledResponseError
from schedy.job_reading import moment

__all__ = ["Attempt", "LogLine", "read"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One hand-out of a job to a worker.

    Attributes:
        n: Counted from 1.
        state: RUNNING; DONE, CRASHED or PRUNED, as the worker said; RELEASED if it gave the job
            back, LOST if it fell silent, TAKEN if somebody took the job away.
        worker: Who had the job.
        started: When it was handed out; like the following, None if there is nothing to tell.
        seen: When the worker last gave a sign of life.
        ended: When it was over.
        expires_in: For how many more seconds the worker may keep silent; None for ever.
        late: What became of a result that came after the end: `adopted` or `kept`.
        silent_since: When the worker was last heard of, if that is suspiciously long ago.
    """

    n: int
    state: str
    worker: str | None
    started: datetime | None
    seen: datetime | None
    ended: datetime | None
    expires_in: float | None
    late: str | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """Something that happened to an experiment or to one of its jobs.

    Attributes:
        at: When.
        what: What happened, in a few words.
        job: The id of the job; None if it concerns the whole experiment.
        version: The version of the job that it made; None for what is no change of a job.
        attempt: The number of the job's latest attempt then.
        before: The status that the job left; None if it was new.
        after: The status that it got.
        actor: Who did it.
        worker: Who had the job in that attempt.
        reason: Why, where somebody said so.
        request_id: Under which the server's own log has more.
    """

    at: datetime | None
    what: str
    job: str | None
    version: int | None
    attempt: int | None
    before: str | None
    after: str | None
    actor: str
    worker: str | None
    reason: str | None
    request_id: str | None


def read(kind: type[T], wire: Any, moments: Sequence[str], **more: Any) -> T:
    """Return what the server says as a value; what it does not say is None.

    Args:
        kind: A dataclass whose attributes are called as on the wire.
        moments: Which of them are points in time.
        more: Attributes that are not on the wire.

    Raises:
        UnhandledResponseError: It says something else.
    """
    if not isinstance(wire, Mapping):
        raise UnhandledResponseError(f"The answer holds no {kind.__name__}.", None)
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    values = {name: wire.get(name) for name in names}
    values |= {name: moment(values[name]) for name in moments}
    return kind(**{**values, **more})
