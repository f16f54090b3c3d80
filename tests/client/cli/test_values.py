"""Words of a command line, understood or refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy import pbt, random
from schedy.cli import values
from schedy.cli.failures import WrongUse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), JSON))
def test_any_json_is_a_value(named: dict[str, Any]) -> None:
    words = [word for name, value in named.items() for word in (name, json.dumps(value))]

    assert values.pairs(words, "result") == named


@pytest.mark.parametrize("words", [["x"], ["x", "abc"], ["x", "1", "x", "2"], ["x", "{"]])
def test_broken_pairs_are_refused(words: list[str]) -> None:
    with pytest.raises(WrongUse, match="'x'"):
        values.pairs(words, "result")


def test_distributions_are_triples() -> None:
    read = values.distributions(
        ["lr", "uniform", '{"low": 0, "high": 1}', "act", "const", '"relu"']
    )

    assert read == {"lr": random.Uniform(0, 1), "act": random.Constant("relu")}


@pytest.mark.parametrize("words", ["lr", "lr uniform", "lr uniform 3", "lr unifrom {}", "a b c d"])
def test_broken_distributions_are_refused(words: str) -> None:
    with pytest.raises(WrongUse):
        values.distributions(words.split())


def test_exploring_is_to_multiply_unless_another_way_is_named() -> None:
    words = ["lr", "0.8", "1.2", "act", "resample", '{"probability": 0.5}']

    assert values.explore(words) == {"lr": pbt.Perturb(0.8, 1.2), "act": pbt.Resample(0.5)}


@pytest.mark.parametrize("words", [["0.3"], ["truncate", "0.3"]])
def test_exploiting_is_a_share(words: list[str]) -> None:
    assert values.exploit(words) == pbt.Truncate(0.3)


@pytest.mark.parametrize("words", [["0.9"], ["copy", "0.3"], ["x"], ["truncate", "0.3", "1"]])
def test_other_ways_to_exploit_are_refused(words: list[str]) -> None:
    with pytest.raises(WrongUse):
        values.exploit(words)
