"""Forgets what nobody may ask for any more, so that the database does not grow without end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from schedy_server.service import throttle
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage

# For how long a request with an idempotency key may be repeated; longer than any client tries.
ANSWERS_KEPT = timedelta(days=7)

_PAUSE = 3600.0  # seconds


class Housekeeping:
    """Tidies up when the server starts, and every hour.

    Args:
        clock: Tells the time.
    """

    def __init__(self, storage: Storage, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def tidy(self) -> None:
        """Forget once what has become old by now."""
        now = self._clock()
        await self._storage.write(lambda ledger: forget_old(ledger, now), bulky=True)

    async def run(self) -> None:
        """Tidy up until cancelled."""
        while True:
            with suppress(DatabaseFailed):  # whoever needs the database now will say so
                await self.tidy()
            await asyncio.sleep(_PAUSE)


def forget_old(ledger: Ledger, now: datetime) -> None:
    """Drop old answers to repeated requests, sessions and set-up links that ended, old failures."""
    ledger.notes.forget_answers(now - ANSWERS_KEPT)
    ledger.accounts.forget(now=now, failures_before=now - throttle.MEMORY)
