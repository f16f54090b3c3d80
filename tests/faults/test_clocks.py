"""Clocks jump and servers stand still: whoever lives keeps the job, whoever is dead loses it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import clocks
from tests.faults.plan import Plan, Report

pytestmark = pytest.mark.faults
_LACKS = clocks.lacks()


def test_a_server_that_was_down_blames_nobody(tmp_path: Path) -> None:
    report = clocks.downtimes(Plan(tmp_path, scale=0.1))
    assert not report.violations


@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
@pytest.mark.parametrize("play", [clocks.jumps, clocks.summer_ends])
def test_a_clock_may_jump(tmp_path: Path, play: Callable[[Plan], Report]) -> None:
    report = play(Plan(tmp_path, scale=0.1))
    assert not report.violations
    assert report.injected.total() >= 3
