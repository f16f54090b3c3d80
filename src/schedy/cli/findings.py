"""What the commands have in common that tell what the results say."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from schedy.analyses import Analysis, Fit
from schedy.cli import display
from schedy.cli.failures import OK
from schedy.cli.fields import FIXED, RESULTS, field_argument
from schedy.cli.options import Parser
from schedy.cli.output import is_terminal, note, put, put_json, terminal
from schedy.cli.plots import plot
from schedy.cli.tables import boxed
from schedy.cli.text import clean

__all__ = ["add_filter", "add_target", "put_basis", "put_plot", "put_table", "short", "tell"]

_ROOMS = ("hyperparameters.", "results.")

Found = TypeVar("Found", bound=Analysis)


def add_filter(command: Parser) -> None:
    """Let a command take a filter."""
    command.add_argument(
        "-f", "--filter", default="", metavar="FILTER", help="which jobs, such as 'layers>2'"
    )


def add_target(command: Parser, meaning: str) -> None:
    """Let a command take the field that it is about."""
    field_argument(
        command,
        "--target",
        RESULTS,
        also=FIXED,
        default="quality",
        metavar="FIELD",
        help=f"{meaning}: quality, seconds or results.NAME (quality)",
    )


def tell(args: argparse.Namespace, found: Found, show: Callable[[Found], None]) -> int:
    """Write what was found: as JSON, or as people read it, with what there is to say of it."""
    if args.json:
        put_json(asdict(found))
        return OK
    show(found)
    if found.note is not None:
        note(found.note)
    return OK


def put_table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show a table; numbers are rounded for people, and in full for programs."""
    headers = [clean(each) for each in headers]
    if not is_terminal():
        put(boxed(headers, rows))
        return
    made = display.empty_table()
    for at, header in enumerate(headers):
        numeric = all(isinstance(row[at], int | float) for row in rows)
        made.add_column(
            header,
            justify="right" if numeric else "left",
            overflow="fold",
            style="" if at else "bold",
        )
    for row in rows:
        made.add_row(*(display.number(value) for value in row))
    terminal().print(made)


def put_plot(
    values: Sequence[float],
    *,
    title: str,
    below: tuple[str, str, str],
    band: tuple[Sequence[float], Sequence[float]] | None = None,
) -> None:
    """Show a small plot on a terminal, if there is enough to see and room to see it; see `plot`."""
    drawn = plot(values, title=title, below=below, width=terminal().width, band=band)
    if drawn:
        put(drawn)


def put_basis(found: Analysis, fit: Fit | None = None) -> None:
    """Tell how many jobs it is from, and how far to trust the model if there is one."""
    jobs = "1 job" if found.used == 1 else f"{found.used:,} jobs"
    trust = "" if fit is None else f"; {fit} on jobs that the model has not seen"
    put(f"From {jobs}{trust}.")


def short(field: str) -> str:
    """Return what a hyperparameter or a result is called, without where it belongs."""
    for room in _ROOMS:
        field = field.removeprefix(room)
    return field
