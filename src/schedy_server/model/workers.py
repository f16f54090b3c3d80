"""Workers: who runs jobs, and on which machine."""

import re
from dataclasses import dataclass
from datetime import datetime

_PROCESS = re.compile(r":\d+$")


@dataclass(frozen=True, slots=True)
class Working:
    """A worker that runs jobs.

    Attributes:
        running: How many.
        seen: When it last gave a sign of life.
    """

    worker: str
    running: int
    seen: datetime


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
