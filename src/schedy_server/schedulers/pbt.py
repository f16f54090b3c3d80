"""Population-based training: many trainings at once, of which the bad ones copy the good ones.

After arXiv 1711.09846, asynchronous: there are no rounds, and nobody waits for the slowest.
`population` tells what a member is; here is decided how it goes on.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from schedy.pbt import Exploit, Explore
from schedy.random import Distribution
from schedy_server.model.experiments import Objective
from schedy_server.model.jobs import PastJob, Status
from schedy_server.schedulers.members import Member
from schedy_server.schedulers.origin import SCHEDULER, Origin, parent_of
from schedy_server.schedulers.population import Population
from schedy_server.schedulers.protocol import Proposal, Verdict, View
from schedy_server.schedulers.random_search import draw


@dataclass(frozen=True, slots=True)
class PBT:
    """Continues the member that waited longest, and replaces it if it is among the worst.

    A member whose job crashed starts it again; after three crashes in a row it is replaced, as is
    one whose job was pruned. To be replaced is to copy one of the best, or, while no other member
    has a result, to start from `init` again.

    Attributes:
        objective: Which result tells the good from the bad.
        exploit: Who is replaced, and by whom.
        explore: How the hyperparameters of a copy are varied. A member that goes on by itself
            keeps its own, as in the paper.
        init: Where the first hyperparameters of a member come from.
        population_size: How many members there are, those added by hand included; the others
            are drawn from `init`. If None, the population is what was added by hand, and `init`
            serves for replacing, for bounds and for sampling anew.
        max_generations: How many jobs each member brings to an end, the first included.
    """

    NAME: ClassVar[str] = SCHEDULER
    uses_history: ClassVar[bool] = True

    objective: Objective
    exploit: Exploit
    explore: Mapping[str, Explore]
    init: Mapping[str, Distribution]
    population_size: int | None
    max_generations: int | None

    def new_view(self) -> Population:
        return Population(self.objective, self.max_generations)

    def propose(self, view: View, rng: random.Random) -> Proposal | Verdict:
        if not isinstance(view, Population):
            raise TypeError("a population-based training looks at a population")
        if self.init and view.size < (self.population_size or 0):
            return self._first(view, rng)
        member = self._next_member(view)
        if member is not None:
            return self._next_job(view, member, rng)
        return Verdict.EXHAUSTED if view.is_complete else Verdict.WAIT

    def to_wire(self) -> Mapping[str, Any]:
        optional = {
            "explore": {name: each.to_wire() for name, each in self.explore.items()},
            "init": {name: each.to_wire() for name, each in self.init.items()},
            "numParallel": self.population_size,
            "maxGenerations": self.max_generations,
            "max_generations": self.max_generations,  # what the client of 2018 reads
        }
        return {
            self.NAME: {
                "objective": self.objective.direction.value,
                "qualityResultName": self.objective.result,
                "exploit": self.exploit.to_wire(),
                **{name: content for name, content in optional.items() if content},
            }
        }

    def _next_member(self, population: Population) -> Member | None:
        """Return who waited longest, passing over those who can't go on."""
        replaceable = (
            member
            for member in population.failing()
            if self.init or population.best(1, without=member)
        )
        first = [*islice(population.waiting(), 1), *islice(replaceable, 1)]
        return min(first, key=lambda member: member.age or (0.0, 0), default=None)

    def _next_job(self, population: Population, member: Member, rng: random.Random) -> Proposal:
        """Return how a member goes on."""
        last = population.last(member)
        if last.status is Status.CRASHED and not member.keeps_crashing:
            return restart(last, population)
        share = self._share(population)
        failed = last.status is not Status.DONE
        if failed or population.is_among_worst(member, share, rng):
            if best := population.best(max(share, 1), without=member):
                return self._copy(best[int(rng.random() * len(best))], last, rng)
            if failed and self.init:
                return self._redraw(last, rng)
        origin = Origin.after(last, "continue", parent=last)
        return Proposal(last.hyperparameters, origin.noted(), last.results)

    def _share(self, population: Population) -> int:
        """Return how many members are the worst, and how many the best.

        A small population has at least one of each, but not before all of it can be compared.
        """
        share = self.exploit.share(population.rated)
        return max(share, 1) if 1 < population.rated == population.size else share

    def _first(self, population: Population, rng: random.Random) -> Proposal:
        """Return the first job of a new member."""
        origin = Origin(member=population.next_key, generation=0, event="initial")
        return Proposal(draw(self.init, rng), origin.noted())

    def _copy(self, parent: PastJob, last: PastJob, rng: random.Random) -> Proposal:
        """Return a copy of a better member's job, its hyperparameters varied."""
        varied = {
            name: strategy.apply(parent.hyperparameters[name], rng, within=self.init.get(name))
            for name, strategy in self.explore.items()
            if name in parent.hyperparameters
        }
        origin = Origin.after(last, "exploit", parent=parent)
        return Proposal({**parent.hyperparameters, **varied}, origin.noted(), parent.results)

    def _redraw(self, last: PastJob, rng: random.Random) -> Proposal:
        """Return a job with fresh hyperparameters, as far as they can be drawn; no results."""
        fresh = draw(self.init, rng)
        return Proposal({**last.hyperparameters, **fresh}, Origin.after(last, "redraw").noted())


def restart(crashed: PastJob, population: Population) -> Proposal:
    """Return the same job again: it finds what the crashed one found at its start.

    What the crashed one has written into its results is not part of that; it might be the path
    of half-written weights. Only where nobody knows any more what they were, they stay.
    """
    if crashed.origin is None:
        origin = Origin.after(crashed, "restart", parent=crashed)
        return Proposal(crashed.hyperparameters, origin.noted(), crashed.results)
    parent = parent_of(crashed)
    results = {} if parent is None else (population.job(parent) or crashed).results
    return Proposal(crashed.hyperparameters, {**crashed.origin, "event": "restart"}, results)
