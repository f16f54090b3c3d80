"""Which queued jobs were shown to somebody a moment ago.

Old clients take a job in two requests: they look at the next one, then start it. Between the two
the job is reserved, as a hint that keeps others from running for the same one. Nothing depends on
it: starting a job is decided by its version alone. So it is kept in memory, per process.
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

_HELD_FOR = timedelta(seconds=15)
_SWEEP_AT = 10_000


class Reservations:
    """Until when each job is held for whoever was shown it."""

    def __init__(self) -> None:
        self._until: dict[tuple[int, int], datetime] = {}
        self._lock = threading.Lock()

    def first_free(self, experiment_key: int, numbers: Sequence[int], now: datetime) -> int | None:
        """Return the first of these jobs that nobody holds, and hold it; None if all are held."""
        with self._lock:
            for number in numbers:
                until = self._until.get((experiment_key, number), now)
                # A clock that was set back must not hold jobs for longer than that.
                if until <= now or until > now + _HELD_FOR:
                    self._hold(experiment_key, number, now)
                    return number
        return None

    def hold(self, experiment_key: int, number: int, now: datetime) -> None:
        """Hold a job."""
        with self._lock:
            self._hold(experiment_key, number, now)

    def _hold(self, experiment_key: int, number: int, now: datetime) -> None:
        if len(self._until) >= _SWEEP_AT:
            self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[(experiment_key, number)] = now + _HELD_FOR
