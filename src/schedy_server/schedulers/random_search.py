"""Random search: independent draws, for ever."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from schedy.random import Distribution
from schedy_server.schedulers.protocol import EmptyView, Proposal, View


@dataclass(frozen=True, slots=True)
class RandomSearch:
    """Samples each hyperparameter on its own, in the order of the definition."""

    NAME: ClassVar[str] = "RandomSearch"
    uses_history: ClassVar[bool] = False

    distributions: Mapping[str, Distribution]

    @property
    def objective(self) -> None:
        return None

    def new_view(self) -> EmptyView:
        return EmptyView()

    def propose(self, view: View, rng: random.Random) -> Proposal:
        return Proposal(draw(self.distributions, rng), origin={"scheduler": self.NAME})

    def to_wire(self) -> Mapping[str, Any]:
        return {self.NAME: {name: each.to_wire() for name, each in self.distributions.items()}}


def draw(distributions: Mapping[str, Distribution], rng: random.Random) -> dict[str, Any]:
    """Return one sample of each, in their order."""
    return {name: each.sample(rng) for name, each in distributions.items()}
