"""Small plots: what they show, and that they fit, whatever the values are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.cli.plots import plot

NAN = math.nan
BELOW = ("0", "step", "9")


def drawn(values: list[float], width: int = 20, **settings: object) -> list[str]:
    settings = {"title": "loss", "below": BELOW, **settings}
    return plot(values, width=width, **settings).split("\n")  # type: ignore[arg-type]  # settings are a test's own


def test_a_line_goes_from_the_first_value_to_the_last() -> None:
    assert drawn([3, 2, 1], width=15) == [
        "loss",
        "3 │▀▀▀▄",
        "  │   █",
        "  │   █",
        "  │   █",
        "  │   █▄▄▄▄▄",
        "  │         █",
        "  │         █",
        "  │         █",
        "  │         █",
        "1 │         █▄▄",
        "  └────────────",
        "   0   step   9",
    ]


def test_what_grows_goes_up() -> None:
    _, top, *_, bottom, _, _ = drawn([1, 2, 3])
    assert top.endswith("▀▀▀")
    assert bottom.startswith("1 │▄▄▄")


def test_between_the_ends_of_the_band_it_is_shaded() -> None:
    lines = drawn([1, 1], band=([0, 0], [2, 1]))
    assert [line[3] for line in lines[1:-2]] == [*"░░░░▄░░░░░"]
    assert lines[1].count("░") < lines[-3].count("░") == 17


def test_where_no_number_is_there_is_a_gap() -> None:
    _, top, *middle, bottom, _, _ = drawn([1, NAN, 2, math.inf, 1.5], width=25)
    assert top == "2 │        ▀▀▀▀▀▀"
    assert bottom == "1 │▄▄▄"
    assert [row for row in middle if row != "  │"] == ["  │                   ▄▄▄"]


def test_what_spans_decades_is_logarithmic() -> None:
    straight = drawn([10.0**at for at in range(20)], width=60)
    assert straight[0] == "loss (log)"
    lengths = [len(row.rstrip()) for row in straight[1:-2]]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] - lengths[5] > 15
    assert drawn([-1.0, *(10.0**at for at in range(20))], width=60)[0] == "loss"


@pytest.mark.parametrize(
    "values", [[], [1.0], [2.0, 2.0, 2.0], [NAN, NAN], [NAN, 1.0], [0.0, 5e-324]]
)
def test_where_nothing_is_to_be_seen_nothing_is_drawn(values: list[float]) -> None:
    assert drawn(values) == [""]


def test_of_a_single_place_no_band_is_drawn() -> None:
    assert drawn([1], band=([0], [2])) == [""]


@pytest.mark.parametrize("width", [0, 1, 5, 12])
def test_without_room_nothing_is_drawn(width: int) -> None:
    assert drawn([1, 2], width=width) == [""]


def test_a_title_is_cut_and_cleaned() -> None:
    title, *_ = drawn([1, 2000], title="\x1b[2J" + "x" * 99)
    assert title == r"\x1b[2Jxxxxxx… (log)"


@given(st.lists(st.floats(), min_size=2), st.integers(13, 130))
def test_it_fits_whatever_the_values_are(values: list[float], width: int) -> None:
    lines = drawn(values, width=width)
    assert max(map(len, lines)) <= width
    assert len(lines) in {1, 13}
    assert "inf" not in lines[-1]
