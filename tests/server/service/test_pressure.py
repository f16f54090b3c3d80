"""What is refused under which strain, and in which order things begin and end."""

from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.errors import Unavailable
from schedy_server.service import load
from schedy_server.service.disk_space import DiskSpace, Room, lowest, strain_of
from schedy_server.service.pressure import ORDER, Pressure, Strain, Work
from tests.docs.pages import DOCS

MIB = 2**20
LARGE, SMALL = 10_000_000 * MIB, 500 * MIB


def test_the_end_of_a_job_is_never_refused() -> None:
    pressure = Pressure()
    for strain in Strain:
        pressure.begin(strain)
    pressure.admit(Work.END)
    assert not pressure.refuses(Work.END)


@pytest.mark.parametrize("strain", Strain)
def test_claims_are_the_first_to_wait(strain: Strain) -> None:
    pressure = Pressure()
    pressure.begin(strain)
    with pytest.raises(Unavailable):
        pressure.admit(Work.CLAIM)


@pytest.mark.parametrize("strain", Strain)
def test_old_clients_live_long_enough_on_what_they_are_told(strain: Strain) -> None:
    assert timedelta(seconds=5) <= ORDER[strain].delay <= timedelta(seconds=80)


def test_every_strain_has_its_place() -> None:
    assert set(ORDER) == set(Strain)


def test_every_strain_is_documented() -> None:
    page = (DOCS / "howto" / "in-trouble.md").read_text("utf-8")
    assert not [strain for strain in Strain if f"| `{strain}` |" not in page]


def test_the_worst_strain_is_what_is_told() -> None:
    pressure = Pressure(chance=lambda: 0.5)
    pressure.begin(Strain.MAINTENANCE, "back at noon")
    with pytest.raises(Unavailable, match="no jobs for now: back at noon") as refused:
        pressure.admit(Work.CLAIM)
    assert refused.value.delay == timedelta(seconds=75)
    pressure.begin(Strain.DISK_FULL)
    with pytest.raises(Unavailable, match="disk is full"):
        pressure.admit(Work.CLAIM)


def test_a_strain_is_told_when_it_begins_and_when_it_ends() -> None:
    seen: list[tuple[Strain, bool]] = []
    pressure = Pressure(lambda *change: seen.append(change))
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            pressure.begin(Strain.BUSY)
        for _ in range(2):
            pressure.end(Strain.BUSY)
    assert seen == [(Strain.BUSY, True), (Strain.BUSY, False)]
    assert [line["log_level"] for line in lines] == ["warning", "info"]


@pytest.mark.parametrize(
    ("free", "total", "strain"),
    [
        (100, 500, None),
        (63, 500, Strain.DISK_LOW),
        (32, 500, Strain.DISK_LOW),
        (31, 500, Strain.DISK_FULL),
        (0, 500, Strain.DISK_FULL),
        (490, 10_000, Strain.DISK_LOW),
        (510, 10_000, None),
        (1100, 10_000_000, None),
        (1000, 10_000_000, Strain.DISK_LOW),
    ],
)
def test_room_is_judged_by_what_is_free_of_how_much(
    free: int, total: int, strain: Strain | None
) -> None:
    room = Room(free * MIB, total * MIB)
    assert strain_of(room, min_free=64 * MIB, owed=0, before=None) is strain


def test_what_was_let_go_is_no_room() -> None:
    room = Room(90 * MIB, SMALL)
    assert strain_of(room, min_free=64 * MIB, owed=64 * MIB, before=None) is Strain.DISK_FULL


@given(free=st.integers(0, 2000), before=st.sampled_from([None, *list(Strain)[1:3]]))
def test_it_never_gets_worse_with_more_room(free: int, before: Strain | None) -> None:
    order = [Strain.DISK_FULL, Strain.DISK_LOW, None]
    less, more = (
        strain_of(Room(each * MIB, 5000 * MIB), min_free=64 * MIB, owed=0, before=before)
        for each in (free, free + 1)
    )
    assert order.index(less) <= order.index(more)


def test_a_strain_ends_only_with_room_to_spare() -> None:
    room = Room(66 * MIB, SMALL)
    for before, after in ((None, None), (Strain.DISK_LOW, Strain.DISK_LOW)):
        assert strain_of(room, min_free=64 * MIB, owed=0, before=before) is after
    assert lowest(Room(0, LARGE), 64 * MIB) == 2**30


class Disk:
    """A disk that is as full as the test says, and a clock."""

    def __init__(self, folder: Path, *, ballast: int = 4) -> None:
        self.free = 1000
        self.now = 0.0
        self.pressure = Pressure()
        self.file = folder / "schedy.db.ballast"
        self.space = DiskSpace(
            folder / "schedy.db",
            self.pressure,
            min_free=64 * MIB,
            ballast=ballast * MIB,
            look=lambda _: Room(self.free * MIB, 1000 * MIB),
            monotonic=lambda: self.now,
        )

    async def watch(self, *, free: int) -> set[Strain]:
        self.free = free
        await self.space.watch()
        return set(self.pressure.strains)


async def test_ballast_is_made_where_there_is_room(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    await disk.watch(free=65)
    assert not disk.file.exists()
    await disk.watch(free=500)
    assert disk.file.stat().st_size == 4 * MIB


async def test_ballast_is_let_go_when_the_disk_is_full_and_made_again(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    await disk.watch(free=500)
    assert await disk.watch(free=40) == {Strain.DISK_LOW}
    assert disk.file.exists()
    assert await disk.watch(free=20) == {Strain.DISK_FULL}
    assert not disk.file.exists()
    assert await disk.watch(free=500) == set()
    assert disk.file.exists()


async def test_no_ballast_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "schedy.db.ballast").write_bytes(b"of before")
    disk = Disk(tmp_path, ballast=0)
    await disk.watch(free=500)
    assert not disk.file.exists()


async def test_after_a_failed_write_the_systems_word_is_doubted_for_a_moment(
    tmp_path: Path,
) -> None:
    disk = Disk(tmp_path)
    await disk.watch(free=500)
    assert [disk.space.make_room(), disk.space.make_room()] == [True, False]
    assert await disk.watch(free=500) == {Strain.DISK_FULL}
    disk.now += 4
    assert await disk.watch(free=500) == set()


async def test_a_disk_that_cannot_be_asked_changes_nothing(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    await disk.watch(free=40)

    def fail(_: Path) -> Room:
        raise OSError("gone")

    disk.space._look = fail
    await disk.space.watch()
    assert set(disk.pressure.strains) == {Strain.DISK_LOW}


def test_long_waits_are_a_strain_that_ends_only_when_they_are_much_shorter() -> None:
    strain: Strain | None = None
    seen = []
    for delay in (0.1, 2.5, 1.5, 0.5, 7, 4, 2.5, 1.5, 0.9):
        strain = load.strain_of(delay, strain)
        seen.append(strain)
    busy, overloaded = Strain.BUSY, Strain.OVERLOADED
    assert seen == [None, busy, busy, None, overloaded, overloaded, busy, busy, None]
