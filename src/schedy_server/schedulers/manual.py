"""Manual search: jobs come from people."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from schedy_server.schedulers.protocol import EmptyView, Verdict, View


@dataclass(frozen=True, slots=True)
class Manual:
    """Proposes nothing; there is only the queue."""

    NAME: ClassVar[str] = "Manual"
    uses_history: ClassVar[bool] = False

    @property
    def objective(self) -> None:
        return None

    def new_view(self) -> EmptyView:
        return EmptyView()

    def propose(self, view: View, rng: random.Random) -> Verdict:
        return Verdict.WAIT

    def to_wire(self) -> Mapping[str, Any]:
        return {self.NAME: None}
