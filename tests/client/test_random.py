"""Distributions: what comes out of them, and how they travel."""

import json
import math
import statistics
import sys
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.plain import identity
from schedy.random import (
    Choice,
    Constant,
    Distribution,
    LogUniform,
    Normal,
    Uniform,
    from_wire,
)
from tests.strategies import (
    LARGEST,
    SMALLEST,
    choices,
    constants,
    distributions,
    finite,
    generators,
    json_values,
    log_uniforms,
    normals,
    uniforms,
)

NO_NUMBERS: list[Any] = ["1", None, True, [1.0], {}, 1j, float("nan"), float("inf"), 10**400]
SHARES = st.floats(0, 1, exclude_max=True)


# Samples ------------------------------------------------------------------------------------------


@given(st.one_of(uniforms(), log_uniforms()), generators())
def test_a_sample_stays_inside_its_bounds(distribution: Uniform | LogUniform, rng: Random) -> None:
    for _ in range(10):
        sample = distribution.sample(rng)
        assert distribution.low <= sample
        assert sample < distribution.high or sample == distribution.low == distribution.high


@given(st.one_of(uniforms(), log_uniforms()), SHARES)
def test_even_the_last_bit_stays_inside(distribution: Uniform | LogUniform, u: float) -> None:
    low, high = distribution.bounds
    for share in (0.0, u, math.nextafter(1, 0)):
        assert low <= distribution.quantile(share) <= high


@pytest.mark.parametrize("kind", [Uniform, LogUniform])
@pytest.mark.parametrize(
    "low", [SMALLEST, sys.float_info.min, 1e-5, 0.1, 1.0, 3.0, math.nextafter(LARGEST, 0)]
)
def test_between_neighbours_there_is_only_the_lower_one(
    kind: type[Uniform | LogUniform], low: float
) -> None:
    narrow, rng = kind(low, math.nextafter(low, math.inf)), Random(1)
    assert {narrow.sample(rng) for _ in range(200)} == {low}


@pytest.mark.parametrize("kind", [Uniform, LogUniform])
def test_equal_bounds_leave_one_value(kind: type[Uniform | LogUniform]) -> None:
    assert kind(0.1, 0.1).sample(Random(1)) == 0.1
    assert kind(0.1, 0.1).bounds == (0.1, 0.1)


@given(st.one_of(uniforms(), log_uniforms(), normals()), SHARES, SHARES)
def test_a_larger_share_is_no_smaller_a_value(
    distribution: Uniform | LogUniform | Normal, u: float, v: float
) -> None:
    assert distribution.quantile(min(u, v)) <= distribution.quantile(max(u, v))


def test_the_widest_range_is_covered_evenly() -> None:
    rng = Random(1)
    samples = [Uniform(-LARGEST, LARGEST).sample(rng) for _ in range(2_000)]
    assert 900 < sum(sample > 0 for sample in samples) < 1100
    assert all(math.isfinite(sample) for sample in samples)


def test_a_uniform_sample_is_as_likely_everywhere() -> None:
    rng = Random(2)
    observed = Counter(int(Uniform(10, 20).sample(rng)) for _ in range(10_000))
    assert chi_square(observed, dict.fromkeys(range(10, 20), 0.1)) < 27.9  # 1 in 1,000, 9 degrees


def test_a_log_uniform_sample_is_as_likely_in_every_decade() -> None:
    rng = Random(3)
    decades = (math.log10(LogUniform(1e-5, 1e5).sample(rng)) for _ in range(10_000))
    observed = Counter(math.floor(decade) for decade in decades)
    assert chi_square(observed, dict.fromkeys(range(-5, 5), 0.1)) < 27.9


def test_normal_samples_have_their_mean_and_deviation() -> None:
    rng = Random(4)
    samples = [Normal(5, 2).sample(rng) for _ in range(10_000)]
    assert statistics.mean(samples) == pytest.approx(5, abs=0.1)
    assert statistics.stdev(samples) == pytest.approx(2, abs=0.1)
    assert Normal(5, 2).quantile(0.5) == 5


@given(normals(), generators(), SHARES)
def test_a_normal_sample_is_finite(normal: Normal, rng: Random, u: float) -> None:
    samples = [normal.sample(rng), normal.quantile(u), normal.quantile(0.0)]
    assert all(math.isfinite(sample) for sample in samples)


@given(finite(), generators())
def test_without_deviation_a_normal_is_its_mean(mean: float, rng: Random) -> None:
    assert Normal(mean, 0).sample(rng) == mean


@given(choices(), generators())
def test_a_choice_is_one_of_its_values(choice: Choice, rng: Random) -> None:
    assert identity(choice.sample(rng)) in {identity(value) for value in choice.values}


@given(choices(), SHARES)
def test_a_choice_without_weight_is_never_made(choice: Choice, u: float) -> None:
    weights = choice.weights or [1.0] * len(choice.values)
    for share in (0.0, u, math.nextafter(1, 0)):
        assert weights[choice.position(share)] > 0


