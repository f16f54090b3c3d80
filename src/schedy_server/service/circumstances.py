"""What a transition of a job takes from outside, and what is concluded from it afterwards."""

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Attempt, Job, Status
from schedy_server.model.transitions import Asked, Circumstances, Memory, is_current
from schedy_server.service.context import Context
from schedy_server.service.names import new_lease_id
from schedy_server.service.workers import note_end
from schedy_server.storage.leases import Beat


def circumstances(
    context: Context,
    experiment: Experiment,
    *,
    claim_id: str | None = None,
    worker: str | None = None,
) -> Circumstances:
    """Return what the next transition of one of the experiment's jobs takes from outside."""
    return Circumstances(
        now=context.now,
        epoch=context.ledger.epoch,
        revision=experiment.revision + 1,
        lease_id=new_lease_id(),
        claim_id=claim_id,
        worker=worker,
        deadline=_deadline(context, experiment, has_heartbeat=claim_id is not None),
        progress_deadline=None if claim_id is None else progress_deadline(context, experiment),
        limits=experiment.limits,
    )


def _deadline(context: Context, experiment: Experiment, *, has_heartbeat: bool) -> int | None:
    limits = experiment.limits
    seconds = limits.lease_ttl if has_heartbeat else limits.legacy_requeue_after
    return None if seconds is None else lease_deadline(context.lease_now, seconds)


def progress_deadline(context: Context, experiment: Experiment) -> int | None:
    """Return until when, in lease time, whoever reports something now has to do so again."""
    seconds = experiment.limits.progress_timeout
    return None if seconds is None else lease_deadline(context.lease_now, seconds)


def note_worker(context: Context, experiment: Experiment, before: Job, after: Job) -> None:
    """Hear what a change of a running job says of its worker: that it is alive, or how it did."""
    if after.status is not Status.RUNNING:
        note_end(context, before, after)
        return
    limits, legacy = experiment.limits, experiment.limits.legacy_requeue_after
    context.ledger.leases.renew(
        Beat(
            experiment_key=after.experiment_key,
            number=after.number,
            n=after.attempt,
            at=context.now,
            deadline=lease_deadline(context.lease_now, limits.lease_ttl),
            legacy_deadline=None if legacy is None else lease_deadline(context.lease_now, legacy),
            progress_deadline=progress_deadline(context, experiment),
        )
    )


def lease_deadline(lease_now: int, seconds: float) -> int:
    """Return until when, in lease time, whoever is heard now may keep silent."""
    return lease_now + round(seconds * 1_000_000)


def memory_of(context: Context, job: Job, asked: Asked, attempt: Attempt | None) -> Memory:
    """Look up earlier writes and attempts, where the decision may depend on them."""
    jobs = context.ledger.jobs
    if asked.tags is None:
        return Memory(latest=jobs.write_at_version(job, job.version))
    if is_current(job, asked, context.ledger.epoch):
        return Memory()
    taken = _taken(context, job, asked, attempt)
    for tag in asked.tags:
        if (write := jobs.write_with_tag(job, str(tag), digest=asked.digest)) is not None:
            if taken is None and write.is_of_worker(context.caller.account_key):
                taken = _if_taken(jobs.attempt(job, write.attempt))
            return Memory(with_tag=write, taken=taken)
    return Memory(taken=taken)


def _taken(context: Context, job: Job, asked: Asked, attempt: Attempt | None) -> Attempt | None:
    """Return the attempt of the caller, if it was taken away from it."""
    jobs = context.ledger.jobs
    for tag in asked.tags or ():
        if attempt is not None or not tag.is_of(job, epoch=context.ledger.epoch):
            continue
        write = jobs.write_at_version(job, tag.version)
        if write is not None and write.is_of_worker(context.caller.account_key):
            attempt = jobs.attempt(job, write.attempt)
    return _if_taken(attempt)


def _if_taken(attempt: Attempt | None) -> Attempt | None:
    return attempt if attempt is not None and attempt.was_taken else None
