"""Which process this is: what a parent process has open is not its child's to use."""

import os
from dataclasses import dataclass, field


@dataclass(slots=True)
class Forks:
    """Counts how often the process was forked on the way here.

    Attributes:
        inherited: What was open in a parent. It is kept: tidying it up could wait for ever for a
            lock that another thread of the parent held in that moment.
    """

    count: int = 0
    inherited: list[object] = field(default_factory=list)

    def note(self) -> None:
        """Be told, in the child, that there was one."""
        self.count += 1


forks = Forks()

if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=forks.note)
