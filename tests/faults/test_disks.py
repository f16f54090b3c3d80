"""Disks that fail or fill up, under load; tests/operations looks closer at what the server does."""

from pathlib import Path

import pytest

from tests.faults.disks import disk_errors, full_disks
from tests.faults.plan import Plan
from tests.faults.scenarios import SCENARIOS

pytestmark = pytest.mark.faults
_LACKS = next(each for each in SCENARIOS if each.id == "A07").lacks()


@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
def test_a_disk_that_fails_loses_nothing(tmp_path: Path) -> None:
    report = disk_errors(Plan(tmp_path, scale=0.04))
    assert not report.violations
    assert report.injected.total() >= 2


# After that, clients are told to wait for half a minute.
@pytest.mark.long
@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    assert not full_disks(Plan(tmp_path, scale=0.1)).violations
