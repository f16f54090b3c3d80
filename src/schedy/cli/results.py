"""Results that a command prints, between two lines that no training prints by chance."""

import contextlib
from typing import Any

from schedy import encoding

__all__ = ["BEGIN", "BEGIN_RESUME", "END", "END_RESUME", "BadResults", "ResultReader"]

BEGIN = b"--- RESULTS ---"
END = b"--- END RESULTS ---"
BEGIN_RESUME = b"--- RESUME ---"
END_RESUME = b"--- END RESUME ---"

_ENDS = {BEGIN: END, BEGIN_RESUME: END_RESUME}


class BadResults(Exception):
    """What stands between the lines is no JSON object."""


class ResultReader:
    """Reads the results out of all that a command prints, piece by piece.

    Results may be printed several times; each time adds to those before, or replaces them. What
    the next worker can go on from stands between two lines of its own.

    Attributes:
        results: What was read so far.
        resume: What was said last that one can go on from.
        found: Results were printed, even if there is nothing in them.
        problem: What is wrong with them, if something is.
    """

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}
        self.resume: Any = None
        self.found = False
        self.problem: str | None = None
        self._line = bytearray()
        self._block: list[bytes] | None = None
        self._end = END

    def feed(self, piece: bytes) -> None:
        """Read on."""
        *whole, rest = piece.split(b"\n")
        for each in whole:
            self._line += each
            self._take(bytes(self._line))
            self._line.clear()
        self._line += rest

    def close(self) -> None:
        """The output has ended."""
        if self._line:
            self._take(bytes(self._line))
            self._line.clear()
        if self._block is not None:
            self._block = None
            if self._end == END:
                self.problem = f"the results have no end: there is no line {END.decode()}"

    def _take(self, line: bytes) -> None:
        text = line.strip()
        if text in _ENDS:
            self._block, self._end = [], _ENDS[text]
        elif self._block is None:
            return
        elif text == self._end:
            read = self._read if text == END else self._read_resume
            read(b"\n".join(self._block))
            self._block = None
        else:
            self._block.append(line)

    def _read(self, block: bytes) -> None:
        try:
            value = encoding.decode(block)
        except ValueError as error:
            self.problem = f"the results are no JSON: {error}"
            return
        if not isinstance(value, dict):
            self.problem = "the results are no JSON object"
            return
        self.problem = None
        self.found = True
        self.results.update(value)

    def _read_resume(self, block: bytes) -> None:
        # A checkpoint that can't be found costs time, not results.
        with contextlib.suppress(ValueError):
            self.resume = encoding.decode(block)
