"""Looks every second for what strains the server."""

from collections.abc import Callable
from contextlib import suppress

from schedy_server.service import maintenance
from schedy_server.service.disk_space import DiskSpace
from schedy_server.service.load import Load
from schedy_server.service.pressure import Pressure, Strain
from schedy_server.storage.session import DatabaseBroken, DatabaseFailed
from schedy_server.storage.storage import Storage

_PAUSE = 1.0  # seconds


class Watch:
    """Keeps the pressure up to date.

    Args:
        disk: None where the disk is not this machine's.
        observe: Told how many seconds requests wait.
    """

    def __init__(
        self,
        storage: Storage,
        pressure: Pressure,
        *,
        disk: DiskSpace | None,
        observe: Callable[[float], None] = lambda delay: None,
    ) -> None:
        self._storage = storage
        self._pressure = pressure
        self._disk = disk
        self._observe = observe

    async def run(self) -> None:
        """Look until cancelled."""
        load = Load(self._storage, self._pressure)
        try:
            while True:
                await self.look()
                await load.watch(_PAUSE)
                self._observe(load.delay)
        finally:
            load.close()

    async def look(self) -> None:
        """Look once for what does not take time to see."""
        if self._disk is not None:
            if lost := self._disk.lost:
                self._storage.give_up(DatabaseBroken(lost))
            await self._disk.watch()
        with suppress(DatabaseFailed):  # whoever needs the database now will say so
            found = await self._storage.read(maintenance.current)
            if found is None:
                self._pressure.end(Strain.MAINTENANCE)
            else:
                self._pressure.begin(Strain.MAINTENANCE, found.message)

    def make_room(self) -> bool:
        """Hear that a write failed for lack of room, and tell whether there is some more now."""
        return self._disk is not None and self._disk.make_room()
