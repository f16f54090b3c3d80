"""Watches how long requests have to wait, which is what too many of them come to.

Every now and then a transaction of nothing goes the way of all others, and the event loop is asked
for the time. What these wait for, everybody waits for.
"""

import asyncio

from schedy_server.service.pressure import Pressure, Strain
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage

_BUSY = 2.0  # seconds that a request waits
_OVERLOADED = 6.0
# It has to get this much better than it was bad, lest this goes to and fro.
_BETTER = 0.5


def strain_of(delay: float, before: Strain | None) -> Strain | None:
    """Return the strain that a delay means.

    Args:
        delay: How many seconds a request waits before it is its turn.
        before: The strain so far.
    """
    if delay > _OVERLOADED or (before is Strain.OVERLOADED and delay > _OVERLOADED * _BETTER):
        return Strain.OVERLOADED
    if delay > _BUSY or (before is not None and delay > _BUSY * _BETTER):
        return Strain.BUSY
    return None


class Load:
    """Measures how long requests wait.

    Attributes:
        delay: How many seconds, at the last look.
    """

    def __init__(self, storage: Storage, pressure: Pressure) -> None:
        self._storage = storage
        self._pressure = pressure
        self._strain: Strain | None = None
        self._probe: asyncio.Task[None] | None = None
        self._sent = 0.0
        self._took = 0.0
        self.delay = 0.0

    async def watch(self, pause: float) -> None:
        """Let some seconds pass, and judge by what happens meanwhile."""
        loop = asyncio.get_running_loop()
        if self._probe is None or self._probe.done():
            self._sent = loop.time()
            self._probe = loop.create_task(self._send_probe())
        began = loop.time()
        await asyncio.sleep(pause)
        lag = loop.time() - began - pause
        waits = self._took if self._probe.done() else loop.time() - self._sent
        self.delay = max(lag, waits)
        self._become(strain_of(self.delay, self._strain))

    def close(self) -> None:
        """Forget the transaction that is on its way."""
        if self._probe is not None:
            self._probe.cancel()

    async def _send_probe(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._storage.write(_nothing)
        except DatabaseFailed:  # that is no load; whoever needs the database will say so
            self._took = 0.0
        else:
            self._took = loop.time() - self._sent

    def _become(self, strain: Strain | None) -> None:
        for each in (Strain.BUSY, Strain.OVERLOADED):
            if each is not strain:
                self._pressure.end(each)
        if strain is not None:
            self._pressure.begin(strain)
        self._strain = strain


def _nothing(ledger: Ledger) -> None:
    pass
