"""Forgets what nobody may ask for any more, so that the database does not grow without end."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedy_server.service import posts, throttle
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage
from schedy_server.storage.times import from_micros, to_micros

_PAUSE = 3600.0  # seconds
_SEEN = "time_seen"
_PACE = 2


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is of use for a while is kept. Jobs and their history are kept for ever.

    Attributes:
        answers: Those to requests with an idempotency key, which may be repeated so long.
        refused: Results that could not be applied.
    """

    answers: timedelta = timedelta(days=7)
    refused: timedelta = timedelta(days=30)


class Housekeeping:
    """Tidies up when the server starts, and every hour.

    Args:
        clock: Tells the time.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Callable[[], datetime],
        retention: Retention = Retention(),
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._retention = retention

    async def tidy(self) -> None:
        """Forget once what has become old by now."""
        now = self._clock()
        await self._storage.write(
            lambda ledger: forget_old(ledger, borne_out(ledger, now), self._retention), bulky=True
        )

    async def run(self) -> None:
        """Tidy up until cancelled."""
        while True:
            with suppress(DatabaseFailed):  # whoever needs the database now will say so
                await self.tidy()
            await asyncio.sleep(_PAUSE)


def borne_out(ledger: Ledger, now: datetime) -> datetime:
    """Return the time as far as servers were up to see it pass, and remember it.

    A clock that is put forward by a month must not cost anybody the results of yesterday. Since the
    last time, at most twice as much has passed as servers were up; twice, so that what they were
    down is caught up with.
    """
    up = ledger.leases.time()
    if before := ledger.notes.setting(_SEEN):
        then, was_up = json.loads(before)
        seen = from_micros(then) + _PACE * timedelta(microseconds=max(0, up - was_up))
        now = min(now, seen)
    ledger.notes.set_setting(_SEEN, json.dumps([to_micros(now), up]))
    return now


def forget_old(ledger: Ledger, now: datetime, retention: Retention) -> None:
    """Drop old requests and their answers, sessions and set-up links that ended, old failures."""
    ledger.notes.forget_answers(now - retention.answers)
    ledger.notes.forget_refused(now - retention.refused)
    ledger.posts.forget_old(now - posts.KEPT)
    ledger.accounts.forget(now=now, failures_before=now - throttle.MEMORY)
