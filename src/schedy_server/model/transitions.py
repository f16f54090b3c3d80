"""How a job changes: the one place where it is decided.

`step` is pure. It gets the job as it is, the change somebody asks for, the version they saw, and
what is remembered of earlier writes; it returns the job as it will be, or why not. The rules that
make repeats safe are those of optimistic locking (RFC 9110, section 13.1.1) with tags that name
the reader, see `schedy_server.model.tags`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from schedy_server.model.jobs import FIRST, IN_TURN, LAST, Attempt, Ending, Job, Status, Write
from schedy_server.model.limits import DEFAULT_LIMITS, Limits, OnLate
from schedy_server.model.tags import Tag


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants a job to become; None keeps what is there.

    Attributes:
        quality: What the objective makes of `results`; only read when results are given.
        resume: What the next attempt can go on from.
        preempts: The worker gives the job back because its machine is wanted for something else.
    """

    status: Status
    hyperparameters: str | None = None
    results: str | None = None
    quality: float | None = None
    reason: str | None = None
    resume: str | None = None
    preempts: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and what they saw.

    Attributes:
        tags: The versions for which the change was made; None for an unconditional one.
        digest: SHA-256 of the request, to tell a repeat from another request.
    """

    account_key: int
    digest: bytes
    tags: Sequence[Tag] | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a transition needs from outside: time, names, position in the history.

    Attributes:
        revision: The number of this change in its experiment.
        lease_id: Secret for the attempt, should one start.
        deadline: Until when the worker of that attempt may keep silent, in lease time.
        progress_deadline: Until when it has to report something, in lease time.
        limits: Those of the experiment.
    """

    now: datetime
    epoch: str
    revision: int
    lease_id: str
    claim_id: str | None = None
    worker: str | None = None
    deadline: int | None = None
    progress_deadline: int | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of earlier writes to the job; empty when it was not needed.

    Attributes:
        with_tag: The write that was made with one of the caller's tags.
        latest: The write that made the current version.
        taken: The caller's attempt, if it was taken away from it.
    """

    with_tag: Write | None = None
    latest: Write | None = None
    taken: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A transition to be stored.

    Attributes:
        before: The status that the job leaves; None when it is new.
        job: The job as it is from now on.
        ended: Number and final state of the attempt that this ends.
        started: The attempt that this starts.
        adopted: Number of the attempt that was over, and whose result this takes.
    """

    before: Status | None
    job: Job
    digest: bytes
    ended: tuple[int, str] | None = None
    started: Attempt | None = None
    adopted: int | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The change was applied before: nothing to do, and the caller gets the same answer.

    Attributes:
        version: The version that it made then.
    """

    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The caller's version is not the current one."""

    message: str


def is_current(job: Job, asked: Asked, epoch: str) -> bool:
    """Tell whether the caller saw the job as it is now, or does not care."""
    return asked.tags is None or any(tag.matches(job, epoch=epoch) for tag in asked.tags)


