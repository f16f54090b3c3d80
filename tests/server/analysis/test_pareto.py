"""Fronts and volumes are those that one finds by comparing everything with everything."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.analysis import hypervolume
from schedy_server.analysis.front import front
from schedy_server.analysis.hypervolume import growth, volume
from schedy_server.analysis.pareto import pareto, reference
from schedy_server.analysis.tasks import Pareto, floats

Point = tuple[float, ...]

GRID = st.integers(0, 5).map(float)
POINTS = st.integers(2, 3).flatmap(
    lambda size: st.lists(st.tuples(*[GRID] * size), min_size=1, max_size=25)
)
ANY_POINTS = st.integers(2, 3).flatmap(
    lambda size: st.lists(
        st.tuples(*[st.floats(-100, 100, width=32)] * size), min_size=1, max_size=40
    )
)


def surpasses(one: Point, other: Point) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def brute_front(points: Sequence[Point]) -> set[int]:
    return {
        at
        for at, point in enumerate(points)
        if not any(surpasses(other, point) for other in points)
    }


def brute_volume(points: Sequence[Point], size: int) -> int:
    """Count the unit cubes of a grid up to 5 that some point surpasses."""
    cubes = itertools.product(range(5), repeat=size)
    return sum(
        any(all(a <= b for a, b in zip(point, cube, strict=True)) for point in points)
        for cube in cubes
    )


@given(POINTS | ANY_POINTS)
def test_the_front_is_what_no_other_surpasses(points: list[Point]) -> None:
    found = front(points)
    assert set(found) == brute_front(points)
    assert len(found) == len(set(found))
    assert [points[at] for at in found] == sorted(points[at] for at in found)


@given(POINTS)
def test_the_volume_is_that_of_the_cubes_behind_the_points(points: list[Point]) -> None:
    corner = (5.0,) * len(points[0])
    assert volume(points, corner) == brute_volume(points, len(corner))


@given(POINTS)
def test_the_volume_grows_where_it_is_told_to_and_only_there(points: list[Point]) -> None:
    size = len(points[0])
    improved, volumes, is_all = growth(points, (5.0,) * size)
    expected = [brute_volume(points[: at + 1], size) for at in range(len(points))]
    steps = [at for at, each in enumerate(expected) if each > (expected[at - 1] if at else 0)]
    assert improved == steps
    assert volumes == [expected[at] for at in steps]
    assert is_all


@given(ANY_POINTS)
def test_the_order_of_the_points_does_not_change_the_volume(points: list[Point]) -> None:
    corner = (101.0,) * len(points[0])
    assert volume(points, corner) == pytest.approx(volume(points[::-1], corner))


@given(st.lists(st.tuples(GRID, GRID), min_size=1, max_size=25))
def test_a_third_objective_that_never_varies_changes_nothing(points: list[Point]) -> None:
    thick = [(*point, 4.0) for point in points]
    assert front(thick) == front(points)
    assert volume(thick, (5.0, 5.0, 5.0)) == volume(points, (5.0, 5.0))


def test_of_too_many_steps_some_are_told_with_the_first_and_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hypervolume, "_MOST_STEPS", 10)
    points = [(float(at), float(-at)) for at in range(100)]
    improved, volumes, is_all = growth(points, (100.0, 1.0))
    assert (len(improved), improved[0], improved[-1], is_all) == (10, 0, 99, False)
    assert volumes[-1] == volume(points, (100.0, 1.0))


@given(st.lists(st.tuples(GRID, GRID, GRID), min_size=10, max_size=40))
def test_of_three_objectives_what_is_told_is_exact(points: list[Point]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hypervolume, "_MOST_STEPS", 4)
        patch.setattr(hypervolume, "_FEWEST_STEPS", 4)
        improved, volumes, _ = growth(points, (5.0, 5.0, 5.0))
    assert len(improved) <= 4
    assert volumes == [brute_volume(points[: at + 1], 3) for at in improved]
    assert (volumes or [0])[-1] == brute_volume(points, 3)


def test_many_points_take_no_longer_than_a_sort_does() -> None:
    generator = np.random.default_rng(0)
    values = generator.random((100_000, 2))
    found = pareto(Pareto([floats(values[:, 0]), floats(values[:, 1])]))
    assert len(found.front) < 60
    assert found.volumes[-1] == pytest.approx(1, abs=0.01)


def test_a_job_that_diverged_does_not_say_where_the_corner_is() -> None:
    values = np.array([[each, -each] for each in range(100)] + [[1e30, 1e30]], dtype=np.float64)
    assert max(reference(values)) < 300
    assert reference(values[:1]) == (0, 0)


def test_without_jobs_there_is_neither_front_nor_volume() -> None:
    assert front([]) == []
    assert volume([], (1.0, 1.0)) == 0
    assert not math.isnan(volume([(2.0, 2.0)], (1.0, 1.0)))
