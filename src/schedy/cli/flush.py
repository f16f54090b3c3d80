"""The command flush: results that killed workers left behind reach the server."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schedy.cli import display
from schedy.cli.failures import FAILED, OK
from schedy.cli.flushing import (
    ADOPTED,
    KEPT,
    SENT,
    TO_SEND,
    WAITING,
    Outcome,
    flushed,
)
from schedy.cli.options import Commands, add_command
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.session import open_database
from schedy.cli.tables import boxed
from schedy.cli.text import clean
from schedy.outbox import outbox_folder

__all__ = ["add_commands"]

_MANY = 20  # letters; more than that take a while
_FINE = frozenset({SENT, ADOPTED, KEPT, WAITING, TO_SEND})
_HEADERS = ("experiment", "job", "written", "outcome", "")

_DESCRIPTION = """\
A result is a file in ~/.schedy/outbox (or SCHEDY_OUTBOX) until the server has
answered. What processes left there that were killed, or lost patience, is sent
now. A file goes away when the server has the result: it counts (sent, or adopted
if somebody else had the job meanwhile), or it came too late and the server keeps
it (kept). Files of processes that are alive, and those for other servers or
accounts, are left alone.

The exit code is 1 if something could not be brought to the server.
"""


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    flush = add_command(
        commands,
        "flush",
        _flush,
        summary="Send the results that killed workers left behind.",
        description=_DESCRIPTION,
        examples="  schedy flush --dry-run\n  schedy flush\n  schedy --config other.json flush",
    )
    flush.add_argument("-n", "--dry-run", action="store_true", help="only show what there is")


def _flush(args: argparse.Namespace) -> int:
    folder = outbox_folder()
    connection = open_database(args).connection
    with _progress(folder) as following:
        outcomes = list(following(flushed(connection, folder, dry_run=args.dry_run)))
    if args.json:
        put_json([_as_json(each) for each in outcomes])
    elif outcomes:
        rows = [_row(each) for each in outcomes]
        show = display.table if is_terminal() else _put_box
        show(_HEADERS, rows)
    elif is_terminal():
        note("There is nothing to send.")
    return OK if all(each.what in _FINE for each in outcomes) else FAILED


@contextmanager
def _progress(folder: Path | None) -> Iterator[Callable[[Iterable[Outcome]], Iterable[Outcome]]]:
    """Give what shows how far one is, where somebody is looking and it may take a while."""
    total = len(list(folder.glob("*.json"))) if folder is not None and folder.is_dir() else 0
    if total <= _MANY or not sys.stderr.isatty():
        yield lambda outcomes: outcomes
        return
    from rich.console import Console  # noqa: PLC0415 - takes a while to load
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield lambda outcomes: progress.track(outcomes, total=total, description="Sending")


def _put_box(headers: Any, rows: Any) -> None:
    put(boxed(headers, rows))


def _row(outcome: Outcome) -> tuple[str, ...]:
    letter = outcome.letter
    about = (
        ("", str(outcome.file), "")
        if letter is None
        else (letter.experiment, letter.job_id, f"{_ago(letter.created)} ago")
    )
    return (*(clean(each) for each in about), outcome.what, clean(outcome.why))


def _ago(moment: float) -> str:
    seconds = max(time.time() - moment, 0.0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    letter = outcome.letter
    return {
        "file": str(outcome.file),
        "experiment": None if letter is None else letter.experiment,
        "job": None if letter is None else letter.job_id,
        "written": None
        if letter is None
        else datetime.fromtimestamp(letter.created, UTC).isoformat(),
        "outcome": outcome.what,
        "why": outcome.why or None,
    }
