"""A command line for a job."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.cli.failures import WrongUse
from schedy.cli.placeholders import check, expand

WORDS = st.lists(st.text(st.characters(exclude_characters="%", codec="utf-8")))


def expanded(*command: str, **hyperparameters: Any) -> list[str]:
    return expand(command, experiment="mnist", job_id="7xk", hyperparameters=hyperparameters)


def test_experiment_and_job_stand_anywhere_in_a_word() -> None:
    assert expanded("train", "--to=runs/%e-%j.pt") == ["train", "--to=runs/mnist-7xk.pt"]


def test_hyperparameters_become_options() -> None:
    assert expanded("%h", learning_rate=0.1, name="a b") == [
        "--learning-rate", "0.1", "--name", "a b",
    ]  # fmt: skip


def test_null_is_left_out() -> None:
    assert expanded("%h", dropout=None, layers=2) == ["--layers", "2"]


def test_what_is_no_text_is_json() -> None:
    assert expanded("%h", on=True, sizes=[1, 2]) == ["--on", "true", "--sizes", "[1, 2]"]


def test_a_doubled_percent_sign_is_one() -> None:
    assert expanded("100%%", "%%h", "%%e") == ["100%", "%h", "%e"]


def test_any_other_percent_sign_stays() -> None:
    assert expanded("date", "+%d", "50%") == ["date", "+%d", "50%"]


def test_a_placeholder_in_a_value_is_only_text() -> None:
    assert expanded("%h", name="%j %h") == ["--name", "%j %h"]


@pytest.mark.parametrize("command", [[], ["train", "--all=%h"], ["%h%h"]])
def test_a_senseless_command_is_refused(command: list[str]) -> None:
    with pytest.raises(WrongUse):
        check(command)


@given(WORDS)
def test_a_command_without_placeholders_stays_as_it_is(command: list[str]) -> None:
    assert expanded(*command) == command


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.floats(allow_nan=False))))
def test_every_number_arrives_exactly(hyperparameters: dict[str, Any]) -> None:
    words = expand(["%h"], experiment="e", job_id="j", hyperparameters=hyperparameters)

    assert [json.loads(word) for word in words[1::2]] == list(hyperparameters.values())
