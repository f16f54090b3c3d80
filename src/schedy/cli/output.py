"""Where output goes: what was asked for to standard output, remarks to standard error."""

import contextlib
import json
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from schedy.cli.text import clean, one_line

__all__ = ["is_terminal", "note", "prepare", "put", "put_json", "silence", "terminal"]


class _Notes(logging.Handler):
    """Turns what the client logs into remarks."""

    def emit(self, record: logging.LogRecord) -> None:
        note(record.getMessage())


def prepare() -> None:
    """Let the streams take any text, also where they are closed, and show what the client logs."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever called: there is nobody to tell
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - till the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - see above
    logger = logging.getLogger("schedy")
    logger.handlers = [_Notes(logging.WARNING)]
    logger.propagate = False


def is_terminal() -> bool:
    """Tell whether a person reads the output, rather than a program."""
    return sys.stdout.isatty()


def terminal() -> Any:
    """Return rich's way to write to the terminal, which takes a while to load."""
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(highlight=False, markup=False, emoji=False)


def put(text: str) -> None:
    """Write a line, or several, of which a terminal obeys nothing."""
    sys.stdout.write(clean(text, but="\n\t") + "\n")


def put_json(value: Any) -> None:
    """Write one JSON document; NaN and infinities are the words that Python and the server use."""
    put(json.dumps(value, indent=2))


def note(text: str) -> None:
    """Say something that is not the output."""
    with contextlib.suppress(OSError):  # nobody reads it
        sys.stderr.write(f"schedy: {one_line(text)}\n")
        sys.stderr.flush()


def silence() -> None:
    """Write to nowhere from now on: who read the output has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
