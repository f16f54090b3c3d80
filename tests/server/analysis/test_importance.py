"""What matters is found, what is noise is not, and nothing that jobs may hold breaks it."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from schedy_server.analysis.importance import importance
from schedy_server.analysis.predictions import predictions
from schedy_server.analysis.surface import surface
from schedy_server.analysis.tasks import (
    Column,
    Importance,
    ImportanceFound,
    Predictions,
    Surface,
    floats,
)

VALUES = st.one_of(
    st.floats(width=64), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e300, 5e-324])
)


def random_columns(jobs: int, count: int, seed: int = 0) -> list[Column]:
    generator = np.random.default_rng(seed)
    return [Column(floats(generator.random(jobs))) for _ in range(count)]


def values_of(column: Column) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(column.values)


def shares(found: ImportanceFound) -> dict[int, float]:
    return {each.at: each.importance for each in found.shares}


def test_shares_are_those_of_the_variance() -> None:
    columns = random_columns(1500, 4)
    # Of 4a + 2b, a has four times the variance of b.
    target = 4 * values_of(columns[1]) + 2 * values_of(columns[3])
    found = importance(Importance(columns, floats(target)))
    by_field = shares(found)
    assert [each.at for each in found.shares[:2]] == [1, 3]
    assert by_field[1] == pytest.approx(0.8, abs=0.06)
    assert by_field[3] == pytest.approx(0.2, abs=0.06)
    assert max(by_field[0], by_field[2]) < 0.01
    assert found.fit.r2 > 0.9


def test_the_spread_covers_what_other_jobs_would_say() -> None:
    found = []
    for seed in range(4):
        columns = random_columns(300, 3, seed)
        target = 3 * values_of(columns[0]) + 2 * values_of(columns[1])
        found.append(
            {each.at: each for each in importance(Importance(columns, floats(target))).shares}
        )
    for at in (0, 1):
        mean = np.mean([each[at].importance for each in found])
        assert all(abs(each[at].importance - mean) < 3 * each[at].spread for each in found)


def test_what_acts_only_together_counts_for_both() -> None:
    columns = random_columns(1500, 3)
    target = (values_of(columns[0]) > 0.5) ^ (values_of(columns[1]) > 0.5)
    by_field = shares(importance(Importance(columns, floats(target.astype(float)))))
    assert by_field[0] == pytest.approx(0.5, abs=0.1)
    assert by_field[1] == pytest.approx(0.5, abs=0.1)


def test_a_category_counts_as_one_field() -> None:
    codes = np.random.default_rng(0).integers(0, 12, 600)
    columns = [Column(floats(codes), [f"c{code}" for code in range(12)]), *random_columns(600, 1)]
    target = np.where(codes % 2, 1.0, 0.0)  # no order of the categories tells
    by_field = shares(importance(Importance(columns, floats(target))))
    assert by_field[0] > 0.95


def test_a_value_that_is_missing_may_matter() -> None:
    columns = random_columns(300, 2)
    momentum = values_of(columns[0]).copy()
    momentum[::2] = math.nan
    target = np.isnan(momentum) + 0.1 * values_of(columns[1])
    by_field = shares(
        importance(Importance([Column(floats(momentum)), columns[1]], floats(target)))
    )
    assert by_field[0] > 0.6  # among jobs with and without it, the other one orders


def test_jobs_that_diverged_are_no_more_than_the_worst() -> None:
    columns = random_columns(300, 3)
    target = values_of(columns[0]).copy()
    calm = shares(importance(Importance(columns, floats(target))))
    target[np.argsort(target)[-5:]] = [1e30, 1e200, 1e300, math.inf, math.inf]
    assert shares(importance(Importance(columns, floats(target)))) == pytest.approx(calm, abs=0.02)


def test_noise_has_no_importance() -> None:
    generator = np.random.default_rng(7)
    found = importance(Importance(random_columns(200, 5), floats(generator.random(200))))
    assert set(shares(found).values()) == {0.0}


def test_what_never_varies_is_left_out() -> None:
    columns = [Column(floats([3.0] * 20)), *random_columns(20, 1), Column(floats([math.nan] * 20))]
    assert set(shares(importance(Importance(columns, columns[1].values)))) == {1}


def test_the_same_question_has_the_same_answer() -> None:
    columns = random_columns(60, 3)
    asked = Importance(columns, columns[0].values)
    assert importance(asked) == importance(asked)


@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.integers(10, 30).flatmap(
        lambda jobs: st.tuples(
            st.lists(
                VALUES.filter(lambda each: not math.isnan(each)), min_size=jobs, max_size=jobs
            ),
            st.lists(st.lists(VALUES, min_size=jobs, max_size=jobs), min_size=2, max_size=3),
        )
    )
)
@example(([math.inf] * 10, [[math.nan] * 10, [math.inf] * 10]))
@example(([math.inf, -math.inf] * 5, [[1e308, -1e308] * 5, [0.0] * 10]))
def test_whatever_jobs_hold_the_numbers_are_numbers(
    drawn: tuple[Sequence[float], Sequence[Sequence[float]]],
) -> None:
    target, columns = floats(drawn[0]), [Column(floats(each)) for each in drawn[1]]
    found = importance(Importance(columns, target))
    assert sum(shares(found).values()) == pytest.approx(1) or not any(shares(found).values())
    assert all(each.importance >= 0 <= each.spread < math.inf for each in found.shares)
    told = predictions(Predictions(columns, target))
    assert np.isfinite([told.actual, told.predicted, told.spread]).all()
    drawn_over = surface(Surface(columns, target, x=0, y=1, grid=5))
    assert np.isfinite(drawn_over.mean).all()
    assert len(drawn_over.mean) == len(drawn_over.y.values)
