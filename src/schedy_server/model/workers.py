"""Workers: who runs jobs, and on which machine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_PROCESS = re.compile(r":\d+$")


@dataclass(frozen=True, slots=True)
class Running:
    """A job that a worker runs.

    Attributes:
        seen: When the worker last gave a sign of life.
    """

    worker: str
    experiment: str
    job: str
    started: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What a worker brought to an end lately, in one experiment.

    Attributes:
        failed: How many crashed, or were lost because it fell silent.
        busy: How long it worked on all of them, as far as that was lately.
        first: When the first of them began.
        last: When the last of them ended.
    """

    worker: str
    experiment: str
    done: int
    failed: int
    busy: timedelta
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Working:
    """A worker that runs jobs, or did so lately.

    Attributes:
        running: The jobs that it runs.
        seen: When it last gave a sign of life.
        busy: The share of its time for which it had a job, from 0 to 1.
    """

    worker: str
    running: Sequence[Running]
    seen: datetime
    done: int
    failed: int
    busy: float


@dataclass(frozen=True, slots=True)
class Record:
    """The trouble that a machine had lately.

    Attributes:
        crashes_in_a_row: How many of its jobs crashed within seconds, one after the other.
        refuted: How many jobs that crashed there were finished elsewhere.
        quarantined: Since when it gets no more jobs; None if it does.
        reason: Why it gets none.
    """

    machine: str
    crashes_in_a_row: int
    refuted: int
    quarantined: datetime | None
    reason: str | None


def machine_of(worker: str) -> str:
    """Return the machine of a worker: its name without the number of the process.

    What is wrong with a machine does not end with the process that met it.
    """
    return _PROCESS.sub("", worker)
