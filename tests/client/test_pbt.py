"""Strategies of population-based training: what they do to a value, and how they travel."""

import json
import math
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schedy.pbt import (
    MAXIMIZE,
    MINIMIZE,
    Explore,
    Perturb,
    PerturbChoice,
    Resample,
    Truncate,
    exploit_from_wire,
    explore_from_wire,
)
from schedy.plain import identity
from schedy.random import Choice, Constant, LogUniform, Normal, Uniform
from tests.strategies import (
    explores,
    finite,
    generators,
    json_values,
    log_uniforms,
    perturbs,
    uniforms,
)

INTEGERS = st.one_of(st.integers(-20, 20), st.integers())


# Truncate -----------------------------------------------------------------------------------------


def test_directions_are_what_travels() -> None:
    assert (MINIMIZE, MAXIMIZE) == ("min", "max")


@pytest.mark.parametrize("proportion", [0, -0.1, 0.51, 1, math.nan, "0.2", True, None])
def test_a_proportion_is_above_0_and_at_most_a_half(proportion: Any) -> None:
    with pytest.raises(ValueError, match="the proportion must be"):
        Truncate(proportion)


def test_a_share_is_rounded_down_but_not_by_the_error_of_floats() -> None:
    assert [Truncate(0.2).share(size) for size in (0, 4, 5, 9, 10)] == [0, 0, 1, 1, 2]
    assert Truncate(0.29).share(100) == 29


@given(st.floats(0, 0.5, exclude_min=True), st.integers(0, 10**6))
def test_the_worst_and_the_best_do_not_overlap(proportion: float, size: int) -> None:
    assert 0 <= 2 * Truncate(proportion).share(size) <= size


# Perturb: numbers with a point --------------------------------------------------------------------


@given(perturbs(), st.floats(1e-100, 1e100), generators())
def test_a_number_is_multiplied_by_a_factor_in_the_range(
    perturb: Perturb, value: float, rng: Random
) -> None:
    varied = perturb.apply(value, rng)
    assert value * perturb.min_factor <= varied <= value * perturb.max_factor


def test_factors_are_uniform_and_the_largest_is_left_out() -> None:
    rng = Random(1)
    factors = [Perturb(0.8, 1.2).apply(1.0, rng) for _ in range(10_000)]
    assert 0.8 <= min(factors) < 0.801
    assert 1.199 < max(factors) < 1.2
    assert 4_800 < sum(factor > 1 for factor in factors) < 5_200


@given(st.floats(0, 1e300), generators())
def test_even_the_last_bit_of_the_largest_factor_is_left_out(low: float, rng: Random) -> None:
    assert Perturb(low, math.nextafter(low, math.inf)).apply(1.0, rng) == low


@given(finite(), perturbs(), generators())
def test_a_finite_number_stays_finite(value: float, perturb: Perturb, rng: Random) -> None:
    varied = perturb.apply(value, rng)
    assert isinstance(varied, float)
    assert math.isfinite(varied)


@given(explores(), generators())
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, True, False, None, "x", [1], {}])
def test_what_is_no_finite_number_stays_as_it_is(value: Any, explore: Explore, rng: Random) -> None:
    assert identity(explore.apply(value, rng, within=None)) == identity(value)


def test_0_stays_0() -> None:
    assert identity(Perturb().apply(0.0, Random(1))) == "0.0"
    assert identity(Perturb().apply(0, Random(1))) == "0"


# Perturb: integers --------------------------------------------------------------------------------


@given(INTEGERS, st.floats(1e-6, 1e6), generators())
def test_an_integer_stays_an_integer_and_moves(value: int, factor: float, rng: Random) -> None:
    assume(factor != 1 and value != 0)
    varied = Perturb(factor, factor).apply(value, rng)
    assert type(varied) is int
    if factor > 1:
        assert abs(varied) > abs(value)
    else:
        assert abs(varied) < abs(value) or abs(varied) == abs(value) == 1
    assert (varied > 0) == (value > 0)
    assert varied != 0


@given(st.integers(-(10**12), 10**12), st.floats(0.5, 2), generators())
def test_an_integer_is_rounded_to_the_nearest(value: int, factor: float, rng: Random) -> None:
    varied = Perturb(factor, factor).apply(value, rng)
    assert abs(varied - value * factor) <= 1


def test_a_factor_of_1_leaves_an_integer_alone() -> None:
    assert Perturb(1, 1).apply(7, Random(1)) == 7


def test_integers_grow_from_1() -> None:
    value, rng = 1, Random(1)
    for _ in range(10):
        value = Perturb(1.1, 1.2).apply(value, rng)
    assert value >= 11


def test_an_integer_beyond_all_floats_is_multiplied_exactly() -> None:
    assert Perturb(1.5, 1.5).apply(10**400, Random(1)) == 15 * 10**399


# Perturb: bounds ----------------------------------------------------------------------------------


@given(st.one_of(uniforms(), log_uniforms()), explores(), finite(), generators())
def test_a_number_stays_inside_its_distribution(
    prior: Uniform | LogUniform, explore: Explore, value: float, rng: Random
) -> None:
    assume(not isinstance(explore, Resample))
    low, high = prior.bounds
    assert low <= explore.apply(value, rng, within=prior) <= high


