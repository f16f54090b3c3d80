"""Words that people put on experiments and jobs: tags to find them by, and a note.

They are nobody's result: no scheduler reads them, and to change them changes no version of a job,
so that a worker goes on undisturbed.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from schedy_server.model.errors import Conflict, Invalid

LONGEST_TAG = 64  # characters
MOST_TAGS = 32
LONGEST_NOTE = 64 * 1024  # bytes of UTF-8
_UNKEPT = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})


class Words(Struct, frozen=True, kw_only=True):
    """What people wrote on something.

    Attributes:
        tags: In the order in which they were put.
        note: Markdown.
    """

    tags: tuple[str, ...] = ()
    note: str = ""


NO_WORDS = Words()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """What changes about the words of something; None leaves it.

    Attributes:
        tags: All tags that it is to have.
        add: Tags that it is to have besides.
        remove: Tags that it is not to have.
        note: The whole note.
        note_before: The note that the writer saw: with another one in between, nothing changes.
        reason: Why, for those who read the log.
    """

    tags: Sequence[str] | None = None
    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    note: str | None = None
    note_before: str | None = None
    reason: str | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is to change."""
        return self.tags is None and self.note is None and not (self.add or self.remove)


UNCHANGED = Rewording()


def reworded(words: Words, change: Rewording) -> Words:
    """Return the words after a change; the same that they were, if it changes nothing.

    Raises:
        Invalid: A tag or the note can't be kept.
        Conflict: Somebody else wrote another note meanwhile.
    """
    kept = words.tags if change.tags is None else change.tags
    removed = {each.strip() for each in change.remove}
    tags = checked_tags([*kept, *change.add])
    note = words.note if change.note is None else checked_note(change.note)
    if change.note_before not in {None, words.note} and note != words.note:
        raise Conflict("Somebody changed the note since you read it: look at it again.")
    return Words(tags=tuple(each for each in tags if each not in removed), note=note)


def difference(before: Words, after: Words) -> str:
    """Say in a few words what was changed."""
    said = []
    if new := [each for each in after.tags if each not in before.tags]:
        said.append(f"tagged {', '.join(new)}")
    if gone := [each for each in before.tags if each not in after.tags]:
        said.append(f"untagged {', '.join(gone)}")
    if before.note != after.note:
        said.append("note changed" if before.note and after.note else _began_or_ended(after.note))
    return "; ".join(said) or "tags put in another order"


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: trimmed, each once.

    Raises:
        Invalid: One can't be kept, or they are too many.
    """
    kept = tuple(dict.fromkeys(checked_tag(each) for each in tags))
    if len(kept) > MOST_TAGS:
        raise Invalid(f"tags: at most {MOST_TAGS}, not {len(kept)}.")
    return kept


def checked_tag(tag: str) -> str:
    """Return a tag as it is kept: trimmed.

    Raises:
        Invalid: It is empty or too long, or holds a space, a comma or a control character.
    """
    tag = tag.strip()
    if not tag:
        raise Invalid("tags: a tag can't be empty.")
    if len(tag) > LONGEST_TAG:
        raise Invalid(f"tags: a tag has at most {LONGEST_TAG} characters, not {len(tag):,}.")
    if "," in tag or any(unicodedata.category(each) in _UNKEPT for each in tag):
        raise Invalid(f"tags: no spaces, commas or control characters in a tag: {tag!r}.")
    return tag


def checked_note(note: str) -> str:
    """Return a note as it is kept.

    Raises:
        Invalid: It is too long, or holds what no database keeps.
    """
    if "\0" in note or any("\ud800" <= each <= "\udfff" for each in note):
        raise Invalid("note: NUL characters and halves of surrogate pairs can't be kept.")
    if (size := len(note.encode())) > LONGEST_NOTE:
        raise Invalid(f"note: at most {LONGEST_NOTE:,} bytes, not {size:,}.")
    return note


def words_digest(words: Words) -> bytes:
    """Return what the audit trail keeps of words, to be compared with them later."""
    return hashlib.sha256(f"{' '.join(words.tags)}\0{words.note}".encode()).digest()[:16]


def _began_or_ended(note: str) -> str:
    return "note written" if note else "note removed"
