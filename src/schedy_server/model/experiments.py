"""Experiments: one task for which good hyperparameters are sought."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Status
from schedy_server.model.limits import DEFAULT_LIMITS, Limits


class ExperimentStatus(StrEnum):
    """Whether jobs are handed out; the values are what travels on the wire."""

    RUNNING = "RUNNING"
    DONE = "DONE"  # completed, or paused by a user


class Direction(StrEnum):
    """Which end of a result is good."""

    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Objective:
    """Which result is optimised, and in which direction."""

    result: str
    direction: Direction

    def __post_init__(self) -> None:
        if "\0" in self.result or any("\ud800" <= each <= "\udfff" for each in self.result):
            raise Invalid(
                "The name of the result to optimise holds a NUL character or half of a surrogate "
                "pair, which can't be kept."
            )

    def quality(self, results: Mapping[str, Any]) -> float | None:
        """Return the number to optimise, or None where there is no usable one.

        A missing, null, NaN or non-numeric result can't be ranked; a boolean is no number.
        An integer beyond the range of a float counts as infinite, and -0.0 as the 0.0 that it
        equals, since not every database tells them apart.
        """
        value = results.get(self.result)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        return None if math.isnan(number) else number + 0.0


class Experiment(Struct, frozen=True, kw_only=True):
    """An experiment as the server keeps it.

    Attributes:
        key: Identity inside the database; never shown.
        account_key: Whose it is.
        definition: The scheduler as JSON text, exactly one key, as the user sent it.
        seed: Start of every random decision: decision k depends on (seed, k) and the history.
        decisions: How many proposals the scheduler was asked for so far.
        revision: Counts the changes of this experiment's jobs; every change takes the next.
        jobs_created: How many jobs were ever added; the newest job has this number.
        counts: How many jobs stand at each status.
        limits: How much silence and how many failures it bears.
    """

    key: int
    account_key: int
    name: str
    status: ExperimentStatus
    definition: str
    objective: Objective | None
    seed: int
    decisions: int
    revision: int
    jobs_created: int
    counts: Mapping[Status, int]
    created: datetime
    modified: datetime
    limits: Limits = DEFAULT_LIMITS

    def after(self, *, before: Status | None, after: Status | None, now: datetime) -> Self:
        """Return the experiment after one of its jobs changed from one status to another.

        None stands for a job that did not exist before, or does not any more.
        """
        counts = dict(self.counts)
        if before is not None:
            counts[before] -= 1
        if after is not None:
            counts[after] += 1
        return replace(
            self,
            counts=counts,
            revision=self.revision + 1,
            jobs_created=self.jobs_created + (before is None),
            modified=now,
        )
