"""The attempts at a job, and which of them nobody has heard of for too long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Attempt, Job, Status
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, handed, no_such_job, with_words

# An old client keeps silent while it trains; only far more than the usual tells something.
_UNSUSPICIOUS = timedelta(hours=6)
_TIMES = 5
_USUAL = 0.95
_LOOKED_AT = 1000
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """An attempt as of now.

    Attributes:
        expires_in: For how many seconds its worker may keep silent; None where there is no limit,
            or it is over.
        silent_since: When it was last heard of, if that is suspiciously long ago.
    """

    attempt: Attempt
    expires_in: float | None
    silent_since: datetime | None


def look_at(context: Context, experiment_name: str, job_id: str) -> Handed:
    """Return a job, and whether nobody has heard of its worker for too long.

    Raises:
        NotFound: There is no such experiment, or no such job.
    """
    experiment = context.experiment(experiment_name)
    job = _existing(context, experiment, job_id)
    found = with_words(context, handed(context, job))
    if job.status is not Status.RUNNING or context.now - job.modified <= _UNSUSPICIOUS:
        return found
    attempt = context.ledger.jobs.attempt(job, job.attempt)
    since = None if attempt is None else _silent(context, experiment, attempt)
    return replace(found, silent_since=since)


def attempts(context: Context, experiment_name: str, job_id: str) -> list[Looked]:
    """Return the attempts at a job, the first one first.

    Raises:
        NotFound: There is no such experiment, or no such job.
    """
    experiment = context.experiment(experiment_name)
    job = _existing(context, experiment, job_id)
    return [
        Looked(attempt, _expires_in(context, attempt), _silent(context, experiment, attempt))
        for attempt in context.ledger.jobs.attempts(job)
    ]


def _existing(context: Context, experiment: Experiment, job_id: str) -> Job:
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return job


def _expires_in(context: Context, attempt: Attempt) -> float | None:
    if attempt.deadline is None or attempt.ended is not None:
        return None
    return max(0.0, (attempt.deadline - context.lease_now) / _MICROS)


def _silent(context: Context, experiment: Experiment, attempt: Attempt) -> datetime | None:
    seen = attempt.seen
    if attempt.deadline is not None or attempt.ended is not None or seen is None:
        return None
    silence = context.now - seen
    if silence <= _UNSUSPICIOUS:
        return None
    durations = sorted(context.ledger.jobs.latest_durations(experiment.key, limit=_LOOKED_AT))
    usual = durations[ceil(_USUAL * len(durations)) - 1] if durations else 0.0
    return seen if silence > timedelta(seconds=_TIMES * usual) else None
