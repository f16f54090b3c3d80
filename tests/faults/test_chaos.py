"""A network at its worst: nothing is lost or done twice, and nobody gets in their own way."""

from pathlib import Path

import pytest

from tests.faults.chaos import chaos, impatient
from tests.faults.plan import Plan

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("old", [True, False], ids=["old client", "new client"])
def test_a_bad_network_loses_and_doubles_nothing(tmp_path: Path, *, old: bool) -> None:
    report = chaos(Plan(tmp_path, scale=0.015), old=old)
    assert not report.violations
    assert report.injected.total() >= 10


@pytest.mark.long
def test_who_gives_up_too_soon_loses_nothing_but_time(tmp_path: Path) -> None:
    report = impatient(Plan(tmp_path, scale=0.03))
    assert not report.violations
    assert report.injected.total() >= 10