@pytest.mark.parametrize("scale", [1, 1e-300, SMALLEST, 1e307])
def test_choices_are_made_as_often_as_their_weights_say(scale: float) -> None:
    weights = [1, 0, 2, 3, 4, 0]
    choice, rng = Choice(range(6), [weight * scale for weight in weights]), Random(5)
    observed = Counter(choice.sample(rng) for _ in range(10_000))
    assert chi_square(observed, {0: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}) < 16.3  # 1 in 1,000, 3 degrees


def test_without_weights_all_choices_are_as_likely() -> None:
    rng = Random(6)
    observed = Counter(Choice(["abc", *"xyz"]).sample(rng) for _ in range(10_000))
    assert chi_square(observed, dict.fromkeys(["abc", "x", "y", "z"], 0.25)) < 16.3


@given(distributions(), st.integers())
def test_the_same_generator_gives_the_same_sample(distribution: Distribution, seed: int) -> None:
    samples = [identity(distribution.sample(Random(seed))) for _ in range(2)]
    assert samples[0] == samples[1]


@given(distributions(), generators())
def test_a_sample_takes_no_more_than_one_number(distribution: Distribution, rng: Random) -> None:
    used = Random()
    used.setstate(rng.getstate())
    distribution.sample(used)
    assert used.getstate() in (rng.getstate(), (rng.random(), rng.getstate())[1])


def test_what_a_generator_gives_never_changes() -> None:
    kinds: list[Distribution] = [Uniform(0, 10), LogUniform(1e-5, 1), Normal(5, 2)]
    samples = [kind.sample(Random(2018)) for kind in kinds]
    expected = [5.331579307274593, 0.004632225080204258, 5.166421063783952]
    assert samples == pytest.approx(expected, rel=1e-14)
    assert Choice([*"abcdef"], [1, 2, 3, 4, 5, 6]).sample(Random(2018)) == "e"


@pytest.mark.parametrize("distribution", [Choice([{"a": [1]}]), Constant({"a": [1]})])
def test_changing_a_sample_does_not_change_the_next(distribution: Choice | Constant) -> None:
    distribution.sample(Random(1))["a"].append(2)
    assert distribution.sample(Random(1)) == {"a": [1]}


# Values and their types ---------------------------------------------------------------------------


@given(constants(), generators())
def test_a_constant_is_always_itself(constant: Constant, rng: Random) -> None:
    assert identity(constant.sample(rng)) == identity(constant.value)


@pytest.mark.parametrize("make", [Constant, lambda value: Choice([value])])
def test_equality_knows_what_json_knows(make: Any) -> None:
    values = [0, 0.0, False, None, "0", "", [], [0], [False], {}, {"a": 0}, {"a": False}]
    for at, value in enumerate(values):
        assert [make(value) == make(other) for other in values].index(True) == at
        assert hash(make(value)) == hash(make(value))


def test_the_order_of_keys_does_not_matter() -> None:
    assert Constant({"a": 1, "b": 2}) == Constant({"b": 2, "a": 1})


def test_nan_equals_itself() -> None:
    assert Constant(math.nan) == Constant(math.nan)


def test_distributions_of_different_kinds_differ() -> None:
    different: list[Distribution] = [Uniform(1, 2), LogUniform(1, 2), Normal(1, 2)]
    different += [Constant([1, 2]), Choice([1, 2]), Choice([1, 2], [1, 1])]
    for at, each in enumerate(different):
        assert [each == other for other in different].index(True) == at


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (np.float32(0.5), "0.5"),
        (np.bool_(True), "true"),
        (np.str_("x"), '"x"'),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        ((1, (2.0, None)), "[1, [2.0, null]]"),
        ({"a": np.arange(2)}, '{"a": [0, 1]}'),
    ],
)
def test_numpy_and_tuples_become_plain(given: Any, expected: str) -> None:
    assert json.dumps(Constant(given).sample(Random(1))) == expected
    assert json.dumps(Choice([given]).sample(Random(1))) == expected


