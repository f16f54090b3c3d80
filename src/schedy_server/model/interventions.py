"""How a job changes by other hands than its worker's: the server's, an operator's.

Like `schedy_server.model.transitions`, all of it is pure. Whoever runs the job meanwhile is fenced
off by the new version; what it sends is a late result.
"""

import dataclasses

from msgspec.structs import replace

from schedy_server.model.errors import Conflict
from schedy_server.model.jobs import FIRST, IN_TURN, LAST, Attempt, Ending, Job, Status
from schedy_server.model.transitions import Change, Circumstances, Step

_VOID = "void"


def expire(job: Job, digest: bytes, around: Circumstances, *, why: str, is_awaited: bool) -> Step:
    """Take a job from a worker that is dead or hangs: the next one gets it, if it is not too much.

    Args:
        why: What its worker did, in words that follow its name.
        is_awaited: The scheduler waits for the end of this very job, so it comes first;
            otherwise last, for it may have been the job that killed the worker.
    """
    lost = job.lost + 1
    is_too_much = lost >= around.limits.max_lost
    worker = job.worker or "its worker"
    why = f"{worker} {why}"
    after = replace(
        job,
        status=Status.CRASHED if is_too_much else Status.QUEUED,
        lost=lost,
        place=FIRST if is_awaited else LAST,
        finished=around.now if is_too_much else None,
        reason=f"lost {lost} times; the last time, {why}" if is_too_much else why,
    )
    return _step(job, after, digest, around, Ending.LOST)


def requeue(job: Job, digest: bytes, around: Circumstances, *, reason: str | None) -> Step:
    """Have a job run again, with all its budgets fresh."""
    after = replace(
        job,
        status=Status.QUEUED,
        lost=0,
        preempted=0,
        crashed=0,
        place=IN_TURN,
        finished=None,
        reason=_because("requeued", reason),
    )
    return _step(job, after, digest, around, Ending.TAKEN)


def cancel(job: Job, digest: bytes, around: Circumstances, *, reason: str | None) -> Step:
    """End a job that has not ended.

    Raises:
        Conflict: It has.
    """
    if job.status.is_final:
        raise Conflict(
            f"Job {job.id!r} is {job.status} already. To have its result not count, void it."
        )
    after = replace(
        job,
        status=Status.PRUNED,
        finished=around.now,
        reason=_because("cancelled", reason),
    )
    return _step(job, after, digest, around, Ending.TAKEN)


def void(job: Job, digest: bytes, around: Circumstances, *, reason: str | None) -> Step:
    """Have the result of a job not count; it stays to be read.

    Raises:
        Conflict: The job has not ended.
    """
    if not job.status.is_final:
        raise Conflict(f"Job {job.id!r} is {job.status}, it has no result yet: cancel it instead.")
    after = replace(job, status=Status.CRASHED, quality=None, reason=_because(_VOID, reason))
    return _step(job, after, digest, around, Ending.TAKEN)


def is_void(status: str, reason: str | None) -> bool:
    """Tell whether somebody said that a job's result does not count."""
    return status == Status.CRASHED and (reason or "").partition(":")[0] == _VOID


def adopt(
    job: Job, change: Change, digest: bytes, around: Circumstances, *, attempt: Attempt | None
) -> Step:
    """Have a job end with results that had been kept aside.

    Args:
        change: What was kept; its reason says which it is.
        attempt: The one whose results they are, if that is known.
    """
    after = replace(
        job,
        status=change.status,
        hyperparameters=change.hyperparameters or job.hyperparameters,
        results=change.results or job.results,
        quality=change.quality,
        worker=job.worker if attempt is None else attempt.worker,
        finished=around.now,
        reason=change.reason,
    )
    taken = _step(job, after, digest, around, Ending.TAKEN)
    return dataclasses.replace(taken, adopted=None if attempt is None else attempt.n)


def _step(job: Job, after: Job, digest: bytes, around: Circumstances, ending: Ending) -> Step:
    after = replace(
        after,
        version=job.version + 1,
        lease_id=None,
        base_tag=None,
        revision=around.revision,
        modified=around.now,
    )
    ended = (job.attempt, ending.value) if job.status is Status.RUNNING else None
    return Step(job.status, after, digest, ended)


def _because(what: str, reason: str | None) -> str:
    return f"{what}: {reason}" if reason else what
