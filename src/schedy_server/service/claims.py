"""Handing out jobs to workers."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from schedy_server.model.errors import Conflict
from schedy_server.model.experiments import Experiment, ExperimentStatus
from schedy_server.model.jobs import Job, Status
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
from schedy_server.service.context import Context
from schedy_server.service.jobs import (
    Handed,
    Wish,
    asked_for,
    change,
    circumstances,
    handed,
    no_such_job,
    refused,
    store,
)
from schedy_server.service.reservations import Reservations
from schedy_server.service.scheduling import propose

_LOOKED_AT = 100


class Directive(StrEnum):
    """What the server tells a worker about the job that it runs."""

    CONTINUE = "continue"
    SUPERSEDED = "superseded"  # the job is no longer this worker's


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim: where to wait for news, and the job, if there is one."""

    experiment_key: int
    handed: Handed | None


def claim(context: Context, experiment_name: str, *, claim_id: str, worker: str | None) -> Claimed:
    """Hand out a job: the first of the queue, else one that the scheduler proposes.

    The job is RUNNING and the caller's when this returns. The same `claim_id` again gets the same
    job again, so that a claim whose answer was lost may be repeated.

    Raises:
        NotFound: There is no such experiment.
        Conflict: The job that this claim was given has moved on since.
    """
    experiment = context.locked_experiment(experiment_name)
    if (before := context.ledger.jobs.claimed_number(experiment.key, claim_id)) is not None:
        return Claimed(experiment.key, _claimed_before(context, experiment, *before))
    if experiment.status is ExperimentStatus.DONE:
        return Claimed(experiment.key, None)
    asked = Asked(context.caller.account_key, hashlib.sha256(f"claim {claim_id}".encode()).digest())
    queued = context.ledger.jobs.oldest_queued(experiment.key)
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
    return Claimed(experiment.key, handed(context, outcome.job))


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
        return refused(context, experiment, job_id, wish, condition, refusal)
    attempt = _attempt(context, job, lease_id)
    restarts = wish.status is Status.RUNNING and job.status is not Status.RUNNING
    # Whoever repeats a request holds an old tag; with the current one, this would be a new change.
    is_new = is_current(job, asked_for(context, wish, condition), context.ledger.epoch)
    if is_new and (restarts or attempt < job.attempt):
        refusal = Refused(f"Attempt {attempt} at job {job_id!r} is over (it is {job.status} now).")
        return refused(context, experiment, job_id, wish, condition, refusal)
    return change(context, experiment, job, wish, condition=condition)


def heartbeat(context: Context, experiment_name: str, job_id: str, *, lease_id: str) -> Directive:
    """Note that a worker is alive, and tell it whether the job is still its own.

    Raises:
        NotFound: There is no such experiment or job.
    """
    experiment = context.experiment(experiment_name)
    job = _existing(context, experiment, job_id)
    if job.lease_id != lease_id:
        return Directive.SUPERSEDED
    context.ledger.jobs.see(job, job.attempt, context.now)
    return Directive.CONTINUE


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
    return handed(context, job)


def _attempt(context: Context, job: Job, lease_id: str) -> int:
    """Return which attempt got this lease."""
    if job.lease_id == lease_id:
        return job.attempt
    attempt = context.ledger.jobs.attempt_of_lease(job, lease_id)
    if attempt is None:
        raise Conflict(f"Job {job.id!r} was never handed out under this lease_id.")
    return attempt


def _queued(context: Context, experiment: Experiment, number: int) -> Handed | None:
    job = context.ledger.jobs.find_number(experiment.key, number)
    return None if job is None else handed(context, job)


def _existing(context: Context, experiment: Experiment, job_id: str) -> Job:
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return job
