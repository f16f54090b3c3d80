"""Jobs: one trial of an experiment, hyperparameters in, results out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where a job stands; the values are what travels on the wire."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CRASHED = "CRASHED"
    PRUNED = "PRUNED"
    DONE = "DONE"

    @property
    def is_final(self) -> bool:
        """Tell whether the job is over."""
        return self in FINAL


FINAL = frozenset({Status.CRASHED, Status.PRUNED, Status.DONE})


@dataclass(frozen=True, slots=True)
class PastJob:
    """What a scheduler sees of a job.

    Attributes:
        number: Position in its experiment, counted from 1.
        origin: What the scheduler noted when it proposed the job; None for one added by hand.
        finished: When it ended, None before.
        attempt: How often it was handed out.
    """

    number: int
    id: str
    status: Status
    hyperparameters: Mapping[str, Any]
    results: Mapping[str, Any]
    origin: Mapping[str, Any] | None
    finished: datetime | None
    attempt: int
