"""Several servers on one database: each job has one owner, and the numbers have no gaps."""

from pathlib import Path

import pytest

from tests.faults.plan import Plan
from tests.faults.replicas import replicas

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


def test_three_servers_give_each_job_to_one_worker(tmp_path: Path) -> None:
    report = replicas(Plan(tmp_path, scale=0.02, database="postgres"))
    assert not report.violations
    assert report.injected["claim"] >= 60
