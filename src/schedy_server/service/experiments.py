"""What a user can do with experiments."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from schedy_server.model.errors import Conflict, Invalid, PreconditionFailed
from schedy_server.model.experiments import Experiment, ExperimentStatus, Objective
from schedy_server.model.interventions import is_void
from schedy_server.model.jobs import Status
from schedy_server.model.jsontext import loads
from schedy_server.model.limits import DEFAULT_LIMITS, Limits
from schedy_server.model.words import UNCHANGED, Rewording
from schedy_server.schedulers import registry
from schedy_server.service.circumstances import lease_deadline, progress_deadline
from schedy_server.service.context import Context
from schedy_server.service.names import checked_name
from schedy_server.service.repeats import Key, remembered
from schedy_server.service.words import reword

# JavaScript, and so the dashboard, knows integers up to this exactly.
_SEEDS = 2**53
_LONGEST_DIFFERENCE = 200  # characters of a line in the log


@dataclass(frozen=True, slots=True)
class Keep:
    """Leaves a setting as it is."""


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user says of an experiment.

    Attributes:
        scheduler: The scheduler's definition, as JSON value with exactly one key.
        objective: What to optimise; None for nothing in particular.
        limits: Those that differ from what is there, checked one by one before.
    """

    status: ExperimentStatus
    scheduler: Mapping[str, Any]
    objective: Objective | Keep | None = KEEP
    seed: int | Keep = KEEP
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alteration:
    """Some settings of an experiment, to be changed.

    Attributes:
        limits: Those that change, checked one by one before.
        words: What is written on it.
    """

    status: ExperimentStatus | Keep = KEEP
    objective: Objective | Keep | None = KEEP
    limits: Mapping[str, Any] = field(default_factory=dict)
    words: Rewording = UNCHANGED

    @property
    def is_of_words_alone(self) -> bool:
        """Tell whether nothing changes about how it runs."""
        kept = isinstance(self.status, Keep) and isinstance(self.objective, Keep)
        return kept and not self.limits and not self.words.is_empty


def get(context: Context, name: str) -> Experiment:
    """Return an experiment.

    Raises:
        NotFound: There is no such experiment.
    """
    return context.experiment(name)


def page(
    context: Context, *, prefix: str = "", after: str = "", limit: int
) -> tuple[list[Experiment], str | None]:
    """Return experiments by name, and the name to go on after; None at the end."""
    found = context.ledger.experiments.page(
        context.caller.account_key, prefix=prefix, after=after, limit=limit + 1
    )
    more = len(found) > limit
    return found[:limit], found[limit - 1].name if more else None


def put(
    context: Context, name: str, settings: Settings, *, only_new: bool, key: Key | None = None
) -> tuple[Experiment, bool]:
    """Create an experiment, or replace its status and scheduler; its jobs stay.

    Args:
        only_new: Refuse if there is one of that name.
        key: Makes a repeat of the same request find the experiment that it created.

    Returns:
        The experiment, and whether it is new.

    Raises:
        Invalid: The name or the scheduler can't be used.
        PreconditionFailed: `only_new`, and there is one.
        Conflict: The repeat of a request whose experiment was deleted meanwhile.
    """
    checked_name(name, "experiment")
    existing = context.ledger.experiments.lock(context.caller.account_key, name)
    if existing is not None and not only_new:
        return _replace(context, existing, settings), False
    before = remembered(context, key)
    if existing is None and before is None:
        return _create(context, name, settings, key), True
    if existing is None:
        raise Conflict(f"Experiment {name!r} was created by this request, and deleted since.")
    if before == str(existing.key):
        return existing, False
    raise PreconditionFailed(f"There is an experiment {name!r} already.")


def patch(context: Context, name: str, change: Alteration) -> Experiment:
    """Change some settings of an experiment: pause it, resume it, say what is optimised, tag it.

    Raises:
        NotFound: There is no such experiment.
        Invalid: Its scheduler says itself what is optimised, or its words can't be kept.
        Conflict: Somebody else wrote another note meanwhile.
    """
    experiment, _ = reword(context, context.locked_experiment(name), change.words)
    if change.is_of_words_alone:
        return experiment
    own = registry.parse(json.loads(experiment.definition)).objective
    status, objective = change.status, change.objective
    if own is not None and not isinstance(objective, Keep) and objective != own:
        raise Invalid("The objective of this experiment is part of its scheduler: change it there.")
    after = replace(
        experiment,
        status=experiment.status if isinstance(status, Keep) else status,
        objective=experiment.objective if isinstance(objective, Keep) else objective,
        modified=context.now,
        limits=_limits(experiment.limits, change.limits),
    )
    return _save_settings(context, experiment, after)


