import json
import math
import sys
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.encoding import decode, encode, sendable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Tensor:
    """Like a tensor with one element, of a library that has nothing but `item`."""

    def item(self) -> float:
        return 0.5


@given(JSON)
def test_what_json_can_hold_comes_back_as_it_was(value: Any) -> None:
    assert repr(decode(encode(value))) == repr(value)


@given(JSON)
def test_it_travels_in_ascii(value: Any) -> None:
    assert encode(value).isascii()


def test_a_diverging_loss_survives() -> None:
    text = encode([math.nan, math.inf, -math.inf, -0.0, 10**40])
    assert text == b"[NaN,Infinity,-Infinity,-0.0,1" + b"0" * 40 + b"]"
    assert [repr(each) for each in decode(text)] == ["nan", "inf", "-inf", "-0.0", "1" + "0" * 40]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.int64(-3), -3),
        (np.uint8(255), 255),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(7), 7),
        (np.longdouble("0.5"), 0.5),
        (np.array([1, 2], dtype=np.longdouble), [1.0, 2.0]),
        (np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]]),
        (np.array([], dtype=float), []),
        (np.array([{"a": np.float16(1)}], dtype=object), [{"a": 1.0}]),
        (Tensor(), 0.5),
        ((1, 2), [1, 2]),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
)
def test_values_of_other_libraries_become_plain(value: Any, plain: Any) -> None:
    assert json.loads(encode({"x": [value]})) == {"x": [plain]}


def test_numpy_nan_is_nan() -> None:
    assert encode(np.array([np.nan, np.inf], dtype=np.float32)) == b"[NaN,Infinity]"


def test_keys_become_text_as_they_always_did() -> None:
    assert encode({1: 1, 2.5: 2, False: 3, None: 4}) == b'{"1":1,"2.5":2,"false":3,"null":4}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"results": {"curve": [0, {1, 2}]}},
            r"results\['curve'\]\[1\] is of type set, which JSON has",
        ),
        ({"results": {"t": Tensor}}, r"results\['t'\] is of type type"),
        ({"results": {"z": np.complex64(1j)}}, r"results\['z'\] is of type complex"),
        ({"results": {"o": object()}}, r"results\['o'\] is of type object"),
        ({"results": {(1, 2): 3}}, r"results: the key \(1, 2\) is of type tuple, not text"),
        ({"results": {"b": b"x"}}, r"results\['b'\] is of type bytes"),
    ],
)
def test_what_json_has_no_word_for_is_named_with_its_place(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        encode(value)


def test_what_contains_itself_is_named_with_its_place() -> None:
    curve: list[Any] = [1]
    curve.append(curve)
    with pytest.raises(ValueError, match=r"results\['curve'\]\[1\] contains itself"):
        encode({"results": {"curve": curve}})


@pytest.mark.parametrize("digits", ["7" * 4301, "-" + "12" * 9000, "1" + "0" * 20_000])
def test_an_integer_too_long_to_read_is_read_all_the_same(digits: str) -> None:
    found = decode(f'{{"a": [{digits}], "b": 3}}'.encode())
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert found == {"a": [int(digits)], "b": 3}
    finally:
        sys.set_int_max_str_digits(before)


def test_a_number_that_is_no_number_of_ours_is_named_with_its_place() -> None:
    with pytest.raises(TypeError, match=r"results\['z'\] is of type numpy"):
        encode({"results": {"z": np.clongdouble(1j)}})


def test_an_integer_too_long_to_print_is_named_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"results\['n'\]"):
        encode({"results": {"n": 10**5000}})


def test_what_is_nested_too_deeply_is_an_error_and_no_crash() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        encode(deep)
    with pytest.raises(ValueError, match="nested too deeply"):
        decode(b"[" * 100_000)


def test_what_can_be_sent_is_told_from_what_can_not() -> None:
    assert sendable({"loss": 0.5, "model": object(), "curve": [1], "bad": {2}}) == {
        "loss": 0.5,
        "curve": [1],
    }
