"""Nothing that comes from a server makes a terminal obey."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from schedy.cli.text import clean, one_line, shown


def test_escape_sequences_are_spelled_out() -> None:
    assert clean("\x1b[31mred\x9b0m\n") == r"\x1b[31mred\x9b0m\n"


def test_ordinary_text_of_any_language_stays() -> None:
    assert clean("Größe 学習率 ←é") == "Größe 学習率 ←é"


def test_a_message_is_one_line() -> None:
    assert one_line("first\n> second\t\x07") == r"first > second \x07"


def test_none_is_nothing() -> None:
    assert [shown(None), shown(False), shown([1, "a"])] == ["", "False", "[1, 'a']"]


@given(st.text(st.characters()))
def test_no_control_character_is_left(text: str) -> None:
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in clean(text))
