"""Killed servers: nothing that was confirmed is lost, no job has two owners, none is stuck."""

from pathlib import Path

import pytest

from tests.faults.kills import failpoints, kills
from tests.faults.plan import Plan

pytestmark = pytest.mark.faults

_LONG = pytest.mark.long
_QUICK = 0.04


@pytest.mark.parametrize(
    "held",
    [pytest.param(True, id="socket held"), pytest.param(False, id="socket gone", marks=_LONG)],
)
def test_a_killed_server_loses_nothing(tmp_path: Path, *, held: bool) -> None:
    report = kills(Plan(tmp_path, scale=_QUICK), held=held)
    assert not report.violations
    assert report.injected["kill -9"] >= 2


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, _LONG])]
)
def test_no_moment_is_a_bad_one_to_be_killed(tmp_path: Path, database: str) -> None:
    report = failpoints(Plan(tmp_path, scale=_QUICK, database=database))
    assert not report.violations
    assert report.injected.total() == 3
