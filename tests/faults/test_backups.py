"""Backups hold what was confirmed, and what comes from a lost future overwrites nothing."""

from pathlib import Path

import pytest

from tests.faults.backups import backups, restores
from tests.faults.plan import Plan

pytestmark = pytest.mark.faults


def test_a_backup_under_load_is_whole(tmp_path: Path) -> None:
    assert not backups(Plan(tmp_path, scale=0.1)).violations


def test_nothing_from_a_lost_future_overwrites_anything(tmp_path: Path) -> None:
    kept = 0
    for seed in range(1, 9):  # whether a worker has something on its way is a matter of luck
        folder = tmp_path / str(seed)
        folder.mkdir()
        report = restores(Plan(folder, scale=0.1, seed=seed))
        assert not report.violations
        kept += report.seen["result kept aside"]
        if kept:
            return
    assert kept
