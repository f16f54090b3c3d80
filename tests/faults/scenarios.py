"""The acceptance plan of faults, on one page."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.faults import clocks, elsewhere, moves
from tests.faults.backups import backups, restores
from tests.faults.chaos import chaos, impatient
from tests.faults.database_faults import ambiguous_commits, restarts
from tests.faults.disks import disk_errors, full_disks
from tests.faults.kills import failpoints, kills
from tests.faults.outages import results_in_hand
from tests.faults.plan import Plan, Report
from tests.faults.powercut import careless, power_cuts
from tests.faults.replicas import replicas
from tests.faults.silence import deaths, partitions, preemptions, zombies
from tests.simulation.many import simulation

_BOTH = ("sqlite", "postgres")
_SQLITE = ("sqlite",)
_POSTGRES = ("postgres",)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that befalls the service.

    Attributes:
        needs: Programs of the system without which it can't be played.
        missing: Returns what else is missing, or None.
    """

    id: str
    name: str
    play: Callable[[Plan], Report]
    databases: tuple[str, ...] = _BOTH
    needs: tuple[str, ...] = ()
    missing: Callable[[], str | None] = lambda: None

    def lacks(self) -> str | None:
        """Return what of the system is missing, or None."""
        missing = [program for program in self.needs if shutil.which(program) is None]
        return f"there is no {', no '.join(missing)} here" if missing else self.missing()


SCENARIOS = (
    Scenario("A04", "simulation", simulation),
    Scenario("A05", "kill, socket held", partial(kills, held=True)),
    Scenario("A05", "kill, socket gone", partial(kills, held=False)),
    Scenario("A05", "failpoints", failpoints),
    Scenario("A06", "power cuts", power_cuts, _SQLITE, ("strace",)),
    Scenario("A06", "control", partial(careless, synchronous="NORMAL"), _SQLITE, ("strace",)),
    Scenario("A06", "control", partial(careless, synchronous="OFF"), _SQLITE, ("strace",)),
    Scenario("A07", "disk errors", disk_errors, _SQLITE, ("strace",)),
    Scenario("A07", "full disks", full_disks, _SQLITE, ("strace",)),
    Scenario("A08", "restarts", restarts, _POSTGRES),
    Scenario("A08", "ambiguous commits", ambiguous_commits, _POSTGRES),
    Scenario("A09", "replicas", replicas, _POSTGRES),
    Scenario("A10", "chaos, old client", partial(chaos, old=True)),
    Scenario("A10", "chaos, new client", partial(chaos, old=False)),
    Scenario("A10", "chaos, impatient client", impatient),
    Scenario("A11", "zombies", zombies),
    Scenario("A11", "deaths", deaths),
    Scenario("A11", "results in hand", results_in_hand),
    Scenario("A11", "preemptions", preemptions),
    Scenario("A11", "partitions", partitions, missing=elsewhere.lacks),
    Scenario("A12", "downtimes", clocks.downtimes),
    Scenario("A12", "deafness", clocks.deafness),
    Scenario("A12", "jumps", clocks.jumps, missing=clocks.lacks),
    Scenario("A12", "summer ends", clocks.summer_ends, _SQLITE, missing=clocks.lacks),
    Scenario("A13", "restarts", moves.restarts_in_order),
    Scenario("A13", "upgrade", moves.upgrade, missing=moves.lacks_older),
    Scenario("A13", "move", moves.move_to_postgres, _SQLITE),
    Scenario("A22", "backups", backups, _SQLITE),
    Scenario("A22", "restores", restores, _SQLITE),
)
