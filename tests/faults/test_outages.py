"""A worker that is killed while the server is away leaves its result on disk."""

from pathlib import Path

import pytest

from tests.faults.outages import results_in_hand
from tests.faults.plan import Plan

pytestmark = pytest.mark.faults


def test_a_result_outlives_its_worker(tmp_path: Path) -> None:
    report = results_in_hand(Plan(tmp_path, scale=0.1))
    assert not report.violations
    assert report.injected["worker killed"] == 4
