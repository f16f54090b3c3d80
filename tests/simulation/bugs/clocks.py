"""Bugs in how the time is measured for which workers may keep silent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from schedy_server import app
from schedy_server.service.lease_time import LeaseTime
from schedy_server.storage.ledger import Ledger
from tests.simulation import house

_MICROS = 1_000_000


class _Clock(LeaseTime):
    """Lease time that is read from a clock, whatever happened meanwhile."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock

    def now(self, ledger: Ledger) -> int:
        """Return what the clock says."""
        return self.target()

    def target(self) -> int:
        """Return what the clock says."""
        return round(self._clock() * _MICROS)


def leases_by_the_wall_clock() -> AbstractContextManager[Any]:
    """Leases end at a time of day."""
    create = app.create_app

    def created(settings: Any, storage: Any, *, clock: Any, **more: Any) -> Any:
        lease_time = _Clock(lambda: clock().timestamp())
        with patch.object(app, "LeaseTime", lambda monotonic: lease_time):
            return create(settings, storage, clock=clock, **more)

    return patch.object(house, "create_app", created)


def leases_run_while_the_server_is_down() -> AbstractContextManager[Any]:
    """Leases run on while nobody can hear the workers."""
    return patch.object(app, "LeaseTime", _Clock)
