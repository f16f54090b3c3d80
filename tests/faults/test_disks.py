"""Disks that fail or fill up, under load; tests/operations looks closer at what the server does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.disks import disk_errors, full_disks
from tests.faults.plan import Plan, Report
from tests.faults.scenarios import SCENARIOS

pytestmark = pytest.mark.faults
_LACKS = next(each for each in SCENARIOS if each.id == "A07").lacks()


@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
@pytest.mark.parametrize("play", [disk_errors, full_disks])
def test_a_bad_disk_loses_nothing(tmp_path: Path, play: Callable[[Plan], Report]) -> None:
    report = play(Plan(tmp_path, scale=0.05))
    assert not report.violations
    assert report.injected.total() >= 2
