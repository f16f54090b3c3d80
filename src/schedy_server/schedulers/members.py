"""Members of a population: lines of jobs, each of which trains on from a parent.

The parent is the member's own previous job, or that of a better member.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from schedy_server.model.jobs import PastJob, Status
from schedy_server.schedulers.origin import generation_of

PATIENCE = 3  # crashes in a row that a member may have before it is replaced

# When a job ended, and its number: the oldest comes first.
Age: TypeAlias = tuple[float, int]
# Whether a result is usable, how good it is, and its age: the worst comes first, and what can't be
# used before that.
Rank: TypeAlias = tuple[bool, float, float, int]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a job stands in its line; a job that crashed is followed by one of its generation."""

    generation: int
    number: int


@dataclass(slots=True)
class Member:
    """A line of jobs.

    Attributes:
        key: Its name; no other member has it.
        places: Those of all its jobs, in order.
        ended: Those of its jobs that came to an end, DONE or PRUNED.
        age: That of its last job, while the member waits to be continued.
        keeps_crashing: Whether it waits because its last jobs all crashed, and needs help.
        rank: That of its latest result, if it has one.
    """

    key: int
    places: list[Place] = field(default_factory=list)
    ended: list[Place] = field(default_factory=list)
    age: Age | None = None
    keeps_crashing: bool = False
    rank: Rank | None = None

    def add(self, job: PastJob) -> None:
        """Take in a job."""
        insort(self.places, place_of(job))
        if job.status in {Status.DONE, Status.PRUNED}:
            insort(self.ended, place_of(job))

    def discard(self, job: PastJob) -> None:
        """Forget a job."""
        discard(self.places, place_of(job))
        discard(self.ended, place_of(job))

    def has_reached(self, max_generations: int | None) -> bool:
        """Tell whether so many generations came to their end."""
        if max_generations is None or not self.ended:
            return False
        return self.ended[-1].generation + 1 >= max_generations


def place_of(job: PastJob) -> Place:
    """Return where a job stands in its line."""
    return Place(generation_of(job), job.number)


def age_of(job: PastJob) -> Age:
    """Return when a job ended, as something that can be compared."""
    return (job.finished.timestamp() if job.finished else float("-inf"), job.number)


def discard(ordered: list[Any], item: Any) -> None:
    """Take an item out of a sorted list, if it is there."""
    at = bisect_left(ordered, item)
    if at < len(ordered) and ordered[at] == item:
        del ordered[at]
