"""What people write on experiments and jobs: tags to find them by, and a note."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from schedy.connection import Connection
from schedy.errors import UnhandledResponseError

__all__ = ["Worded", "words_in"]


class Worded(ABC):
    """Something with tags and a note.

    They never change a version, so a worker goes on undisturbed while somebody tags its job.
    """

    _tags: list[str] | None = None
    _note: str | None = None

    @property
    @abstractmethod
    def connection(self) -> Connection:
        """The way to the server."""

    @property
    @abstractmethod
    def path(self) -> str:
        """Where it is, below the server's root."""

    @property
    def tags(self) -> list[str]:
        """The tags by which people find it, as of when it was read; the list is a copy."""
        if self._tags is None:  # a job that was just claimed, for one
            self._look_at_words()
        return list(self._tags or ())

    @property
    def note(self) -> str:
        """What people wrote on it, in Markdown, as of when it was read."""
        if self._note is None:
            self._look_at_words()
        return self._note or ""

    @property
    def known_words(self) -> tuple[list[str], str]:
        """Tags and note, as far as they are known without asking the server."""
        return list(self._tags or ()), self._note or ""

    def tag(self, *tags: str, reason: str | None = None) -> None:
        """Put tags on it, besides those that it has.

        Args:
            tags: Words of at most 64 characters, without spaces and commas.
            reason: Why, for those who read the log.

        Raises:
            ClientRequestError: A tag can't be kept, or they become more than 32.
        """
        self._write_words({"add_tags": list(tags)}, reason)

    def untag(self, *tags: str, reason: str | None = None) -> None:
        """Take tags off it; those that it does not have do no harm.

        Args:
            reason: Why, for those who read the log.
        """
        self._write_words({"remove_tags": list(tags)}, reason)

    def set_tags(self, tags: Iterable[str], *, reason: str | None = None) -> None:
        """Have it bear these tags and no others.

        Args:
            reason: Why, for those who read the log.

        Raises:
            ClientRequestError: A tag can't be kept, or they are more than 32.
        """
        self._write_words({"tags": list(tags)}, reason)

    def set_note(self, text: str, *, before: str | None = None, reason: str | None = None) -> None:
        """Write a note on it, instead of what is there.

        Args:
            text: Markdown, at most 64 KiB; empty for no note.
            before: The note that you saw: if somebody wrote another one since, nothing changes.
            reason: Why, for those who read the log.

        Raises:
            ClientRequestError: The note can't be kept, or is not the one that you saw.
        """
        change = {"note": text} if before is None else {"note": text, "note_before": before}
        self._write_words(change, reason)

    def _write_words(self, change: Mapping[str, Any], reason: str | None) -> None:
        body = dict(change) if reason is None else {**change, "reason": reason}
        answer = self.connection.request("PATCH", self.path, body)
        self._tags, self._note = words_in(answer.json())

    def _look_at_words(self) -> None:
        answer = self.connection.request("GET", self.path)
        tags, note = words_in(answer.json())
        self._tags, self._note = tags or [], note or ""


def words_in(wire: Any) -> tuple[list[str] | None, str | None]:
    """Read tags and note from an answer; None for what it does not tell.

    Raises:
        UnhandledResponseError: They are something else.
    """
    if not isinstance(wire, Mapping):
        return None, None
    tags, note = wire.get("tags"), wire.get("note")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(t, str) for t in tags)):
        raise UnhandledResponseError(f"The tags {tags!r} are no list of texts.", None)
    if note is not None and not isinstance(note, str):
        raise UnhandledResponseError(f"The note {note!r} is no text.", None)
    return tags, note
