"""Watches the room on the database's disk, and keeps some of it back.

A file of nothing, the ballast, takes up room as long as there is plenty. When the disk is full it
is removed, and what was refused for lack of room fits: the ends of jobs that run.
"""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from schedy_server.service.pressure import Pressure, Strain

_SHARE = 0.05
# Of a large disk, a twentieth is more than anybody needs to be warned of.
_LARGEST_SHARE = 2**30
# Room has to come back by so much more than what was missed, lest this goes to and fro.
_MARGIN = 1.1
# After a write failed for lack of room, what the system says of the room is not believed so long.
_DOUBT = 3.0  # seconds

log = structlog.get_logger("schedy.disk")


@dataclass(frozen=True, slots=True)
class Room:
    """What there is on a disk, in bytes."""

    free: int
    total: int


def room_on_disk(folder: Path) -> Room:
    """Return what there is on the disk of a folder, for those who are not root."""
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def strain_of(room: Room, *, min_free: int, owed: int, before: Strain | None) -> Strain | None:
    """Return the strain that a disk means.

    Args:
        min_free: What has to be free on any disk.
        owed: What was kept back and is to be kept back again.
        before: The strain so far.
    """
    free = room.free - owed
    low = lowest(room, min_free)
    if free < min_free // 2:
        return Strain.DISK_FULL
    if before is Strain.DISK_FULL and free < min_free // 2 * _MARGIN:
        return Strain.DISK_FULL
    return Strain.DISK_LOW if free < low * (_MARGIN if before else 1.0) else None


def lowest(room: Room, min_free: int) -> int:
    """Return how much has to be free on a disk."""
    return max(min_free, min(int(room.total * _SHARE), _LARGEST_SHARE))


def _identity_of(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class DiskSpace:
    """Watches one disk.

    Args:
        database: The file whose disk it is.
        min_free: How many bytes have to be free for new jobs; with less than half of it, only ends
            of jobs are taken.
        ballast: How many bytes to keep back; 0 for none.
        look: Tells what there is.
        monotonic: Tells the time in seconds.
    """

    def __init__(
        self,
        database: Path,
        pressure: Pressure,
        *,
        min_free: int,
        ballast: int,
        look: Callable[[Path], Room] = room_on_disk,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._identity = _identity_of(database)
        self._folder = database.parent
        self._ballast = Path(f"{database}.ballast")
        self._size = ballast
        self._min_free = min_free
        self._pressure = pressure
        self._look = look
        self._monotonic = monotonic
        self._owed = 0
        self._doubt_until = -1.0
        self._strain: Strain | None = None

    @property
    def lost(self) -> str:
        """What became of the database's file, if it is no longer where it was; else nothing.

        Whoever has it open can go on writing, but nobody would find it there again.
        """
        found = _identity_of(self._database)
        if found == self._identity:
            return ""
        return f"{self._database} was {'replaced' if found else 'moved or removed'}"

    async def watch(self) -> None:
        """Look once, and do what follows."""
        if not self._size:
            self._let_go()  # of a time when some was kept
            self._owed = 0
        try:
            room = self._look(self._folder)
        except OSError as error:
            log.warning("can't tell how full the disk is", error=str(error))
            return
        strain = strain_of(room, min_free=self._min_free, owed=self._owed, before=self._strain)
        if self._monotonic() < self._doubt_until:
            strain = Strain.DISK_FULL
        if strain is Strain.DISK_FULL:
            self._let_go()
        self._become(strain, f"{room.free / 2**20:,.0f} MiB are free")
        if strain is None and self._has_room_for_ballast(room):
            await asyncio.to_thread(self._keep_back)

    def make_room(self) -> bool:
        """Hear that a write failed for lack of room, and tell whether there is some more now."""
        self._doubt_until = self._monotonic() + _DOUBT
        self._become(Strain.DISK_FULL, "nothing could be written")
        return self._let_go()

    def _become(self, strain: Strain | None, detail: str) -> None:
        for each in (Strain.DISK_LOW, Strain.DISK_FULL):
            if each is not strain:
                self._pressure.end(each)
        if strain is not None:
            self._pressure.begin(strain, detail)
        self._strain = strain

    def _has_room_for_ballast(self, room: Room) -> bool:
        if not self._size or self._ballast.exists():
            return False
        return room.free - self._size > lowest(room, self._min_free) * _MARGIN

    def _keep_back(self) -> None:
        unfinished = Path(f"{self._ballast}.unfinished")
        try:
            _take_up(unfinished, self._size)
            unfinished.replace(self._ballast)
        except OSError as error:
            log.warning("can't keep room on the disk back", error=str(error))
            with suppress(OSError):
                unfinished.unlink()
        else:
            self._owed = 0

    def _let_go(self) -> bool:
        try:
            size = self._ballast.stat().st_size
            self._ballast.unlink()
        except OSError:
            return False
        self._owed = size
        log.warning("room on the disk that was kept back is free now", bytes=size)
        return True


def _take_up(file: Path, size: int) -> None:
    with file.open("wb") as opened:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(opened.fileno(), 0, size)
        else:  # on a Mac
            opened.write(bytes(size))