def delete(context: Context, name: str, *, must_exist: bool) -> None:
    """Delete an experiment with all its jobs.

    Raises:
        PreconditionFailed: `must_exist`, and there is none.
    """
    experiment = context.ledger.experiments.lock(context.caller.account_key, name)
    if experiment is None:
        if must_exist:
            raise PreconditionFailed(f"There is no experiment {name!r}.")
        return
    context.ledger.experiments.delete(experiment)
    context.ledger.memory.pop(experiment.key, None)
    context.announce(experiment)
    jobs = sum(experiment.counts.values())
    context.note("experiment deleted", name, f"{jobs} jobs")


def _create(context: Context, name: str, settings: Settings, key: Key | None) -> Experiment:
    scheduler = registry.parse(settings.scheduler)
    given = None if isinstance(settings.objective, Keep) else settings.objective
    experiment = context.ledger.experiments.add(
        Experiment(
            key=0,
            account_key=context.caller.account_key,
            name=name,
            status=settings.status,
            definition=json.dumps(scheduler.to_wire()),
            objective=scheduler.objective or given,
            seed=secrets.randbelow(_SEEDS) if isinstance(settings.seed, Keep) else settings.seed,
            decisions=0,
            revision=0,
            jobs_created=0,
            counts=dict.fromkeys(Status, 0),
            created=context.now,
            modified=context.now,
            limits=_limits(DEFAULT_LIMITS, settings.limits),
        )
    )
    if key is not None:
        key.remember(context, str(experiment.key))
    context.note("experiment created", name)
    return experiment


def _replace(context: Context, experiment: Experiment, settings: Settings) -> Experiment:
    scheduler = registry.parse(settings.scheduler)
    given = experiment.objective if isinstance(settings.objective, Keep) else settings.objective
    after = replace(
        experiment,
        status=settings.status,
        definition=json.dumps(scheduler.to_wire()),
        objective=scheduler.objective or given,
        seed=experiment.seed if isinstance(settings.seed, Keep) else settings.seed,
        modified=context.now,
        limits=_limits(experiment.limits, settings.limits),
    )
    return _save_settings(context, experiment, after)


def _save_settings(context: Context, before: Experiment, after: Experiment) -> Experiment:
    context.ledger.experiments.save_settings(after)
    context.announce(after)
    if after.objective != before.objective:
        _judge_anew(context, after)
    if after.limits.legacy_requeue_after != before.limits.legacy_requeue_after:
        seconds = after.limits.legacy_requeue_after
        deadline = None if seconds is None else lease_deadline(context.lease_now, seconds)
        context.ledger.leases.set_legacy_deadlines(after.key, deadline)
    if after.limits.progress_timeout != before.limits.progress_timeout:
        deadline = progress_deadline(context, after)
        context.ledger.leases.set_progress_deadlines(after.key, deadline)
    context.note("experiment changed", after.name, _differences(before, after))
    return after


def _differences(before: Experiment, after: Experiment) -> str:
    """Return which settings changed, from what to what; the status where none did."""
    old, new = _settings(before), _settings(after)
    changed = [_difference(name, old[name], new[name]) for name in new if old[name] != new[name]]
    return "; ".join(changed) or after.status


def _difference(name: str, old: str, new: str) -> str:
    is_short = len(old) + len(new) <= _LONGEST_DIFFERENCE
    return f"{name} {old} → {new}" if is_short else f"another {name}"


def _settings(experiment: Experiment) -> dict[str, str]:
    objective = experiment.objective
    return {
        "status": experiment.status.value,
        "scheduler": experiment.definition,
        "objective": f"{objective.direction} of {objective.result}" if objective else "none",
        "seed": str(experiment.seed),
        **{
            name: json.dumps(value)
            for name, value in msgspec.to_builtins(experiment.limits).items()
        },
    }


def _limits(before: Limits, given: Mapping[str, Any]) -> Limits:
    return msgspec.convert({**msgspec.to_builtins(before), **given}, Limits)


def _judge_anew(context: Context, experiment: Experiment) -> None:
    objective = experiment.objective
    context.ledger.jobs.set_qualities(
        experiment.key,
        {
            number: objective.quality(loads(results))
            if objective and not is_void(status, reason)
            else None
            for number, status, reason, results in context.ledger.jobs.results(experiment.key)
        },
    )
