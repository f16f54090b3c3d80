"""What a scheduler is: a pure decision from a view of the past and a generator.

It reads no clock, no storage and no generator but the one that it is given, so that every
decision can be replayed.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Protocol

from schedy_server.model.experiments import Objective
from schedy_server.model.jobs import PastJob


@dataclass(frozen=True, slots=True)
class Proposal:
    """A job to be created.

    Attributes:
        hyperparameters: What to try.
        origin: Why; stored with the job, and given back to the scheduler with it.
        results: What the worker finds there already, such as the path of weights to go on from.
    """

    hyperparameters: Mapping[str, Any]
    origin: Mapping[str, Any]
    results: Mapping[str, Any] = field(default_factory=dict)


class Verdict(Enum):
    """Why there is no proposal."""

    WAIT = "wait"  # nothing to do now; something may come when jobs end or are added
    EXHAUSTED = "exhausted"  # nothing will ever come: the experiment is done


class View(Protocol):
    """What a scheduler remembers of an experiment's jobs.

    It depends only on the present state of the jobs, not on the order they were told in; so a
    view that is kept up to date equals one that is built anew. A new definition needs a new view.
    """

    def update(self, job: PastJob) -> None:
        """Take in a new job, or the newer state of a known one."""
        ...

    def remove(self, number: int) -> None:
        """Forget a job; an unknown one is none of its business."""
        ...


class Scheduler(Protocol):
    """Chooses the hyperparameters of the next job."""

    uses_history: ClassVar[bool]  # if False, its view may stay empty

    @property
    def objective(self) -> Objective | None:
        """What "best" means, if the scheduler knows."""
        ...

    def new_view(self) -> View:
        """Return a view of no jobs."""
        ...

    def propose(self, view: View, rng: random.Random) -> Proposal | Verdict:
        """Return the next job, or why there is none.

        The view, made by this scheduler's `new_view`, stays as it is until the service tells
        it of the new job.
        """
        ...

    def to_wire(self) -> Mapping[str, Any]:
        """Return the definition as clients read it: `{name: parameters}`."""
        ...


class EmptyView:
    """The view of a scheduler that does not look back."""

    def update(self, job: PastJob) -> None:
        """Forget it."""

    def remove(self, number: int) -> None:
        """Do nothing: it is forgotten already."""
