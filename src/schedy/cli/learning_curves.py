"""The command curves: how a result went that is a list of numbers."""

import argparse
from collections.abc import Sequence

from schedy.cli.fields import RESULTS, field_argument
from schedy.cli.findings import add_filter, put_basis, put_plot, put_table, short, tell
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal
from schedy.cli.session import experiment_of
from schedy.curves import Curves, some_of

__all__ = ["add_commands"]

_LINES = 2000


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    curves = add_command(
        commands,
        "curves",
        _curves,
        summary="Show how a result went that is a list of numbers, such as losses.",
        description=(
            "Between which values the jobs are at each step, those that still run among them:\n"
            "half of them between 25% and 75%. --json tells the curves themselves, too."
        ),
        examples=(
            "  schedy curves mnist losses\n  schedy curves mnist losses -f 'status:done lr<0.1'\n"
            "  schedy curves mnist results.losses --lines 100 --json"
        ),
    )
    experiment_argument(curves)
    field_argument(
        curves, "result", RESULTS, metavar="RESULT", help="a result that is a list of numbers"
    )
    add_filter(curves)
    curves.add_argument(
        "--lines",
        type=int,
        default=_LINES,
        metavar="N",
        help=f"how many curves --json tells, the best among them ({_LINES})",
    )


def _curves(args: argparse.Namespace) -> int:
    lines = args.lines if args.json else 1
    found = experiment_of(args).curves(args.result, filter=args.filter, lines=lines)
    return tell(args, found, _show)


def _show(found: Curves) -> None:
    if not found.steps:
        return
    headers = ["step", *(f"{percentile}%" for percentile in found.bands)]
    places: Sequence[int] = range(len(found.steps))
    if is_terminal():
        places = some_of(len(found.steps))
        put_plot(
            found.bands[50],
            band=(found.bands[25], found.bands[75]),
            title=f"{short(found.result)}: the median, and half of the jobs",
            below=(str(found.steps[0]), "step", str(found.steps[-1])),
        )
    bands = found.bands.values()
    put_table(headers, [[found.steps[at], *(band[at] for band in bands)] for at in places])
    if is_terminal():
        put_basis(found)