def test_numpy_scalars_are_numbers() -> None:
    numbers: list[Any] = [np.float32(0.5), np.int8(2), np.array([1, 2]), np.array([1.0, 3.0])]
    low, high, values, weights = numbers
    assert Uniform(low, high) == Uniform(0.5, 2)
    assert Choice(values, weights) == Choice([1, 2], [1, 3])


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("kind", [Uniform, LogUniform, Normal])
def test_parameters_are_finite_numbers(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"(low|mean) (must be|is too large)"):
        kind(value, 1)
    with pytest.raises(ValueError, match=r"(high|std) (must be|is too large)"):
        kind(1, value)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Uniform, (2, 1), "low must not exceed high, got low=2.0, high=1.0"),
        (LogUniform, (2, 1), "low must not exceed high"),
        (LogUniform, (0, 1), "low must be above 0, got 0.0"),
        (LogUniform, (-1, 1), "low must be above 0, got -1.0"),
        (Normal, (0, -1), "std must not be negative, got -1.0"),
        (Choice, ([],), "values must not be empty"),
        (Choice, ("abc",), "values must be a list, got 'abc'"),
        (Choice, ({1, 2},), "values must be a list, got of type set"),
        (Choice, ([1, 2], [1]), "need as many weights as values, got 1 for 2"),
        (Choice, ([1, 2], [1, -1]), "weights must not be negative"),
        (Choice, ([1, 2], [0, 0]), "at least one weight must be above 0"),
        (Choice, ([1, 2], [1, True]), r"weights\[1\] must be a number, got True"),
        (Choice, ([1, 2], "12"), "weights must be a list, got '12'"),
        (Choice, ([1, {2}],), r"values\[1\] can't be sent as JSON: it is of type set"),
        (Constant, ({"a": {1: 2}},), "value.a: the keys of an object must be text, got 1"),
        (Constant, (1j,), "value can't be sent as JSON: it is of type complex"),
    ],
)
def test_a_refusal_says_what_is_wrong(kind: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(*arguments)


def test_a_value_may_be_deep_but_not_bottomless() -> None:
    deep: list[Any] = []
    for _ in range(90):
        deep = [deep]
    assert Constant(deep).value == deep
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested more than 100 levels deep"):
        Constant(deep)


# The wire -----------------------------------------------------------------------------------------


@given(distributions())
def test_a_distribution_survives_the_wire(distribution: Distribution) -> None:
    travelled = from_wire(json.loads(json.dumps(distribution.to_wire())))
    assert travelled == distribution
    assert identity(travelled.to_wire()) == identity(distribution.to_wire())


@pytest.mark.parametrize(
    ("distribution", "wire"),
    [
        (Uniform(0, 1), '{"uniform": {"low": 0.0, "high": 1.0}}'),
        (LogUniform(1, 10), '{"loguniform": {"low": 1.0, "high": 10.0}}'),
        (Normal(0, 1), '{"normal": {"mean": 0.0, "std": 1.0}}'),
        (Choice([1, "a", None]), '{"choice": {"values": [1, "a", null]}}'),
        (Choice([1, 2], [1, 2]), '{"choice": {"values": [1, 2], "weights": [1.0, 2.0]}}'),
        (Constant({"a": 1}), '{"const": {"a": 1}}'),
        (Constant(None), '{"const": null}'),
    ],
)
def test_the_wire_form(distribution: Distribution, wire: str) -> None:
    assert json.dumps(distribution.to_wire()) == wire
    assert from_wire(json.loads(wire)) == distribution


def test_weights_that_are_null_are_none() -> None:
    assert from_wire({"choice": {"values": [1], "weights": None}}) == Choice([1])


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (None, "here: the distribution must be an object with one key, got None"),
        ({}, "here: the distribution must be an object with one key, got 0 keys"),
        ({"uniform": {}, "const": 1}, "here: the distribution must be an object with one key, got"),
        ({"log_uniform": {}}, r"here: unknown .* 'log_uniform' \(did you mean loguniform\?\)"),
        ({"gamma": {}}, "here: unknown distribution 'gamma', known: uniform, loguniform, normal,"),
        ({"uniform": [0, 1]}, "here.uniform: the content must be an object, got a list"),
        ({"uniform": {"low": 0}}, "here.uniform: high is missing"),
        ({"uniform": {"low": 0, "high": "1"}}, "here.uniform: high must be a number, got '1'"),
        ({"normal": {"mean": 0, "std": 1, "sd": 1}}, r"here.normal: unknown .* \(did you mean std"),
        ({"choice": {"value": [1]}}, r"here.choice: unknown key 'value' \(did you mean values\?\)"),
        ({"choice": {"values": 3}}, "here.choice: values must be a list, got 3"),
    ],
)
def test_a_refusal_says_where(wire: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        from_wire(wire, "here")


@given(st.one_of(json_values(), st.dictionaries(st.just("choice"), json_values())))
def test_any_json_is_either_a_distribution_or_refused(wire: Any) -> None:
    try:
        distribution = from_wire(wire)
    except ValueError:
        return
    assert from_wire(distribution.to_wire()) == distribution


# What was there in 2018 ---------------------------------------------------------------------------


def test_parameters_have_their_old_names_and_order() -> None:
    assert (Uniform(low=1, high=2).low, Uniform(1, 2).high) == (1, 2)
    assert (LogUniform(low=1, high=2).low, LogUniform(1, 2).high) == (1, 2)
    assert (Normal(mean=1, std=2).mean, Normal(1, 2).std) == (1, 2)
    assert (Choice(values=[1]).values, Choice([1], weights=[2]).weights) == ([1], [2])
    assert Constant(value=1).value == 1


def test_a_distribution_shows_what_it_is() -> None:
    assert repr(Choice([1, "a"])) == "Choice(values=[1, 'a'], weights=None)"


def chi_square(observed: Counter[Any], expected: dict[Any, float]) -> float:
    """Return how far counts are from what probabilities say; infinite for the impossible."""
    assert set(observed) <= set(expected)
    total = observed.total()
    return sum((observed[key] - total * p) ** 2 / (total * p) for key, p in expected.items())
