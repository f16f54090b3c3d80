"""Restarts, upgrades and moves: workers with a job in hand do not notice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import moves
from tests.faults.plan import Plan, Report

pytestmark = pytest.mark.faults
_LACKS = moves.lacks_older()
_OLDER = pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))


@pytest.mark.parametrize(
    "play",
    [
        moves.restarts_in_order,
        pytest.param(moves.upgrade, marks=_OLDER),
        pytest.param(moves.move_to_postgres, marks=pytest.mark.postgres),
    ],
)
def test_no_result_fails_to_arrive(tmp_path: Path, play: Callable[[Plan], Report]) -> None:
    report = play(Plan(tmp_path, scale=0.05))
    assert not report.violations
    assert report.injected.total()