def step(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Step | Replayed | Refused:
    """Decide what becomes of a job that somebody wants to change.

    Returns:
        The transition to store; or that it happened before; or a refusal because the job was
        changed since the caller looked.
    """
    if asked.tags is None:
        latest = memory.latest
        if latest is not None and latest.base_tag is None and _is_repeat(latest, asked):
            return Replayed(latest.version)
        return _advance(job, change, asked, around)
    if is_current(job, asked, around.epoch):
        return _advance(job, change, asked, around)
    return _judge_stale(job, change, asked, memory, around)


def created(job: Job, asked: Asked, around: Circumstances) -> Step:
    """Return the transition that brings a new job into being, RUNNING included."""
    if job.status is not Status.RUNNING:
        return Step(None, job, asked.digest)
    attempt = _new_attempt(1, around)
    job = replace(
        job, attempt=1, lease_id=attempt.lease_id, worker=attempt.worker, started=around.now
    )
    return Step(None, job, asked.digest, started=attempt)


def _judge_stale(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Step | Replayed | Refused:
    earlier = memory.with_tag
    if earlier is not None and _is_repeat(earlier, asked):
        # A claim that was taken away since must not be confirmed: the job is someone else's, or
        # somebody else has ended it.
        same_attempt = earlier.attempt == job.attempt and job.status is not Status.QUEUED
        still_owned = same_attempt and memory.taken is None
        if earlier.to_status is not Status.RUNNING or still_owned:
            return Replayed(earlier.version)
    if _continues_own_write(job, change, asked, around.epoch) and _same_owner(earlier, asked):
        return _advance(job, change, asked, around)
    if memory.taken is not None and _is_worth_adopting(job, change, around.limits):
        return _adopt(job, change, asked, around, memory.taken)
    return Refused(
        f"Job {job.id!r} was changed since you read it (it is {job.status} now). "
        "Get it again to see what is there."
    )


def _is_repeat(earlier: Write | None, asked: Asked) -> bool:
    return (
        earlier is not None
        and earlier.account_key == asked.account_key
        and earlier.digest == asked.digest
    )


def _same_owner(earlier: Write | None, asked: Asked) -> bool:
    return earlier is not None and earlier.account_key == asked.account_key


def _continues_own_write(job: Job, change: Change, asked: Asked, epoch: str) -> bool:
    """Tell whether an owner that never heard of its own last write now ends the job.

    Its tag is older than that write, but nobody else ever held this very tag.
    """
    return (
        job.status is Status.RUNNING
        and change.status.is_final
        and any(tag.epoch == epoch and str(tag) == job.base_tag for tag in asked.tags or ())
    )


def _is_worth_adopting(job: Job, change: Change, limits: Limits) -> bool:
    """Tell whether a late result is welcome: a crash is none, the next attempt may do better."""
    ends_well = change.status.is_final and change.status is not Status.CRASHED
    return ends_well and not job.status.is_final and limits.on_late is OnLate.ADOPT


def _adopt(job: Job, change: Change, asked: Asked, around: Circumstances, taken: Attempt) -> Step:
    late = replace(job, worker=taken.worker)
    outcome = _changed(late, change, change.status, asked, around)
    reason = change.reason or f"late result of attempt {taken.n}"
    return Step(
        before=job.status,
        job=replace(outcome, reason=reason, lease_id=None),
        digest=asked.digest,
        ended=(job.attempt, Ending.TAKEN) if job.status is Status.RUNNING else None,
        adopted=taken.n,
    )


def _advance(job: Job, change: Change, asked: Asked, around: Circumstances) -> Step:
    stops = job.status is Status.RUNNING and change.status is not Status.RUNNING
    started = None
    if change.status is Status.RUNNING and job.status is not Status.RUNNING:
        started = _new_attempt(job.attempt + 1, around)
    if stops:
        job, status = _counted(job, change, around.limits)
    else:
        status = change.status
    after = _changed(job, change, status, asked, around)
    if started is not None:
        after = replace(
            after,
            attempt=started.n,
            lease_id=started.lease_id,
            worker=started.worker,
            started=around.now,
        )
    elif stops:
        after = replace(after, lease_id=None)
    if change.preempts and status is Status.CRASHED:
        after = replace(after, reason=f"preempted {job.preempted} times")
    state = change.status.value if change.status.is_final else Ending.RELEASED
    return Step(job.status, after, asked.digest, (job.attempt, state) if stops else None, started)


def _counted(job: Job, change: Change, limits: Limits) -> tuple[Job, Status]:
    """Count how an attempt ended, and return the status that the job gets by that."""
    if change.status is Status.CRASHED:
        tries_left = job.crashed < limits.crash_retries
        job = replace(job, crashed=job.crashed + 1, place=LAST if tries_left else IN_TURN)
        return job, Status.QUEUED if tries_left else Status.CRASHED
    if change.preempts:
        job = replace(job, preempted=job.preempted + 1, place=FIRST)
        return job, Status.CRASHED if job.preempted >= limits.max_preempted else Status.QUEUED
    return replace(job, place=IN_TURN), change.status


def _changed(job: Job, change: Change, status: Status, asked: Asked, around: Circumstances) -> Job:
    return replace(
        job,
        status=status,
        hyperparameters=_kept_or_new(job.hyperparameters, change.hyperparameters),
        results=_kept_or_new(job.results, change.results),
        quality=job.quality if change.results is None else change.quality,
        resume=job.resume if change.resume is None else change.resume,
        version=job.version + 1,
        base_tag=str(asked.tags[0]) if asked.tags else None,
        revision=around.revision,
        modified=around.now,
        finished=_finished(job, status, around),
        reason=change.reason,
    )


def _kept_or_new(kept: str, new: str | None) -> str:
    return kept if new is None else new


def _finished(job: Job, status: Status, around: Circumstances) -> datetime | None:
    if not status.is_final:
        return None
    return job.finished or around.now


def _new_attempt(n: int, around: Circumstances) -> Attempt:
    return Attempt(
        n=n,
        state="RUNNING",
        lease_id=around.lease_id,
        claim_id=around.claim_id,
        worker=around.worker,
        deadline=around.deadline,
        progress_deadline=around.progress_deadline,
    )
