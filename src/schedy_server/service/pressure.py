"""What the server stops doing when it is in trouble, and in which order.

Whoever trained for a day must be able to hand in the result, whatever happens. So what can wait is
refused first: new jobs, then what is reported on the way; the end of a job is never refused here.
Everything else waits by itself, as every client tries again after a 503.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog

from schedy_server.model.errors import Unavailable

log = structlog.get_logger("schedy.pressure")
_chance = random.SystemRandom()


class Work(StrEnum):
    """What somebody asks for, by how long it can wait."""

    CLAIM = "claims"
    ADD = "new jobs and experiments"
    LIST = "lists"
    BEAT = "signs of life"
    REPORT = "reports"
    END = "ends of jobs"


class Strain(StrEnum):
    """Why the server does less than it could."""

    MAINTENANCE = "maintenance"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    BUSY = "busy"
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is refused under a strain.

    Attributes:
        delay: After how long clients are to try again. Old ones do so ten times, as told, and then
            give up; new ones for five minutes at least.
        because: What they are told.
    """

    work: frozenset[Work]
    delay: timedelta
    because: str


# The order in which things stop, in one place; the first that applies is what clients are told.
ORDER: Mapping[Strain, Refusal] = {
    Strain.OVERLOADED: Refusal(
        frozenset({Work.CLAIM, Work.ADD, Work.LIST, Work.BEAT, Work.REPORT}),
        timedelta(seconds=10),
        "The server has more to do than it can",
    ),
    Strain.DISK_FULL: Refusal(
        frozenset({Work.CLAIM, Work.ADD, Work.REPORT}),
        timedelta(seconds=30),
        "The server's disk is full",
    ),
    Strain.DISK_LOW: Refusal(
        frozenset({Work.CLAIM, Work.ADD}),
        timedelta(seconds=30),
        "The server's disk is nearly full",
    ),
    Strain.BUSY: Refusal(frozenset({Work.CLAIM}), timedelta(seconds=5), "The server is very busy"),
    Strain.MAINTENANCE: Refusal(
        frozenset({Work.CLAIM}), timedelta(seconds=60), "The server hands out no jobs for now"
    ),
}


class Pressure:
    """Under which strains the server is.

    Args:
        observe: Told when a strain begins or ends.
        chance: Returns a random number in [0, 1).
    """

    def __init__(
        self,
        observe: Callable[[Strain, bool], None] = lambda strain, on: None,
        chance: Callable[[], float] = _chance.random,
    ) -> None:
        self._observe = observe
        self._chance = chance
        self._strains: dict[Strain, str] = {}

    @property
    def strains(self) -> Mapping[Strain, str]:
        """The strains there are, each with what more is to be said of it."""
        return self._strains

    def begin(self, strain: Strain, detail: str = "") -> None:
        """Note a strain."""
        if strain not in self._strains:
            self._observe(strain, True)  # noqa: FBT003 - as told
            waiting = sorted(ORDER[strain].work)
            log.warning("some requests have to wait", strain=strain, detail=detail, waiting=waiting)
        self._strains[strain] = detail

    def end(self, strain: Strain) -> None:
        """Note that a strain is over."""
        if self._strains.pop(strain, None) is not None:
            self._observe(strain, False)  # noqa: FBT003 - as told
            log.info("requests have to wait no longer", strain=strain)

    def refuses(self, work: Work) -> bool:
        """Tell whether something has to wait."""
        return any(work in ORDER[strain].work for strain in self._strains)

    def admit(self, work: Work) -> None:
        """Return if something may be done now.

        Raises:
            Unavailable: It has to wait.
        """
        if not self._strains:
            return
        for strain, refusal in ORDER.items():
            if strain in self._strains and work in refusal.work:
                detail = self._strains[strain]
                # A thousand workers that are told the same would come back in the same second.
                raise Unavailable(
                    f"{refusal.because}{f': {detail}' if detail else ''}. Try again later.",
                    refusal.delay * (1 + self._chance() / 2),
                )
