"""How searches go, told without looking at everything again."""

import math
from datetime import timedelta
from typing import Any

import pytest

from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.service import experiments, jobs
from schedy_server.service.context import Context
from schedy_server.service.summaries import Summaries, Summary
from tests.server.desk import NAME, UNIFORM, Desk

LOSS = Objective("loss", Direction.MIN)


def summary(desk: Desk, known: Summaries | None = None) -> Summary:
    summaries = known or Summaries()

    def look(context: Context) -> Summary:
        return summaries.of(context, context.experiment(NAME))

    return desk.do(look)


def done(desk: Desk, *losses: Any) -> None:
    for loss in losses:
        desk.advance(minutes=1)
        desk.add(Status.DONE, results={"loss": loss})


def test_the_best_so_far_is_told_with_the_way_there(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    done(desk, 3, 5, float("inf"), None, 1, 2)
    found = summary(desk)
    assert (found.best and found.best.quality, found.best and found.best.number) == (1, 5)
    assert list(found.trend) == [3, 3, 3, 1, 1]


def test_nothing_is_better_than_what_is_infinitely_good(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    done(desk, float("nan"), float("inf"), 3, -float("inf"), 1)
    found = summary(desk)
    assert (found.best and found.best.quality, found.best and found.best.number) == (-math.inf, 4)
    assert list(found.trend) == [3]


def test_the_largest_is_best_where_that_is_wanted(desk: Desk) -> None:
    desk.experiment(objective=Objective("loss", Direction.MAX))
    done(desk, 3, 5, 1)
    assert list(summary(desk).trend) == [3, 5, 5]


def test_a_long_way_is_told_in_few_points(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    done(desk, *range(100, 0, -1))
    trend = list(summary(desk).trend)
    assert (len(trend), trend[0], trend[-1]) == (32, 100, 1)
    assert trend == sorted(trend, reverse=True)


def test_nothing_is_told_of_nothing(desk: Desk) -> None:
    desk.experiment()
    assert summary(desk) == Summary(None, [], None, 0)


def test_only_the_last_hour_counts_for_how_fast_it_goes(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    done(desk, 1, 2)
    desk.now += timedelta(hours=2)
    done(desk, 3)
    assert summary(desk).per_hour == 1


def test_a_young_search_goes_on_at_its_pace(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    desk.add(Status.DONE, results={"loss": 1})
    desk.advance(seconds=59)
    assert summary(desk).per_hour is None
    desk.advance(minutes=9, seconds=1)
    desk.add(Status.DONE, results={"loss": 2})
    assert summary(desk).per_hour == 12


@pytest.mark.parametrize(
    ("scheduler", "remaining"),
    [
        ({"Manual": None}, 2),
        (UNIFORM, None),
    ],
)
def test_it_is_told_how_many_are_left_where_there_is_an_end(
    desk: Desk, scheduler: Any, remaining: int | None
) -> None:
    desk.experiment(scheduler)
    desk.add()
    desk.add()
    done(desk, 1)
    desk.claim()
    assert summary(desk).remaining == remaining


def test_what_changed_is_noticed(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    summaries = Summaries()
    done(desk, 2, 1)
    best = summary(desk, summaries).best
    assert best is not None
    desk.do(jobs.delete, NAME, best.id, must_exist=True)
    assert summary(desk, summaries).trend == [2]
    change = experiments.Alteration(objective=None)
    desk.do(experiments.patch, NAME, change)
    assert summary(desk, summaries).best is None
