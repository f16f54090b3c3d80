"""Definitions are checked once, at the border, and a refusal says where the fault is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.pbt import Explore, Perturb, Resample, Truncate
from schedy.random import Distribution, Uniform
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction, Objective
from schedy_server.schedulers.manual import Manual
from schedy_server.schedulers.pbt import PBT
from schedy_server.schedulers.random_search import RandomSearch
from schedy_server.schedulers.registry import parse
from tests.strategies import explores, json_values, spaces

SMALLEST_PBT = {"objective": "min", "qualityResultName": "loss", "exploit": {"truncate": 0.2}}


def pbt(**changes: Any) -> dict[str, Any]:
    return {"PBT": {**SMALLEST_PBT, **changes}}


def test_manual_search_has_no_parameters() -> None:
    assert parse({"Manual": None}) == Manual()


def test_random_search_has_a_distribution_for_each_hyperparameter() -> None:
    wire = {"RandomSearch": {"lr": {"uniform": {"low": 0, "high": 1}}}}
    assert parse(wire) == RandomSearch({"lr": Uniform(0, 1)})


def test_a_random_search_may_be_empty() -> None:
    assert parse({"RandomSearch": {}}) == RandomSearch({})


def test_the_smallest_population_based_training() -> None:
    assert parse(pbt()) == PBT(
        objective=Objective("loss", Direction.MIN),
        exploit=Truncate(0.2),
        explore={},
        init={},
        population_size=None,
        max_generations=None,
    )


def test_a_full_population_based_training() -> None:
    wire = pbt(
        explore={"lr": {"perturb": {"minFactor": 0.5, "maxFactor": 2}}},
        init={"lr": {"uniform": {"low": 0, "high": 1}}},
        numParallel=20.0,
        maxGenerations=50,
    )
    assert parse(wire) == PBT(
        objective=Objective("loss", Direction.MIN),
        exploit=Truncate(0.2),
        explore={"lr": Perturb(0.5, 2)},
        init={"lr": Uniform(0, 1)},
        population_size=20,
        max_generations=50,
    )


def test_what_is_optional_may_be_null() -> None:
    nothing = dict.fromkeys(["explore", "init", "numParallel", "maxGenerations", "max_generations"])
    assert parse(pbt(**nothing)) == parse(pbt())


def test_zero_means_that_there_is_no_such_number() -> None:
    assert parse(pbt(numParallel=0, maxGenerations=0.0)) == parse(pbt())


@pytest.mark.parametrize(
    "limits",
    [
        {"maxGenerations": 5},
        {"max_generations": 5},
        {"maxGenerations": 5, "max_generations": 5.0},
        {"maxGenerations": None, "max_generations": 5},
        {"maxGenerations": 5, "max_generations": None},
    ],
)
def test_the_limit_has_two_names(limits: dict[str, Any]) -> None:
    scheduler = parse(pbt(**limits))
    assert isinstance(scheduler, PBT)
    assert scheduler.max_generations == 5


def test_an_answer_has_the_limit_under_both_names() -> None:
    answer = parse(pbt(max_generations=5)).to_wire()["PBT"]
    assert (answer["maxGenerations"], answer["max_generations"]) == (5, 5)


def test_an_answer_leaves_out_what_is_not_given() -> None:
    assert parse(pbt()).to_wire() == pbt()


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (None, "scheduler: the scheduler must be an object with one key, got None"),
        ({}, "scheduler: the scheduler must be an object with one key, got 0 keys"),
        ({"Manual": None, "PBT": {}}, "scheduler: the scheduler must be an object with one key"),
        ({"randomSearch": {}}, r"unknown scheduler 'randomSearch' \(did you mean RandomSearch\?\)"),
        ({"Manual": {}}, "scheduler.Manual: the parameters must be null, got an object"),
        ({"RandomSearch": None}, "scheduler.RandomSearch: the parameters must be an object"),
        ({"RandomSearch": []}, "scheduler.RandomSearch: the hyperparameters must be an object"),
        ({"RandomSearch": {"lr": {}}}, "scheduler.RandomSearch.lr: the distribution must be"),
        (
            {"RandomSearch": {"lr": {"uniform": {"low": "0", "high": 1}}}},
            "scheduler.RandomSearch.lr.uniform: low must be a number, got '0'",
        ),
        (
            {"RandomSearch": {"lr": {"uniform": {"low": 0}}}},
            "scheduler.RandomSearch.lr.uniform: high is missing",
        ),
        ({"RandomSearch": {"a\nb": 1}}, r"scheduler.RandomSearch.a\\nb: the distribution must be"),
        ({"PBT": None}, "scheduler.PBT: the content must be an object, got None"),
        ({"PBT": {}}, "scheduler.PBT: objective is missing"),
        (pbt(objective="minimum"), "unknown objective 'minimum'"),
        (pbt(objective=[]), "unknown objective a list"),
        (pbt(qualityResultName=1), "scheduler.PBT.qualityResultName must be text, got 1"),
        (pbt(exploit=None), "scheduler.PBT.exploit: the exploit strategy must be an object"),
        (pbt(exploit={"truncate": 0}), "scheduler.PBT.exploit.truncate: the proportion must be"),
        (pbt(exploit={"truncates": 0.2}), r"\(did you mean truncate\?\)"),
        (pbt(explore=[]), "scheduler.PBT.explore: the hyperparameters must be an object"),
        (pbt(explore={"lr": {"perturb": {}}}), "scheduler.PBT.explore.lr.perturb: minFactor is"),
        (
            pbt(explore={"lr": {"resample": {"probability": 1}}}),
            "scheduler.PBT.explore.lr.resample: needs a distribution of that name in init",
        ),
        (pbt(init={"lr": {"const": 1, "x": 2}}), "scheduler.PBT.init.lr: the distribution must be"),
        (pbt(numParallel=True), "scheduler.PBT.numParallel must be a whole number"),
        (pbt(numParallel=1.5), "scheduler.PBT.numParallel must be a whole number"),
        (pbt(numParallel=float("inf")), "scheduler.PBT.numParallel must be a whole number"),
        (pbt(numParallel="20"), "scheduler.PBT.numParallel must be a whole number"),
        (pbt(maxGenerations=-1), "scheduler.PBT.maxGenerations must be a whole number"),
        (pbt(maxGenerations=1, max_generations=2), "maxGenerations and max_generations differ"),
        (pbt(populationSize=20), "scheduler.PBT: unknown key 'populationSize'"),
    ],
)
def test_a_refusal_says_where_and_why(wire: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        parse(wire)


@given(json_values(max_leaves=20))
def test_any_json_is_either_a_definition_or_refused(wire: Any) -> None:
    for definition in (wire, {"RandomSearch": wire}, {"RandomSearch": {"x": wire}}, {"PBT": wire}):
        assert refusal(definition).isprintable()


@given(json_values(max_leaves=20), st.sampled_from(["exploit", "explore", "init", "numParallel"]))
def test_any_parameter_is_either_understood_or_refused(wire: Any, name: str) -> None:
    assert f"scheduler.PBT.{name}" in (refusal(pbt(**{name: wire})) or f"scheduler.PBT.{name}")


def refusal(definition: object) -> str:
    """Return why a definition is refused, or nothing if it is not."""
    try:
        parse(definition)
    except Invalid as error:
        return str(error)
    return ""


@given(spaces(), st.dictionaries(st.text(max_size=5), explores()), st.integers(0, 10**6))
def test_what_is_answered_can_be_sent_again(
    init: dict[str, Distribution], explore: dict[str, Explore], limit: int
) -> None:
    known = {name: each for name, each in explore.items() if not isinstance(each, Resample)}
    scheduler = PBT(
        objective=Objective("", Direction.MAX),
        exploit=Truncate(0.5),
        explore=known,
        init=init,
        population_size=limit or None,
        max_generations=limit or None,
    )
    assert parse(scheduler.to_wire()) == scheduler
