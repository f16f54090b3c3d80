"""Tells afterwards who changed what, when, and why."""

from schedy_server.model.history import LogLine, Position
from schedy_server.service.context import Context
from schedy_server.service.jobs import no_such_job

_BEGINNING: Position = (-1, 0, 0, 0)


def log(
    context: Context,
    experiment_name: str,
    *,
    job_id: str | None = None,
    after: Position | None = None,
    limit: int,
) -> tuple[list[LogLine], Position | None]:
    """Return what happened, the oldest first, and where to go on; None at the end.

    Args:
        job_id: The job that it is about; None for all, and the experiment itself.

    Raises:
        NotFound: There is no such experiment, or there never was such a job.
    """
    experiment = context.experiment(experiment_name)
    history = context.ledger.history
    start = after or _BEGINNING
    job = None if job_id is None else context.ledger.jobs.find(experiment.key, job_id)
    lines = history.events(experiment, job_id, after=start, limit=limit + 1)
    if job_id is None or job is not None:
        number = None if job is None else job.number
        lines += history.changes(experiment, number, after=start, limit=limit + 1)
        lines += history.words(experiment.key, number, after=start, limit=limit + 1)
    elif not lines and after is None:
        raise no_such_job(experiment, job_id)
    lines.sort(key=lambda line: line.position)
    return lines[:limit], lines[limit - 1].position if len(lines) > limit else None