@given(uniforms(), perturbs(), INTEGERS, generators())
def test_an_integer_stays_inside_if_there_is_one(
    prior: Uniform, perturb: Perturb, value: int, rng: Random
) -> None:
    varied = perturb.apply(value, rng, within=prior)
    assert type(varied) is int
    low, high = prior.bounds
    assert low <= varied <= high or (varied == value and math.ceil(low) > math.floor(high))


def test_the_upper_bound_is_not_reached() -> None:
    grow = Perturb(2, 2)
    assert grow.apply(0.9, Random(1), within=Uniform(0, 1)) == math.nextafter(1, 0)
    assert grow.apply(9, Random(1), within=Uniform(1, 10)) == 9


@pytest.mark.parametrize("prior", [Choice([1.0, 2.0]), Constant(1.0), Normal(1, 0.1)])
def test_where_a_search_starts_is_no_bound(prior: Choice | Constant | Normal) -> None:
    assert Perturb(10, 10).apply(1.0, Random(1), within=prior) == 10


# PerturbChoice, Resample --------------------------------------------------------------------------


def test_a_choice_of_factors() -> None:
    rng = Random(1)
    seen = Counter(PerturbChoice().apply(10.0, rng) for _ in range(1_000))
    assert set(seen) == {8.0, 12.0}
    assert min(seen.values()) > 450


def test_now_and_then_a_value_is_drawn_anew() -> None:
    rng, prior = Random(1), Choice(["a", True, None])
    seen = [Resample(0.25).apply("old", rng, within=prior) for _ in range(1_000)]
    assert 700 < seen.count("old") < 800
    assert {identity(value) for value in seen} == {'"old"', '"a"', "true", "null"}


def test_never_and_always() -> None:
    assert Resample(0).apply("old", Random(1), within=Constant("new")) == "old"
    assert Resample(1).apply("old", Random(1), within=Constant("new")) == "new"


@given(explores(), json_values(), st.integers())
def test_the_same_generator_gives_the_same_value(explore: Explore, value: Any, seed: int) -> None:
    varied = [explore.apply(value, Random(seed), within=Uniform(0, 1)) for _ in range(2)]
    assert identity(varied[0]) == identity(varied[1])


# Refusals and the wire ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Perturb, (1.2, 0.8), "minFactor must not exceed maxFactor, got 1.2 and 0.8"),
        (Perturb, (-1, 1), "minFactor must not be negative, got -1.0"),
        (Perturb, ("1", 1), "minFactor must be a number, got '1'"),
        (Perturb, (1, math.inf), "maxFactor must be finite, got inf"),
        (PerturbChoice, ([],), "factors must not be empty"),
        (PerturbChoice, ([1, -1],), "factors must not be negative, got -1.0"),
        (PerturbChoice, ([True],), r"factors\[0\] must be a number, got True"),
        (PerturbChoice, (2,), "factors must be a list, got 2"),
        (Resample, (1.5,), "probability must be between 0 and 1, got 1.5"),
        (Resample, (None,), "probability must be a number, got None"),
    ],
)
def test_a_refusal_says_what_is_wrong(kind: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(*arguments)


@given(explores())
def test_an_explore_strategy_survives_the_wire(explore: Explore) -> None:
    assert explore_from_wire(json.loads(json.dumps(explore.to_wire()))) == explore


@given(st.floats(0, 0.5, exclude_min=True))
def test_an_exploit_strategy_survives_the_wire(proportion: float) -> None:
    wire = json.loads(json.dumps(Truncate(proportion).to_wire()))
    assert exploit_from_wire(wire) == Truncate(proportion)


def test_the_wire_forms() -> None:
    assert Truncate().to_wire() == {"truncate": 0.2}
    assert Perturb().to_wire() == {"perturb": {"minFactor": 0.8, "maxFactor": 1.2}}
    assert PerturbChoice().to_wire() == {"perturbchoice": {"factors": [0.8, 1.2]}}
    assert Resample().to_wire() == {"resample": {"probability": 0.25}}


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (None, "here: the explore strategy must be an object with one key, got None"),
        (
            {"perturbation": {}},
            r"here: unknown explore strategy 'perturbation' \(did you mean perturb\?\)",
        ),
        ({"perturb": 1}, "here.perturb: the content must be an object, got 1"),
        ({"perturb": {"minFactor": 1}}, "here.perturb: maxFactor is missing"),
        ({"perturbchoice": {"factors": 1}}, "here.perturbchoice: factors must be a list, got 1"),
        ({"resample": {}}, "here.resample: probability is missing"),
    ],
)
def test_a_refusal_says_where(wire: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explore_from_wire(wire, "here")


def test_an_unknown_exploit_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="here: unknown exploit strategy 'tournament'"):
        exploit_from_wire({"tournament": 2}, "here")
    with pytest.raises(ValueError, match=r"here\.truncate: the proportion must be a number"):
        exploit_from_wire({"truncate": "0.2"}, "here")


def test_parameters_have_their_old_names_order_and_defaults() -> None:
    assert Truncate(proportion=0.3).proportion == 0.3
    assert Perturb(min_factor=0.5, max_factor=2) == Perturb(0.5, 2)
    assert (Perturb().min_factor, Perturb().max_factor) == (0.8, 1.2)
    assert repr(Perturb()) == "Perturb(min_factor=0.8, max_factor=1.2)"
