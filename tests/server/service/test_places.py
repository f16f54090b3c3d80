"""Where a job stands among the others."""

from typing import Any

import pytest

from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.service.columns import Columns
from schedy_server.service.context import Context
from schedy_server.service.places import Place, place_of
from tests.server.desk import NAME, Desk

LOSS = Objective("loss", Direction.MIN)


@pytest.fixture
def search(desk: Desk) -> Desk:
    desk.experiment(objective=LOSS)
    return desk


def add(desk: Desk, loss: Any = None, **hyperparameters: Any) -> int:
    results = {} if loss is None else {"loss": loss}
    return desk.add(Status.DONE, results=results, hyperparameters=hyperparameters).job.number


def place(desk: Desk, number: int) -> Place:
    def look(context: Context) -> Place:
        experiment = context.experiment(NAME)
        lines = Columns().lines(context, experiment)
        line = lines.table.line(number)
        assert line is not None
        return place_of(lines, experiment, line)

    return desk.do(look)


def test_the_best_is_first_and_others_come_after(search: Desk) -> None:
    numbers = [add(search, loss) for loss in (3, 1, 2, None, float("inf"))]
    found = place(search, numbers[2])
    assert (found.rank, found.ranked) == (2, 3)
    assert [each and each.number for each in (found.best, found.better, found.worse)] == [2, 2, 1]
    assert place(search, numbers[1]).better is None
    assert place(search, numbers[0]).worse is None
    assert place(search, numbers[3]).rank is None


def test_a_percentile_is_the_share_that_has_less(search: Desk) -> None:
    numbers = [add(search, x=x, kind="a") for x in (1, 2, 2, 4)]
    assert [place(search, each).percentiles for each in numbers] == [
        {"x": 0.125},
        {"x": 0.5},
        {"x": 0.5},
        {"x": 0.875},
    ]


def test_the_nearest_are_alike_by_magnitude(search: Desk) -> None:
    first = add(search, lr=1e-4, kind="a")
    near = add(search, lr=2e-4, kind="a")
    far = add(search, lr=1e-1, kind="a")
    other = add(search, lr=1e-4, kind="b")
    found = place(search, first).neighbours
    assert [each.line.number for each in found] == [near, far, other]
    assert 0 < found[0].distance < 0.1
    assert found[1].distance == found[2].distance == 0.5


def test_without_hyperparameters_nothing_is_alike(search: Desk) -> None:
    number = add(search)
    add(search)
    assert place(search, number).neighbours == []


@pytest.mark.parametrize("odd", [float("nan"), 10**400, True, None, [1], "text"])
def test_odd_values_do_no_harm(search: Desk, odd: Any) -> None:
    number = add(search, 1, x=odd)
    add(search, 2, x=1)
    add(search, 3, x=odd)
    assert place(search, number).rank == 1


def test_a_family_is_found(desk: Desk) -> None:
    desk.experiment(objective=LOSS)
    assert place(desk, add(desk, 1)).parent is None
    assert place(desk, 1).children == []
