"""Lease time: for how long the service has been up, as leases measure it.

Wall clocks jump, and servers stand still for an hour; neither makes a worker silent. So leases are
measured by a clock in the database that only advances while a server is up to hear workers: each
server adds the time that passed by its own monotonic clock, ten seconds at most at once. Nothing
reads the wall clock. Several servers never advance it faster than time passes.
"""

import time
from collections.abc import Callable

from schedy_server.storage.ledger import Ledger

_MOST_AT_ONCE = 10.0  # seconds
_MICROS = 1_000_000


class LeaseTime:
    """What this server knows of the lease time, which is kept in the database.

    Args:
        monotonic: Tells the time in seconds, and never jumps.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known = 0
        self._since = monotonic()

    def now(self, ledger: Ledger) -> int:
        """Return the lease time in microseconds: as it is in the database, or later, never earlier.

        It is what deadlines are counted from, and no worker may get less time than it was told. It
        is later by ten seconds at most, lest jobs wait for as long as a server stood still.
        """
        passed = self._monotonic() - self._since
        if passed <= _MOST_AT_ONCE:
            return self._known + round(passed * _MICROS)
        # For so long this server could not let time pass; others may have.
        return ledger.leases.time() + round(_MOST_AT_ONCE * _MICROS)

    def learn(self, lease_time: int) -> None:
        """Take over the lease time that the database has."""
        self._known = lease_time
        self._since = self._monotonic()

    def target(self) -> int:
        """Return to where this server may advance the lease time."""
        passed = min(self._monotonic() - self._since, _MOST_AT_ONCE)
        return self._known + round(passed * _MICROS)


def read_lease_time(ledger: Ledger) -> int:
    """Return the lease time that the database has."""
    return ledger.leases.time()
