"""Results in what a command prints."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.cli.results import BEGIN, END, ResultReader

RESULTS = st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text()))
NOISE = st.binary(max_size=30).filter(lambda noise: b"-" not in noise)


def read(*pieces: bytes) -> ResultReader:
    reader = ResultReader()
    for piece in pieces:
        reader.feed(piece)
    reader.close()
    return reader


def block(text: str) -> bytes:
    return BEGIN + b"\n" + text.encode() + b"\n" + END + b"\n"


def test_results_stand_between_two_lines() -> None:
    assert read(b"epoch 1\n", block('{"loss": 0.5}'), b"bye\n").results == {"loss": 0.5}


def test_without_the_lines_there_are_none() -> None:
    reader = read(b'{"loss": 0.5}\n')

    assert (reader.results, reader.found, reader.problem) == ({}, False, None)


def test_later_results_add_to_earlier_ones() -> None:
    reader = read(block('{"loss": 1, "path": "a"}'), block('{"loss": 2}'))

    assert reader.results == {"loss": 2, "path": "a"}


def test_windows_ends_its_lines_differently() -> None:
    assert read(block('{"a":\r\n1}').replace(b"\n", b"\r\n")).results == {"a": 1}


def test_the_last_line_needs_no_end() -> None:
    assert read(block('{"a": 1}')[:-1]).results == {"a": 1}


def test_a_diverged_loss_is_a_result() -> None:
    assert math.isnan(read(block('{"loss": NaN}')).results["loss"])


@pytest.mark.parametrize("text", ["", "nope", "[1]", '{"a": }', '"text"', "\x00"])
def test_what_is_no_object_is_a_problem(text: str) -> None:
    reader = read(block('{"kept": 1}'), block(text))

    assert reader.results == {"kept": 1}
    assert "JSON" in str(reader.problem)


def test_results_without_an_end_are_a_problem() -> None:
    assert "no end" in str(read(BEGIN + b'\n{"a": 1}\n').problem)


@given(RESULTS, NOISE, st.lists(st.integers(0, 200)))
def test_how_the_output_is_cut_does_not_matter(
    results: dict[str, Any], noise: bytes, cuts: list[int]
) -> None:
    output = noise + b"\n" + block(json.dumps(results)) + noise
    edges = [0, *sorted(cuts), len(output)]

    assert read(*[output[a:b] for a, b in pairwise(edges)]).results == results
