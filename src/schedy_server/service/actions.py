"""What people do to many jobs at once: a list of them, or all that a filter wants.

Each action is done some hundreds of jobs at a time, each batch in a transaction of its own, so that
workers get their answers in between. What can't be done to a job is told with its reason, and keeps
nothing from being done to the others.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from schedy_server.model import interventions
from schedy_server.model.errors import Conflict, Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import Step
from schedy_server.model.words import Rewording, checked_tag, reworded
from schedy_server.service.circumstances import circumstances
from schedy_server.service.columns import Columns, is_wanted, line_of, select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.service.jobs import remove, store
from schedy_server.service.repeats import Key, remembered
from schedy_server.service.words import reword

AT_ONCE = 500  # jobs in a transaction; together some tenths of a second at most
MOST_TOLD = 100


class Kind(StrEnum):
    """What can be done to many jobs; the values are what travels on the wire."""

    REQUEUE = "requeue"
    CANCEL = "cancel"
    VOID = "void"
    DELETE = "delete"
    TAG = "tag"
    UNTAG = "untag"


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done.

    Attributes:
        tag: The tag to put on or to take off.
        reason: Why, for those who read the log.
        wanted: What a job still has to fit when its turn comes; what changed meanwhile is left.
    """

    kind: Kind
    tag: str | None = None
    reason: str | None = None
    wanted: Filter | None = None

    def __post_init__(self) -> None:
        needs_tag = self.kind in {Kind.TAG, Kind.UNTAG}
        if needs_tag and self.tag is None:
            raise Invalid(f"tag: say which one to {self.kind}.")
        if not needs_tag and self.tag is not None:
            raise Invalid(f"tag: to {self.kind} a job takes none.")
        if self.tag is not None:
            checked_tag(self.tag)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A job to which it could not be done, and why."""

    id: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What became of the jobs.

    Attributes:
        changed: How many it was done to.
        refused: The first of those to which it could not be done.
        unlisted: How many more those are.
        ended: The jobs that it ended, as they are now.
    """

    changed: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unlisted: int = 0
    ended: list[Job] = field(default_factory=list)

    def refuse(self, job_id: str, reason: str) -> None:
        """Count a job to which it could not be done."""
        if len(self.refused) < MOST_TOLD:
            self.refused.append(Refusal(job_id, reason))
        else:
            self.unlisted += 1

    def add(self, other: "Tally") -> None:
        """Count what became of other jobs."""
        self.changed += other.changed
        for each in other.refused:
            self.refuse(each.id, each.reason)
        self.unlisted += other.unlisted

    def to_text(self) -> str:
        """Return it as JSON, to be remembered."""
        refused = [[each.id, each.reason] for each in self.refused]
        return json.dumps([self.changed, refused, self.unlisted])

    @classmethod
    def from_text(cls, text: str) -> "Tally":
        """Return what was remembered."""
        changed, refused, unlisted = json.loads(text)
        return cls(changed, [Refusal(*each) for each in refused], unlisted)


def matching(
    context: Context, experiment_name: str, *, columns: Columns, wanted: Filter
) -> list[str]:
    """Return the ids of the jobs that a filter wants, by number.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.experiment(experiment_name)
    return [line.id for line in select(columns.lines(context, experiment), wanted)]


def settle(context: Context, experiment_name: str, ids: Sequence[str], *, key: Key) -> list[str]:
    """Return the ids that the first arrival of a request was about, whatever a filter wants now.

    Raises:
        NotFound: There is no such experiment.
        KeyReused: Another request used the key before.
    """
    context.locked_experiment(experiment_name)
    if (before := remembered(context, key)) is not None:
        settled: list[str] = json.loads(before)
        return settled
    key.remember(context, json.dumps(list(ids)))
    return list(ids)


def try_out(context: Context, experiment_name: str, ids: Sequence[str], action: Action) -> Tally:
    """Return what would become of jobs, and do nothing.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.experiment(experiment_name)
    return _each(context, experiment, ids, action, _pretend)


def act(
    context: Context,
    experiment_name: str,
    ids: Sequence[str],
    action: Action,
    *,
    key: Key | None = None,
) -> Tally:
    """Do something to jobs, as many as fit a transaction.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.locked_experiment(experiment_name)
    if (before := remembered(context, key)) is not None:
        return Tally.from_text(before)
    tally = _each(context, experiment, ids, action, _carry_out)
    if key is not None:
        key.remember(context, tally.to_text())
    return tally


def part_of(key: Key | None, start: int) -> Key | None:
    """Return the idempotency key of one batch of a request; no client can send such a key."""
    return None if key is None else Key(f"{key.text} {start}", key.digest)


_Do = Callable[[Context, Experiment, Job, Action, Tally], Experiment]


def _each(
    context: Context, experiment: Experiment, ids: Sequence[str], action: Action, do: _Do
) -> Tally:
    tally = Tally()
    for job_id in dict.fromkeys(ids):
        job = context.ledger.jobs.find(experiment.key, job_id)
        if job is None:
            tally.refuse(job_id, f"There is no job {job_id!r}.")
        elif not _still_fits(context, experiment, job, action):
            tally.refuse(job_id, "It changed meanwhile, and the filter wants it no more.")
        else:
            try:
                experiment = do(context, experiment, job, action, tally)
            except (Conflict, Invalid) as refusal:
                tally.refuse(job_id, str(refusal))
    return tally


def _still_fits(context: Context, experiment: Experiment, job: Job, action: Action) -> bool:
    if action.wanted is None or not action.wanted.terms:
        return True
    words = context.ledger.words.of_job(experiment.key, job.number)
    return is_wanted(line_of(job, words), action.wanted)


def _pretend(
    context: Context, experiment: Experiment, job: Job, action: Action, tally: Tally
) -> Experiment:
    if action.kind in {Kind.TAG, Kind.UNTAG}:
        before = context.ledger.words.of_job(experiment.key, job.number)
        tally.changed += reworded(before, _rewording(action)) != before
    elif action.kind is Kind.DELETE:
        tally.changed += 1
    else:
        tally.changed += _steered(context, experiment, job, action) is not None
    return experiment


def _carry_out(
    context: Context, experiment: Experiment, job: Job, action: Action, tally: Tally
) -> Experiment:
    if action.kind in {Kind.TAG, Kind.UNTAG}:
        after, _ = reword(context, experiment, _rewording(action), job=job)
        tally.changed += after is not experiment
        return after
    if action.kind is Kind.DELETE:
        tally.changed += 1
        return remove(context, experiment, job, reason=action.reason)
    step = _steered(context, experiment, job, action)
    if step is None:
        return experiment
    tally.changed += 1
    if step.job.status.is_final:
        tally.ended.append(step.job)
    after = store(context, experiment, step)
    context.save(after)
    return after


def _rewording(action: Action) -> Rewording:
    tags = [] if action.tag is None else [action.tag]
    if action.kind is Kind.TAG:
        return Rewording(add=tags, reason=action.reason)
    return Rewording(remove=tags, reason=action.reason)


_STEER = {
    Kind.REQUEUE: interventions.requeue,
    Kind.CANCEL: interventions.cancel,
    Kind.VOID: interventions.void,
}


def _steered(context: Context, experiment: Experiment, job: Job, action: Action) -> Step | None:
    """Return what becomes of a job, and None if it is there already."""
    if action.kind is Kind.REQUEUE and job.status is Status.QUEUED:
        return None
    digest = hashlib.sha256(f"act {context.caller.request_id} {job.number}".encode()).digest()
    intervention = partial(_STEER[action.kind], reason=action.reason)
    return intervention(job, digest, circumstances(context, experiment))
