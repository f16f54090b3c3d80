"""What may be written on things, and what a change makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.errors import Conflict, Invalid
from schedy_server.model.words import (
    LONGEST_NOTE,
    MOST_TAGS,
    NO_WORDS,
    Rewording,
    Words,
    checked_note,
    checked_tag,
    checked_tags,
    difference,
    reworded,
)
from schedy_server.storage.words import words_of

CHARACTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters=","
)
TAGS = st.text(CHARACTERS, min_size=1, max_size=64)


@given(TAGS)
def test_a_tag_is_kept_to_the_character(tag: str) -> None:
    assert checked_tag(tag) == tag
    assert checked_tag(f" {tag}\t") == tag


@given(st.lists(TAGS, max_size=MOST_TAGS, unique=True), st.text("ab\n", max_size=5))
def test_words_come_back_from_the_database_as_they_were(tags: list[str], note: str) -> None:
    words = Words(tags=checked_tags(tags), note=note)
    assert words_of(" ".join(words.tags), words.note) == words


@pytest.mark.parametrize(
    "tag", ["", " ", "a b", "a,b", "a\nb", "a\0", "\ud800", "x" * 65, "a\u2028b"]
)
def test_what_is_no_tag_is_refused_in_words(tag: str) -> None:
    with pytest.raises(Invalid, match=r"^tags: ") as refusal:
        checked_tag(tag)
    assert str(refusal.value).isprintable()


def test_there_are_so_many_tags_and_no_more() -> None:
    tags = [f"t{n}" for n in range(MOST_TAGS)]
    assert len(checked_tags(tags * 2)) == MOST_TAGS
    with pytest.raises(Invalid, match="at most 32, not 33"):
        checked_tags([*tags, "one"])


def test_a_note_has_its_limit_in_bytes() -> None:
    assert checked_note("ä" * (LONGEST_NOTE // 2))
    with pytest.raises(Invalid, match="at most 65,536 bytes"):
        checked_note("ä" * (LONGEST_NOTE // 2) + "a")


def test_tags_are_added_and_removed_and_replaced() -> None:
    words = Words(tags=("a", "b"))
    assert reworded(words, Rewording(add=["b", "c"])).tags == ("a", "b", "c")
    assert reworded(words, Rewording(remove=["a", "z"])).tags == ("b",)
    assert reworded(words, Rewording(tags=["z"])).tags == ("z",)
    assert reworded(words, Rewording()) == words


def test_another_note_is_not_overwritten_unseen() -> None:
    words = Words(note="theirs")
    with pytest.raises(Conflict, match="Somebody changed the note"):
        reworded(words, Rewording(note="mine", note_before=""))
    assert reworded(words, Rewording(note="mine", note_before="theirs")).note == "mine"
    assert reworded(words, Rewording(note="mine")).note == "mine"


def test_a_repeat_of_what_was_written_is_no_conflict() -> None:
    words = Words(note="mine")
    assert reworded(words, Rewording(note="mine", note_before="")) == words


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (NO_WORDS, Words(tags=("a", "b")), "tagged a, b"),
        (Words(tags=("a",)), NO_WORDS, "untagged a"),
        (Words(tags=("a",)), Words(tags=("b",), note="x"), "tagged b; untagged a; note written"),
        (Words(note="x"), Words(note="y"), "note changed"),
        (Words(note="x"), NO_WORDS, "note removed"),
        (Words(tags=("a", "b")), Words(tags=("b", "a")), "tags put in another order"),
    ],
)
def test_a_change_is_told_in_a_few_words(before: Words, after: Words, said: str) -> None:
    assert difference(before, after) == said
