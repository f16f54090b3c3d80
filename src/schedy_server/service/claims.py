"""Handing out jobs to workers."""

import hashlib
import shlex
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from msgspec.structs import replace

from schedy_server.model.errors import Conflict, Forbidden
from schedy_server.model.experiments import Experiment, ExperimentStatus
from schedy_server.model.jobs import Job, Status
from schedy_server.model.secrets import same_secret
from schedy_server.model.tags import Condition
from schedy_server.model.transitions import (
    Asked,
    Change,
    Memory,
    Refused,
    Step,
    created,
    is_current,
    step,
)
from schedy_server.model.workers import machine_of
from schedy_server.service.circumstances import circumstances, lease_deadline, progress_deadline
from schedy_server.service.context import Context
from schedy_server.service.jobs import (
    Handed,
    Target,
    Wish,
    asked_for,
    change,
    handed,
    no_such_job,
    refused,
    store,
)
from schedy_server.service.reservations import Reservations
from schedy_server.service.scheduling import propose
from schedy_server.service.workers import quarantined_because
from schedy_server.storage.leases import Beat

_LOOKED_AT = 100
# The jobs from which is learned how long one takes, and how many tell something.
_TYPICAL, _TELLING = 50, 3


class Directive(StrEnum):
    """What the server tells a worker about the job that it runs."""

    CONTINUE = "continue"
    STOP = "stop"  # the job was cancelled
    SUPERSEDED = "superseded"  # the job is no longer this worker's
    DRAIN = "drain"  # go on, but take no more jobs afterwards


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim: where to wait for news, and the job, if there is one."""

    experiment_key: int
    handed: Handed | None


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to a sign of life, and what is to be written of it.

    Attributes:
        every: After how many seconds the next one is due.
    """

    directive: Directive
    reason: str | None = None
    beat: Beat | None = None
    every: float | None = None


def claim(
    context: Context,
    experiment_name: str,
    *,
    claim_id: str,
    worker: str | None,
    time_left: float | None = None,
) -> Claimed:
    """Hand out a job: the first of the queue, else one that the scheduler proposes.

    The job is RUNNING and the caller's when this returns. The same `claim_id` again gets the same
    job again, so that a claim whose answer was lost may be repeated.

    Args:
        time_left: For how many seconds the worker will be there; jobs that are known to take
            longer are not handed out to it.

    Raises:
        NotFound: There is no such experiment.
        Conflict: The job that this claim was given has moved on since.
        Forbidden: The worker is quarantined.
    """
    experiment = context.locked_experiment(experiment_name)
    if (before := context.ledger.jobs.claimed_number(experiment.key, claim_id)) is not None:
        return Claimed(experiment.key, _claimed_before(context, experiment, *before))
    _refuse_quarantined(context, worker)
    if experiment.status is ExperimentStatus.DONE or not _fits(context, experiment, time_left):
        return Claimed(experiment.key, None)
    asked = Asked(context.caller.account_key, hashlib.sha256(f"claim {claim_id}".encode()).digest())
    # The count is changed together with the jobs: where it is 0, looking is in vain.
    is_in_line = experiment.counts[Status.QUEUED] > 0
    queued = context.ledger.jobs.oldest_queued(experiment.key) if is_in_line else None
    outcome: Step | None
    if queued is not None:
        around = circumstances(context, experiment, claim_id=claim_id, worker=worker)
        running = step(queued, Change(Status.RUNNING), asked, Memory(), around)
        outcome = running if isinstance(running, Step) else None
    else:
        experiment, outcome = _start_proposed(context, experiment, asked, claim_id, worker)
    if outcome is None:
        return Claimed(experiment.key, None)
    context.save(store(context, experiment, outcome))
    ttl = experiment.limits.lease_ttl
    return Claimed(experiment.key, handed(context, outcome.job, lease_ttl=ttl))


