"""What goes wrong, in sentences that say what to do; nobody wants to see a traceback."""

import difflib
from collections.abc import Iterable

from schedy import errors
from schedy.cli.text import one_line

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "OK",
    "PIPE_CLOSED",
    "WRONG_USE",
    "CommandFailed",
    "WrongUse",
    "did_you_mean",
    "sentence",
]

OK, FAILED, WRONG_USE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

_MOST_SUGGESTIONS = 3


class CommandFailed(Exception):
    """A command can't do what it was asked for; the message is for the user.

    Attributes:
        code: The exit code.
    """

    code = FAILED


class WrongUse(CommandFailed):
    """The arguments make no sense."""

    code = WRONG_USE


def sentence(error: BaseException) -> str:
    """Return in one line what an error means."""
    if isinstance(error, errors.HTTPError):
        return one_line(error.body) or one_line(str(error))
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return one_line(f"{where}{error.strerror}")
    return one_line(str(error)) or type(error).__name__


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return a question that offers similar names, or nothing; it begins with a space."""
    by_small = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(wrong.casefold(), by_small, _MOST_SUGGESTIONS)
    if not close:
        return ""
    return f" Did you mean {' or '.join(repr(by_small[name]) for name in close)}?"
