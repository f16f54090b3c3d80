"""PostgreSQL has trouble of its own: what it confirmed holds, and doubtful commits count once."""

from pathlib import Path

import pytest

from tests.faults.database_faults import ambiguous_commits, restarts
from tests.faults.plan import Plan

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


@pytest.mark.long  # old clients may wait for two minutes, twice, before they try again
def test_postgres_may_restart_under_load(tmp_path: Path) -> None:
    report = restarts(Plan(tmp_path, scale=0.03, database="postgres"))
    assert not report.violations
    assert report.injected["immediate restart"]
    assert report.injected["session ended"]


def test_a_doubtful_commit_counts_once(tmp_path: Path) -> None:
    report = ambiguous_commits(Plan(tmp_path, scale=0.03, database="postgres"))
    assert not report.violations
    assert report.injected.total() >= 6
