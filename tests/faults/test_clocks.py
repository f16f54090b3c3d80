"""Clocks jump and servers stand still: whoever lives keeps the job, whoever is dead loses it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import clocks
from tests.faults.history import Call, Outcome
from tests.faults.plan import Plan, Report
from tests.faults.silence import TTL
from tests.faults.stored import Stored, StoredAttempt, StoredJob

pytestmark = pytest.mark.faults
_LACKS = clocks.lacks()


def test_a_server_that_was_down_blames_nobody(tmp_path: Path) -> None:
    report = clocks.downtimes(Plan(tmp_path, scale=0.1))
    assert not report.violations


@pytest.mark.long
def test_workers_that_nobody_can_hear_are_not_given_up(tmp_path: Path) -> None:
    assert not clocks.deafness(Plan(tmp_path, scale=0.1)).violations


@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
@pytest.mark.parametrize(
    "play", [pytest.param(clocks.jumps, marks=pytest.mark.long), clocks.summer_ends]
)
def test_a_clock_may_jump(tmp_path: Path, play: Callable[[Plan], Report]) -> None:
    report = play(Plan(tmp_path, scale=0.1))
    assert not report.violations
    assert report.injected.total() >= 3


def beats(*seconds: float) -> list[Call]:
    def sign(at: float) -> Call:
        return Call("w", "heartbeat", int(at * 1e9), int(at * 1e9) + 1, Outcome.OK, "a", 1)

    return [sign(at) for at in seconds]


LOST = StoredJob(
    "a", 1, "QUEUED", 3, 1, "", "", "w", attempts=[StoredAttempt(1, "LOST", worker="w")]
)


def test_who_beat_all_the_time_died_a_false_death() -> None:
    lively, silent = beats(0, 1, 2, 3, 4), beats(0, 1, 1 + 2 * TTL)
    assert clocks.false_deaths(lively, Stored({"a": LOST}))
    assert not clocks.false_deaths(silent, Stored({"a": LOST}))


def test_nobody_is_silent_while_there_is_no_server_to_hear() -> None:
    down = [(int(1e9), int((1 + 2 * TTL) * 1e9))]
    assert clocks.false_deaths(beats(0, 1, 1 + 2 * TTL), Stored({"a": LOST}), down)
