"""Backups hold what was confirmed, and what comes from a lost future overwrites nothing."""

from pathlib import Path

import pytest

from tests.faults.backups import backups, restores
from tests.faults.plan import Plan

pytestmark = pytest.mark.faults


def test_a_backup_under_load_is_whole(tmp_path: Path) -> None:
    assert not backups(Plan(tmp_path, scale=0.1)).violations


def test_nothing_from_a_lost_future_overwrites_anything(tmp_path: Path) -> None:
    report = restores(Plan(tmp_path, scale=0.1))
    assert not report.violations
    assert report.seen["result kept aside"]
