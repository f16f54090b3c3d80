"""What a message may show of a user's values, and what makes two of them the same."""

from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given

from schedy.plain import LONGEST_SHOWN, identity, label, plain, shown
from tests.strategies import json_values


class Size(IntEnum):
    LARGE = 3


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", r"'a\nb'"),
        ("\ud800", r"'\ud800'"),
        (1.5, "1.5"),
        (None, "None"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
        (10**100, "a huge integer"),
        (object, "of type type"),
    ],
)
def test_a_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_text_is_cut() -> None:
    assert len(shown("x" * 10_000)) == LONGEST_SHOWN
    assert len(label("x" * 10_000)) == LONGEST_SHOWN


def test_a_name_stays_readable_and_on_its_line() -> None:
    assert label("Größe λ") == "Größe λ"
    assert label("a\nb\ud800") == r"a\nb\ud800"


@given(json_values(max_leaves=20))
def test_plain_values_stay_as_they_are(value: Any) -> None:
    assert identity(plain(value, "value")) == identity(value)


@pytest.mark.parametrize(("value", "kind"), [(Size.LARGE, int), (Colour.RED, str)])
def test_enumerations_become_what_they_stand_for(value: Any, kind: type) -> None:
    assert type(plain(value, "value")) is kind
    assert plain(value, "value") == value


def test_a_copy_is_a_copy() -> None:
    original = {"a": [1]}
    plain(original, "value")["a"].append(2)
    assert original == {"a": [1]}
