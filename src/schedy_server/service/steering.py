"""What people do about jobs that go wrong: have them run again, end them, not count them."""

import hashlib
from collections.abc import Callable
from functools import partial

from schedy_server.model import interventions
from schedy_server.model.errors import Conflict
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import Circumstances, Step
from schedy_server.service.circumstances import circumstances
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, handed, no_such_job, store
from schedy_server.service.repeats import Key, remembered

Intervention = Callable[[Job, bytes, Circumstances], Step]


def requeue(
    context: Context, experiment_name: str, job_id: str, *, reason: str | None, key: Key | None
) -> Handed:
    """Have a job run again, whatever became of it; one that is QUEUED stays as it is.

    Raises:
        NotFound: There is no such experiment, or no such job.
    """
    by_hand = partial(interventions.requeue, reason=reason)
    return _steer(context, (experiment_name, job_id), by_hand, key, already=Status.QUEUED)


def cancel(
    context: Context, experiment_name: str, job_id: str, *, reason: str | None, key: Key | None
) -> Handed:
    """End a job that has not ended.

    Raises:
        NotFound: There is no such experiment, or no such job.
        Conflict: The job has ended.
    """
    return _steer(
        context, (experiment_name, job_id), partial(interventions.cancel, reason=reason), key
    )


def void(
    context: Context, experiment_name: str, job_id: str, *, reason: str | None, key: Key | None
) -> Handed:
    """Have the result of a job not count; it stays to be read.

    Raises:
        NotFound: There is no such experiment, or no such job.
        Conflict: The job has not ended.
    """
    return _steer(
        context, (experiment_name, job_id), partial(interventions.void, reason=reason), key
    )


def job_to_steer(context: Context, experiment: Experiment, job_id: str) -> Job:
    """Return a job of a locked experiment.

    Raises:
        NotFound: There is no such job.
    """
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return job


def done_before(context: Context, experiment: Experiment, key: Key | None) -> Job | None:
    """Return the job that an earlier arrival of the same request was about; None if it is new.

    Raises:
        KeyReused: Another request used the key before.
        Conflict: The job was deleted meanwhile.
    """
    number = remembered(context, key)
    if number is None:
        return None
    job = context.ledger.jobs.find_number(experiment.key, int(number))
    if job is None:
        raise Conflict("The job of this request was deleted since.")
    return job


def carry_out(context: Context, experiment: Experiment, step: Step, key: Key | None) -> Handed:
    """Store an intervention, and return the job as it is now."""
    context.save(store(context, experiment, step))
    if key is not None:
        key.remember(context, str(step.job.number))
    return handed(context, step.job)


def _steer(
    context: Context,
    whose: tuple[str, str],
    intervention: Intervention,
    key: Key | None,
    *,
    already: Status | None = None,
) -> Handed:
    experiment_name, job_id = whose
    experiment = context.locked_experiment(experiment_name)
    if (before := done_before(context, experiment, key)) is not None:
        return handed(context, before)
    job = job_to_steer(context, experiment, job_id)
    if job.status is already:
        if key is not None:  # its repeat, which may come late, must not do more
            key.remember(context, str(job.number))
        return handed(context, job)
    digest = hashlib.sha256(f"steer {context.caller.request_id}".encode()).digest()
    step = intervention(job, digest, circumstances(context, experiment))
    return carry_out(context, experiment, step, key)
