"""Asks an experiment's scheduler what to try next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from schedy_server.model.experiments import Experiment, ExperimentStatus
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import loads
from schedy_server.schedulers import registry, seeds
from schedy_server.schedulers.protocol import Proposal, Scheduler, Verdict, View
from schedy_server.service.context import Context
from schedy_server.service.names import new_job_id
from schedy_server.storage.ledger import Ledger

_VIEWS_KEPT = 100


@lru_cache(maxsize=1000)
def scheduler_of(definition: str) -> Scheduler:
    """Return the scheduler that a stored definition means."""
    return registry.parse(json.loads(definition))


def propose(context: Context, experiment: Experiment) -> tuple[Experiment, Job | None]:
    """Ask for a new job.

    Returns:
        The experiment with its new counters and status, and the job, QUEUED and not stored yet;
        no job when nothing can be tried now. An exhausted experiment is set to DONE.
    """
    scheduler = scheduler_of(experiment.definition)
    view = _view(context.ledger, experiment, scheduler)
    decision = experiment.decisions
    proposal = scheduler.propose(view, seeds.generator(experiment.seed, decision))
    if proposal is Verdict.EXHAUSTED:
        return replace(experiment, status=ExperimentStatus.DONE, modified=context.now), None
    if not isinstance(proposal, Proposal):
        return experiment, None
    return (
        replace(experiment, decisions=decision + 1),
        _job(context, experiment, proposal, decision),
    )


def _job(context: Context, experiment: Experiment, proposal: Proposal, decision: int) -> Job:
    number = proposal.origin.get("parent_number")
    objective = experiment.objective
    parent = context.ledger.jobs.find_number(experiment.key, number) if number else None
    return Job(
        experiment_key=experiment.key,
        number=experiment.jobs_created + 1,
        id=new_job_id(),
        status=Status.QUEUED,
        hyperparameters=_text(proposal.hyperparameters, parent.hyperparameters if parent else None),
        results=_text(proposal.results, parent.results if parent else None),
        origin=json.dumps({**proposal.origin, "decision": decision}),
        quality=objective.quality(proposal.results) if objective else None,
        version=1,
        attempt=0,
        lease_id=None,
        base_tag=None,
        worker=None,
        reason=None,
        priority=0,
        revision=experiment.revision + 1,
        created=context.now,
        started=None,
        finished=None,
        modified=context.now,
    )


def _text(value: Mapping[str, Any], original: str | None) -> str:
    """Return JSON for a value; what is only copied from another job stays to the character."""
    if original is not None and loads(original) == value:
        return original
    return json.dumps(value)


@dataclass(slots=True)
class _Seen:
    """A scheduler's view of the history up to a revision."""

    experiment: tuple[Any, ...]
    view: View
    revision: int


def _view(ledger: Ledger, experiment: Experiment, scheduler: Scheduler) -> View:
    """Return the scheduler's view, brought up to date by what changed since it was last used."""
    if not scheduler.uses_history:
        return scheduler.new_view()
    identity = (experiment.key, experiment.created, experiment.definition)
    seen: _Seen | None = ledger.memory.pop(experiment.key, None)
    if seen is None or seen.experiment != identity:
        seen = _Seen(identity, scheduler.new_view(), 0)
    for job in ledger.jobs.changed_since(experiment.key, seen.revision):
        seen.view.update(job)
    for number in ledger.jobs.deleted_since(experiment.key, seen.revision):
        seen.view.remove(number)
    seen.revision = experiment.revision
    ledger.memory[experiment.key] = seen  # the most recently used stands last
    if len(ledger.memory) > _VIEWS_KEPT:
        del ledger.memory[next(iter(ledger.memory))]
    return seen.view
