"""A surface shows what becomes of the target, and where nothing is known."""

import math

import numpy as np
import pytest

from schedy_server.analysis.surface import axis, surface
from schedy_server.analysis.tasks import Column, Surface, SurfaceFound, floats


def drawn(jobs: int = 1200, grid: int = 9) -> SurfaceFound:
    """Return the surface of |x - 0.3| + log10(y), with a third field that does not matter."""
    generator = np.random.default_rng(1)
    x, y, z = generator.random(jobs), 10 ** generator.uniform(-4, 0, jobs), generator.random(jobs)
    columns = [Column(floats(each)) for each in (z, y, x)]
    return surface(Surface(columns, floats(np.abs(x - 0.3) + np.log10(y)), x=2, y=1, grid=grid))


def test_it_is_near_the_truth() -> None:
    found = drawn()
    x, y = np.meshgrid(found.x.values, found.y.values)
    truth = np.abs(x - 0.3) + np.log10(y)
    middle = (slice(1, -1), slice(1, -1))
    assert np.array(found.mean)[middle] == pytest.approx(truth[middle], abs=0.35)


def test_a_row_is_a_value_of_y_and_what_spans_decades_is_logarithmic() -> None:
    found = drawn(200, grid=5)
    assert (found.x.scale, found.y.scale) == ("linear", "log")
    assert np.all(np.diff(np.array(found.mean)[:, 2]) > 0)
    assert np.diff(np.log(found.y.values)) == pytest.approx([math.log(10)] * 4, rel=0.1)


def test_less_is_known_where_jobs_differ() -> None:
    generator = np.random.default_rng(3)
    x, y = generator.random(600), generator.random(600)
    noise = np.where(x > 0.5, generator.normal(0, 3, 600), 0)
    columns = [Column(floats(x)), Column(floats(y))]
    found = surface(Surface(columns, floats(noise), x=0, y=1, grid=10))
    spread = np.array(found.spread)
    assert spread[:, 6:].mean() > 3 * spread[:, :4].mean()


def test_few_numbers_are_looked_at_as_they_are() -> None:
    found = axis(Column(floats([64, 16, 32, 64, math.nan])), 32)
    assert (found.scale, found.values) == ("linear", [16, 32, 64])


def test_of_many_categories_the_frequent_ones_are_shown() -> None:
    codes = [*range(50), *[7] * 5]
    found = axis(Column(floats(codes), [f"c{code}" for code in range(50)]), 32)
    assert found.categories is not None
    assert len(found.categories) == 20
    assert "c7" in found.categories
    assert found.values == list(range(20))