def look_for_next(
    context: Context, experiment_name: str, reservations: Reservations
) -> Handed | None:
    """Return the job that the caller should try to start: it stays QUEUED until it does.

    What others were shown within the last seconds is passed over while there is something else,
    so that many callers do not run for the same job.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.locked_experiment(experiment_name)
    if experiment.status is ExperimentStatus.DONE:
        return None
    queue = context.ledger.jobs.queue_head(experiment.key, limit=_LOOKED_AT)
    number = reservations.first_free(experiment.key, queue, context.now)
    if number is not None:
        return _queued(context, experiment, number)
    after, proposed = propose(context, experiment)
    if proposed is not None:
        asked = Asked(context.caller.account_key, hashlib.sha256(b"proposed").digest())
        outcome = created(proposed, asked, circumstances(context, after))
        context.save(store(context, after, outcome))
        reservations.hold(experiment.key, outcome.job.number, context.now)
        return handed(context, outcome.job)
    if after != experiment:
        context.save(after)
    return _queued(context, experiment, queue[0]) if queue else None


def progress(
    context: Context,
    experiment_name: str,
    job_id: str,
    wish: Wish,
    *,
    lease_id: str,
    condition: Condition,
) -> Handed | Refused:
    """Store what the worker that runs a job says of it: results so far, or its end.

    Returns:
        The job with its new tag; or a refusal, because the job was changed or deleted meanwhile,
        in which case sent results were kept aside.

    Raises:
        NotFound: There is no such experiment.
        Conflict: The lease is of another job.
    """
    experiment = context.locked_experiment(experiment_name)
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        refusal = Refused(f"There is no job {job_id!r} any more.")
        return refused(context, Target(experiment, job_id), wish, condition, refusal)
    if same_secret(job.lease_id, lease_id):
        return change(context, experiment, job, wish, condition=condition)
    attempt = context.ledger.jobs.attempt_of_lease(job, lease_id)
    if attempt is None:
        raise Conflict(f"Job {job.id!r} was never handed out under this lease_id.")
    # Whoever repeats a request, or was taken for dead, holds an old tag. With the current one, it
    # may correct how its job ended, as long as it was the last one to have it.
    is_over = attempt.n < job.attempt or attempt.was_taken or not wish.status.is_final
    if is_over and is_current(job, asked_for(context, wish, condition), context.ledger.epoch):
        refusal = Refused(
            f"Attempt {attempt.n} at job {job_id!r} is over (it is {job.status} now)."
        )
        target = Target(experiment, job_id, job, attempt)
        return refused(context, target, wish, condition, refusal)
    return change(context, experiment, job, wish, condition=condition, attempt=attempt)


def heartbeat(
    context: Context,
    experiment_name: str,
    job_id: str,
    *,
    lease_id: str,
    resume: str | None = None,
) -> Heard:
    """Hear that a worker is alive, and tell it what to do about its job.

    Nothing is written here: what is to be is part of the answer.

    Raises:
        NotFound: There is no such experiment or job.
    """
    experiment = context.experiment(experiment_name)
    job = _existing(context, experiment, job_id)
    if not same_secret(job.lease_id, lease_id):
        # Where the job ended by somebody's order, there is nothing to go on for.
        was_cancelled = job.status is Status.PRUNED
        return Heard(Directive.STOP if was_cancelled else Directive.SUPERSEDED, job.reason)
    beat = Beat(
        experiment_key=experiment.key,
        number=job.number,
        n=job.attempt,
        at=context.now,
        deadline=lease_deadline(context.lease_now, experiment.limits.lease_ttl),
        progress_deadline=None if resume is None else progress_deadline(context, experiment),
        resume=resume,
    )
    why = quarantined_because(context, job.worker)
    directive = Directive.CONTINUE if why is None else Directive.DRAIN
    return Heard(directive, why, beat, experiment.limits.heartbeat_every)


def _refuse_quarantined(context: Context, worker: str | None) -> None:
    why = quarantined_because(context, worker)
    if why is not None:
        machine = machine_of(worker or "")
        raise Forbidden(
            f"Worker {machine!r} gets no more jobs: {why}. "
            f"Once it is well again: schedy workers lift {shlex.quote(machine)}"
        )


def _fits(context: Context, experiment: Experiment, time_left: float | None) -> bool:
    """Tell whether a job may be expected to end in time."""
    if time_left is None:
        return True
    needed = experiment.limits.expected_duration
    if needed is None:
        past = context.ledger.jobs.latest_durations(experiment.key, limit=_TYPICAL)
        needed = median(past) if len(past) >= _TELLING else 0.0
    return needed <= time_left


def _start_proposed(
    context: Context, experiment: Experiment, asked: Asked, claim_id: str, worker: str | None
) -> tuple[Experiment, Step | None]:
    after, job = propose(context, experiment)
    if job is None:
        if after != experiment:
            context.save(after)
        return after, None
    around = circumstances(context, after, claim_id=claim_id, worker=worker)
    return after, created(replace(job, status=Status.RUNNING), asked, around)


def _claimed_before(context: Context, experiment: Experiment, number: int, attempt: int) -> Handed:
    job = context.ledger.jobs.find_number(experiment.key, number)
    if job is None or job.attempt != attempt or job.status is not Status.RUNNING:
        raise Conflict("The job of this claim has moved on since: claim again with a new claim_id.")
    return handed(context, job, lease_ttl=experiment.limits.lease_ttl)


def _queued(context: Context, experiment: Experiment, number: int) -> Handed | None:
    job = context.ledger.jobs.find_number(experiment.key, number)
    return None if job is None else handed(context, job)


def _existing(context: Context, experiment: Experiment, job_id: str) -> Job:
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return job
