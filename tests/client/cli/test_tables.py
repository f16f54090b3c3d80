"""Tables of whatever values there are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.cli.failures import WrongUse
from schedy.cli.tables import HYPERPARAMETER, OWN, RESULT, Key, Table, aligned, boxed, labels

ID, X, LOSS, LOSS_TOO = (
    Key(OWN, "id"), Key(HYPERPARAMETER, "x"), Key(RESULT, "loss"), Key(HYPERPARAMETER, "loss"),
)  # fmt: skip
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=5)
)


def test_numbers_line_up_at_the_point() -> None:
    assert boxed(["id", "x"], [["a", 1.25], ["b", None], ["c", 10]]).splitlines() == [
        "+----+-------+",
        "| id |     x |",
        "|----+-------|",
        "| a  |  1.25 |",
        "| b  |       |",
        "| c  | 10    |",
        "+----+-------+",
    ]


def test_plain_columns_are_two_spaces_apart() -> None:
    assert aligned([["mnist", "RUNNING"], ["x", "DONE"]]) == "mnist  RUNNING\nx      DONE"


def test_columns_stand_in_the_order_of_their_first_occurrence() -> None:
    assert Table.of([{ID: 1, LOSS: 2}, {ID: 3, X: 4}]).columns == [ID, LOSS, X]


def test_a_name_that_two_columns_have_is_said_in_full() -> None:
    assert labels([ID, LOSS, LOSS_TOO]) == ["id", "result.loss", "hyperparameter.loss"]


@pytest.mark.parametrize("name", ["x", "hyperparameter.x", "hyperparameters.x"])
def test_a_column_has_a_short_name_and_long_ones(name: str) -> None:
    assert Table([ID, X], []).column(name) == X


@pytest.mark.parametrize(
    ("name", "hint"), [("loss", "'result.loss' or 'hyperparameter.loss'"), ("idd", "'id'")]
)
def test_a_wrong_column_is_answered_with_right_ones(name: str, hint: str) -> None:
    with pytest.raises(WrongUse, match=hint):
        Table([ID, LOSS, LOSS_TOO], []).column(name)


@given(st.lists(VALUES), st.booleans())
def test_values_of_any_types_can_be_sorted_and_gaps_come_last(
    values: list[Any], decreasing: bool
) -> None:
    table = Table([X], [{X: value} for value in values])

    ordered = [record[X] for record in table.sorted(["x"], decreasing=decreasing).records]

    assert sorted(map(repr, ordered)) == sorted(map(repr, values))
    assert all(value is None for value in ordered[len(values) - values.count(None) :])


@given(ROWS)
def test_all_lines_of_a_table_are_equally_long(rows: list[list[Any]]) -> None:
    lines = boxed([f"c{at}" for at in range(len(rows[0]))], rows).split("\n")

    assert len(lines) == len(rows) + 4
    assert len({len(line) for line in lines}) == 1
