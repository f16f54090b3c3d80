"""Results that came and could not be applied: they are kept, and a user may have them count."""

import hashlib
import json
from dataclasses import dataclass

from schedy_server.model import interventions, jsontext
from schedy_server.model.errors import Conflict, NotFound
from schedy_server.model.experiments import Experiment
from schedy_server.model.history import Kept
from schedy_server.model.jobs import Attempt, Job, Status
from schedy_server.model.payload import EMPTY, Payload
from schedy_server.model.transitions import Change
from schedy_server.service.circumstances import circumstances
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, handed
from schedy_server.service.repeats import Key
from schedy_server.service.steering import carry_out, done_before


@dataclass(frozen=True, slots=True)
class Content:
    """What was in a request that was kept.

    Attributes:
        status: What the job was to become; None where results were sent while it ran.
        hyperparameters: None if they were not sent.
    """

    status: Status | None
    results: Payload
    hyperparameters: Payload | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """How kept results are to count.

    Attributes:
        status: How the job ended; None for what was sent.
        replace: Also if the job is DONE with other results.
        reason: Why, for those who read the log.
    """

    status: Status | None = None
    replace: bool = False
    reason: str | None = None


def page(
    context: Context,
    experiment_name: str,
    *,
    job_id: str | None = None,
    after: int = 0,
    limit: int,
) -> tuple[list[Kept], int | None]:
    """Return what was kept, the oldest first, and where to go on; None at the end.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.experiment(experiment_name)
    found = context.ledger.history.kept(experiment.key, job_id, after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def adopt(
    context: Context, experiment_name: str, kept_id: int, adoption: Adoption, *, key: Key | None
) -> Handed:
    """Have kept results count as those of their job; whoever runs it is fenced off.

    Raises:
        NotFound: There is no such experiment, or nothing of that id was kept.
        Conflict: The job is gone, or is DONE with other results; or nobody says how it ended.
    """
    experiment = context.locked_experiment(experiment_name)
    if (before := done_before(context, experiment, key)) is not None:
        return handed(context, before)
    kept = context.ledger.history.kept_at(experiment.key, kept_id)
    if kept is None:
        raise NotFound(f"Nothing was kept under {kept_id} in experiment {experiment_name!r}.")
    job = _its_job(context, experiment, kept)
    change = _as_change(experiment, kept, adoption)
    if kept.adopted is not None and job.reason == change.reason:
        return handed(context, job)
    if job.status is Status.DONE and not adoption.replace:
        raise Conflict(
            f"Job {job.id!r} is DONE with other results. To have these count instead, "
            'say "replace": true.'
        )
    around = circumstances(context, experiment)
    digest = hashlib.sha256(f"adopt {kept_id}".encode()).digest()
    step = interventions.adopt(job, change, digest, around, attempt=_attempt(context, job, kept))
    context.ledger.history.mark_adopted(experiment.key, kept_id, now=context.now)
    return carry_out(context, experiment, step, key)


def content(kept: Kept) -> Content:
    """Read what was kept, as it was read when it came."""
    members = jsontext.parse_object(kept.body.encode())
    status = members.get("status")
    hyperparameters = members.get("hyperparameters")
    results = members.get("results")
    return Content(
        status=Status(status) if isinstance(status, str) and status in set(Status) else None,
        results=results if isinstance(results, Payload) else EMPTY,
        hyperparameters=hyperparameters if isinstance(hyperparameters, Payload) else None,
    )


def _its_job(context: Context, experiment: Experiment, kept: Kept) -> Job:
    job = context.ledger.jobs.find(experiment.key, kept.job_id)
    if job is None:
        raise Conflict(
            f"Job {kept.job_id!r} was deleted: add a job with these results instead, they are "
            "in the list of what was kept."
        )
    return job


def _as_change(experiment: Experiment, kept: Kept, adoption: Adoption) -> Change:
    said = content(kept)
    status = adoption.status or said.status
    if status is None or not status.is_final:
        raise Conflict(
            "These results came while the job ran: say how it ended, e.g. "
            f"{json.dumps({'status': Status.DONE})}."
        )
    objective = experiment.objective
    given = said.hyperparameters
    why = f": {adoption.reason}" if adoption.reason else ""
    return Change(
        status=status,
        hyperparameters=given.text if given and given.value else None,
        results=said.results.text,
        quality=objective.quality(said.results.value) if objective else None,
        reason=f"kept result {kept.id} adopted{why}",
    )


def _attempt(context: Context, job: Job, kept: Kept) -> Attempt | None:
    return None if kept.attempt is None else context.ledger.jobs.attempt(job, kept.attempt)
