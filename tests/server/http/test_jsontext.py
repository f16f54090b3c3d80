"""JSON as users write it: read as Python reads it, kept as it was sent."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.errors import Invalid
from schedy_server.model.jsontext import DEEPEST, loads, parse, parse_object
from schedy_server.model.payload import Payload
from tests.server.http.nasties import NASTY_JSON, json_texts
from tests.strategies import json_values

UNQUOTED = "Expecting property name enclosed in double quotes"

spaces = st.text(" \t\n\r", max_size=3)


def same(one: object, other: object) -> bool:
    """Tell whether two values are equal, where NaN equals itself and 1 is not 1.0."""
    return json.dumps(one) == json.dumps(other)


def python_reads(text: str) -> Any:
    """Return what Python's json makes of a text; ValueError if it is none."""
    return json.JSONDecoder(parse_int=lambda digits: int(digits[:300])).decode(text)


payloads = st.dictionaries(st.text(max_size=3), json_values(max_leaves=4), max_size=3)
members = st.tuples(st.text(max_size=3), payloads, st.sampled_from([None, 1]), spaces)


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """The text of an object, and the texts of its members; the last of a name counts."""
    drawn = draw(st.lists(members, max_size=4))
    texts = [(name, json.dumps(value, indent=indent)) for name, value, indent, _ in drawn]
    pads = [pad for *_, pad in drawn]
    inner = ",".join(
        f"{pad}{json.dumps(name)}{pad}:{pad}{text}{pad}"
        for (name, text), pad in zip(texts, pads, strict=True)
    )
    outer = draw(spaces)
    return f"{outer}{{{inner or outer}}}{outer}", dict(texts)


@given(objects())
def test_members_that_are_objects_keep_their_text(sent: tuple[str, dict[str, str]]) -> None:
    text, members = sent
    found = parse_object(text.encode())
    assert {name: member.text for name, member in found.items()} == members
    assert all(same(member.value, json.loads(member.text)) for member in found.values())


@given(st.lists(objects(), max_size=4))
def test_so_do_those_in_a_list(sent: list[tuple[str, dict[str, str]]]) -> None:
    body = '{"jobs": [' + ",".join(text for text, _ in sent) + "]}"
    found: Any = parse_object(body.encode(), inside="jobs")["jobs"]
    assert [{name: each.text for name, each in item.items()} for item in found] == [
        members for _, members in sent
    ]


@given(st.one_of(json_texts(), st.sampled_from(NASTY_JSON), st.text(max_size=20)))
def test_what_python_refuses_is_refused_and_nothing_else(text: str) -> None:
    body = f'{{"a": {text}}}'
    try:
        expected = python_reads(body)
    except (ValueError, RecursionError):
        with pytest.raises(Invalid):
            parse_object(body.encode("utf-8", "surrogatepass"))
        return
    if deeper_than_taken(expected):
        return
    [found] = parse_object(body.encode("utf-8", "surrogatepass")).values()
    value = found.value if isinstance(found, Payload) else found
    assert same(python_reads(json.dumps(value)), expected["a"]) or math.inf in flattened(value)


def deeper_than_taken(value: Any, levels: int = DEEPEST) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(deeper_than_taken(each, levels - 1) for each in inner)


def flattened(value: Any) -> set[Any]:
    """Return the numbers in a value, without their sign."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return {number for each in inner for number in flattened(each)}
    return {abs(value)} if isinstance(value, float) else set()


@given(st.integers(0, 2 * DEEPEST), st.sampled_from(["[{}]", '{{"a":{}}}', '[{{"":[{}]}}]']))
def test_a_hundred_levels_are_taken_and_no_more(levels: int, level: str) -> None:
    text = "1"
    for _ in range(levels):
        text = level.format(text)
    depth = levels * (level.count("[") + level.count("{{"))
    if depth <= DEEPEST:
        assert same(parse(text.encode()), json.loads(text))
    else:
        with pytest.raises(Invalid, match="nested more than 100 levels"):
            parse(text.encode())


@given(st.text(alphabet='[]{}"\\a', max_size=30))
def test_brackets_in_strings_are_no_levels(text: str) -> None:
    body = json.dumps(["[" * 200, text, "{" * 200 + '\\"'])
    assert parse(body.encode()) == json.loads(body)


@pytest.mark.parametrize("digits", [4300, 4301, 5_000])
def test_an_integer_of_thousands_of_digits_is_kept_and_counts_as_infinite(digits: int) -> None:
    text = "-" + "7" * digits
    member = parse_object(f'{{"r": {{"x": {text}}}}}'.encode())["r"]
    assert member.text == f'{{"x": {text}}}'
    assert loads(member.text)["x"] == (-math.inf if digits > 4300 else -(10**digits - 1) // 9 * 7)


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '{"\\udfff": 1}', '["\\ud83d"]', '"\\ud83dx\\ude00"']
)
def test_half_of_a_pair_is_refused_where_no_text_is_kept(text: str) -> None:
    with pytest.raises(Invalid, match="surrogate pair"):
        parse(text.encode())


def test_a_whole_pair_is_a_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is no JSON: Expecting value (line 1, column 1)."),
        (b'{"a": 1,\n "b"}', "The body is no JSON: Expecting ':' delimiter (line 2, column 5)."),
        (b"[]", "The body has to be a JSON object."),
        (b'{"a": \xff}', "The body is not UTF-8 text (byte 6)."),
        (b'{"a": 1} 2', "The body is no JSON: Extra data (line 1, column 10)."),
        (b'{"a" 1}', "The body is no JSON: Expecting ':' delimiter (line 1, column 6)."),
        (b'{"a": 1 "b": 2}', "The body is no JSON: Expecting ',' delimiter (line 1, column 9)."),
        (b"{a: 1}", f"The body is no JSON: {UNQUOTED} (line 1, column 2)."),
    ],
)
def test_a_refusal_says_where(body: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_object(body)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        '{"a":',
        '"',
        '\\"',
        '"\\',
        "[]",
        '"[',
        '\\ud800"',
        " ",
        "1",
        "1,",
        "\\\\",
        '[" ',
        "-",
        "1e",
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    body = ("[" * 101 + piece * (400_000 // len(piece))).encode()
    started = time.process_time()
    with pytest.raises(Invalid):
        parse_object(body)
    assert time.process_time() - started < 1  # quadratic, it would be minutes
