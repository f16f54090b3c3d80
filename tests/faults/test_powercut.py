"""A power cut takes nothing that was confirmed; and the test of that would notice if it did."""

import random
from pathlib import Path

import pytest

from tests.faults.plan import Plan
from tests.faults.powercut import Disk, Op, Recording, careless, parse, power_cuts
from tests.faults.scenarios import SCENARIOS

pytestmark = pytest.mark.faults

_LACKS = next(each for each in SCENARIOS if each.id == "A06").lacks()
needs_strace = pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))


@needs_strace
def test_a_power_cut_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    report = power_cuts(Plan(tmp_path, scale=0.1))
    assert not report.violations
    assert report.injected["power cut"] == 100


@needs_strace
@pytest.mark.parametrize("synchronous", ["NORMAL", pytest.param("OFF", marks=pytest.mark.long)])
def test_a_server_that_syncs_too_little_is_found_out(tmp_path: Path, synchronous: str) -> None:
    report = careless(Plan(tmp_path, scale=0.1), synchronous)
    assert not report.violations
    assert report.reached["detected"]


OPS = [Op("write", "f", 0, b"a" * 512), Op("sync", "f"), Op("write", "f", 512, b"b" * 512)]


@pytest.mark.parametrize("seed", range(20))
def test_what_was_synced_is_on_every_disk(seed: int) -> None:
    disk = Recording(OPS, Disk()).disk_at(3, random.Random(seed))
    assert bytes(disk.files["f"]) in {b"a" * 512, b"a" * 512 + b"b" * 512}


def test_what_was_not_synced_may_be_missing_or_there() -> None:
    sizes = {len(Recording(OPS, Disk()).disk_at(3, random.Random(n)).files["f"]) for n in range(50)}
    assert sizes == {512, 1024}


def test_a_recording_of_several_threads_is_read_in_order(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = f"{tmp_path}/schedy.db"
    trace.write_text(
        f'7 pwrite64(3<{path}>, "\\x61", 1, 0) = 1\n'
        f"7 fdatasync(3<{path}> <unfinished ...>\n"
        f'8 write(5<{tmp_path}/acks>, "\\x41\\x43\\x4b\\x20\\x31\\x20\\x32", 7) = 7\n'
        "7 <... fdatasync resumed>)        = 0\n"
        f'7 pwrite64(3<{path}>, "\\x62", 1, 0) = -1 ENOSPC (No space left on device)\n'
    )
    kinds = [(op.kind, op.data) for op in parse(trace, tmp_path)]
    assert kinds == [("write", b"a"), ("ack", b"ACK 1 2"), ("sync", b"")]
