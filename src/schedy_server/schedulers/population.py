"""The population of a population-based training, as its jobs tell.

It is a function of the jobs that exist, in whatever order they are told. A deleted job leaves its
line as if it had never been: the one before it is the last again and may be continued once more,
and a member without jobs is gone. All that a decision asks for is kept sorted, so that no
decision walks through the history.
"""

import math
import random
from bisect import bisect_left, insort
from collections.abc import Iterator

from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import PastJob, Status
from schedy_server.schedulers.members import PATIENCE, Age, Member, Rank, age_of, discard
from schedy_server.schedulers.origin import belongs, member_of


class Population:
    """All members: those who wait by their age, and all results by their rank."""

    def __init__(self, objective: Objective, max_generations: int | None) -> None:
        self._objective = objective
        self._max_generations = max_generations
        self._jobs: dict[int, PastJob] = {}
        self._members: dict[int, Member] = {}
        self._numbers: list[int] = []
        self._waiting: list[Age] = []
        self._failing: list[Age] = []
        self._ranks: list[Rank] = []
        self._complete: set[int] = set()

    def update(self, job: PastJob) -> None:
        """Take in a new job, or the newer state of a known one."""
        self.remove(job.number)
        if not belongs(job):
            return
        key = member_of(job)
        member = self._members.setdefault(key, Member(key))
        self._withdraw(member)
        self._jobs[job.number] = job
        insort(self._numbers, job.number)
        member.add(job)
        self._enter(member)

    def remove(self, number: int) -> None:
        """Forget a job; an unknown one is none of its business."""
        job = self._jobs.pop(number, None)
        if job is None:
            return
        member = self._members[member_of(job)]
        self._withdraw(member)
        discard(self._numbers, number)
        member.discard(job)
        if member.places:
            self._enter(member)
        else:
            del self._members[member.key]

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self._members)

    @property
    def rated(self) -> int:
        """How many members have come to a result, even one that can't be ranked."""
        return len(self._ranks)

    @property
    def is_complete(self) -> bool:
        """Whether every member has reached the last generation, and none is still working."""
        return self.size > 0 and len(self._complete) == self.size

    @property
    def next_key(self) -> int:
        """A key for a new member that no other has, nor will get from a job added by hand."""
        # No member's key exceeds the number of any of its jobs.
        return 1 + max(self._numbers[-1:], default=0)

    def job(self, number: int) -> PastJob | None:
        """Return a job by its number, if it exists."""
        return self._jobs.get(number)

    def last(self, member: Member) -> PastJob:
        """Return the last job of a member."""
        return self._jobs[member.places[-1].number]

    def waiting(self) -> Iterator[Member]:
        """Yield those who wait to be continued, who waited longest first."""
        return (self._member(number) for _, number in self._waiting)

    def failing(self) -> Iterator[Member]:
        """Yield those who wait but crash again and again, who waited longest first."""
        return (self._member(number) for _, number in self._failing)

    def is_among_worst(self, member: Member, count: int, rng: random.Random) -> bool:
        """Tell whether a member's latest result is among so many of the worst.

        Equals are in random order. In any fixed one, two that take turns might never compare as
        worse, and explore nothing; and if the one that asks came last, all would be replaced
        for as long as no result differs from the others.
        """
        if member.rank is None:
            return False
        usable, quality, *_ = member.rank
        worse = bisect_left(self._ranks, (usable, quality))
        equal = bisect_left(self._ranks, (usable, quality, math.inf)) - worse
        return worse + int(rng.random() * equal) < count

    def best(self, count: int, *, without: Member) -> list[PastJob]:
        """Return the latest jobs of so many of the best other members, or of fewer.

        A result that can't be ranked is never among them.
        """
        others = [rank for rank in self._ranks[-count - 1 :] if rank != without.rank and rank[0]]
        return [self._jobs[number] for *_, number in others[-count:]]

    def _member(self, number: int) -> Member:
        return self._members[member_of(self._jobs[number])]

    def _withdraw(self, member: Member) -> None:
        """Take a member out of all orders, before its jobs change."""
        if member.age is not None:
            discard(self._waiting, member.age)
            discard(self._failing, member.age)
        if member.rank is not None:
            discard(self._ranks, member.rank)
        self._complete.discard(member.key)
        member.age = member.rank = None

    def _enter(self, member: Member) -> None:
        """Sort a member in again."""
        if member.ended:
            member.rank = self._rank(self._jobs[member.ended[-1].number])
            insort(self._ranks, member.rank)
        last = self.last(member)
        if not last.status.is_final:
            return
        if member.has_reached(self._max_generations):
            self._complete.add(member.key)
            return
        member.age = age_of(last)
        member.keeps_crashing = self._has_only_crashed(member)
        insort(self._failing if member.keeps_crashing else self._waiting, member.age)

    def _has_only_crashed(self, member: Member) -> bool:
        jobs = [self._jobs[place.number] for place in member.places[-PATIENCE:]]
        return len(jobs) == PATIENCE and all(job.status is Status.CRASHED for job in jobs)

    def _rank(self, job: PastJob) -> Rank:
        quality = self._objective.quality(job.results) if job.status is Status.DONE else None
        if quality is None:
            return (False, 0.0, *age_of(job))
        sign = 1 if self._objective.direction is Direction.MAX else -1
        return (True, sign * quality, *age_of(job))
