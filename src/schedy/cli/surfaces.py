"""The command surface: what becomes of a result as two hyperparameters change."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from schedy.analyses import Axis, Surface
from schedy.cli.fields import HYPERPARAMETERS, field_argument
from schedy.cli.findings import add_filter, add_target, put_basis, put_table, short, tell
from schedy.cli.options import Commands, add_command, experiment_argument, positive
from schedy.cli.output import is_terminal, put, terminal
from schedy.cli.session import experiment_of
from schedy.cli.text import clean, shortened

__all__ = ["add_commands"]

_GRID_IN_COLOURS, _GRID_AS_TABLE, _GRID_AS_JSON = 16, 8, 32
_MANY_COLOURS = {"256", "truecolor"}
_WIDEST, _WIDEST_CELL, _NARROWEST_NAMED = 100, 20, 5  # characters
_LONGEST_LABEL = 16
_FEW_ROWS = 8  # each of which may have two lines
_LEGEND = 16  # characters
_LARGEST_IN_FULL = 1e6  # integers that are written without exponent
# Viridis, from low to high.
_RAMP = ((68, 1, 84), (65, 68, 135), (42, 120, 142), (34, 168, 132), (122, 209, 81), (253, 231, 37))


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    surface = add_command(
        commands,
        "surface",
        _surface,
        summary="Show what becomes of a result as two hyperparameters change.",
        description=(
            "What a random forest expects, whatever the other hyperparameters are; a terminal\n"
            "shows it in colours. `schedy predictions` tells how far to trust it."
        ),
        examples=(
            "  schedy surface mnist lr layers\n"
            "  schedy surface mnist lr optimizer --target seconds -f 'layers>2'\n"
            "  schedy surface mnist lr layers --grid 64 --json"
        ),
    )
    experiment_argument(surface)
    for name, meaning in (
        ("x", "a hyperparameter, from left to right"),
        ("y", "another one, from bottom to top"),
    ):
        field_argument(surface, name, HYPERPARAMETERS, metavar=name.upper(), help=meaning)
    add_target(surface, "what changes")
    add_filter(surface)
    surface.add_argument(
        "--grid",
        type=positive,
        metavar="N",
        help=(
            f"into how many steps to divide numbers ({_GRID_IN_COLOURS} in colours, "
            f"{_GRID_AS_TABLE} in a table, {_GRID_AS_JSON} in JSON)"
        ),
    )


def _surface(args: argparse.Namespace) -> int:
    coloured = _shows_colours()
    grid = _GRID_IN_COLOURS if coloured else _GRID_AS_TABLE
    found = experiment_of(args).surface(
        args.x,
        args.y,
        args.target,
        grid=args.grid or (_GRID_AS_JSON if args.json else grid),
        filter=args.filter,
    )
    return tell(args, found, lambda found: _show(found, coloured=coloured))


def _shows_colours() -> bool:
    if not is_terminal():
        return False
    console = terminal()
    return console.color_system in _MANY_COLOURS and not console.no_color


def _show(found: Surface, *, coloured: bool) -> None:
    if not (found.x.values and found.y.values):
        return
    if coloured:
        _draw(found)
    else:
        headers = [f"{_name(found.y)} \\ {_name(found.x)}", *_labels(found.x)]
        rows = zip(_labels(found.y), found.mean, strict=True)
        put_table(headers, [[label, *map(_rounded, row)] for label, row in rows])
    if is_terminal():
        put(f"Lowest: {_extreme(found, min)}\nHighest: {_extreme(found, max)}")
        put_basis(found, found.fit)


def _draw(found: Surface) -> None:
    from rich.table import Table  # noqa: PLC0415 - loaded only for a terminal

    console, upwards = terminal(), _labels(found.y)
    room = console.width - max(map(len, (_name(found.y), *upwards))) - 1
    width = max(1, min(_WIDEST_CELL, min(room, _WIDEST) // len(found.x.values)))
    values = [value for row in found.mean for value in row]
    low, high = min(values), max(values)
    made = Table.grid(padding=(0, 1))
    made.add_column(justify="right", no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_row(_name(found.y), "")
    for label, row in reversed([*zip(upwards, found.mean, strict=True)]):
        cells = _cells((_share(value, low, high) for value in row), width)
        made.add_row(label, cells)
        if len(upwards) <= _FEW_ROWS:
            made.add_row("", cells)
    made.add_row("", _below(found.x, width))
    made.add_row("", f"{_name(found.x):^{width * len(found.x.values)}}")
    console.print(made)
    ramp = _cells((at / (_LEGEND - 1) for at in range(_LEGEND)), 1)
    console.print(_called(found.target), f"{low:.4g}", ramp, f"{high:.4g}")


def _cells(shares: Iterable[float], width: int) -> Any:
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    return Text.assemble(*((" " * width, f"on {_colour(share)}") for share in shares))


def _colour(share: float) -> str:
    """Return the colour of a share from 0 (low) to 1 (high)."""
    at, rest = divmod(share * (len(_RAMP) - 1), 1)
    low, high = _RAMP[int(at)], _RAMP[min(int(at) + 1, len(_RAMP) - 1)]
    mixed = (round(one + (other - one) * rest) for one, other in zip(low, high, strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _share(value: float, low: float, high: float) -> float:
    reach = high / 2 - low / 2  # halved, for the largest numbers have no difference
    return min(1.0, (value / 2 - low / 2) / reach) if reach else 0.5


def _below(axis: Axis, width: int) -> str:
    """Return what stands below cells: all their labels if there is room, or the outer ones."""
    labels = _labels(axis)
    if axis.categories is not None and width >= _NARROWEST_NAMED:
        labels = [shortened(label, width - 1) for label in labels]
    if all(len(label) < width for label in labels):
        return "".join(f"{label:{width}}" for label in labels)
    first, last = labels[0], labels[-1]
    return f"{first}{last:>{max(len(last) + 1, width * len(labels) - len(first))}}"


def _labels(axis: Axis) -> list[str]:
    if axis.categories is None:
        return [_label(value) for value in axis.values]
    return [shortened(clean(each), _LONGEST_LABEL) for each in axis.categories]


def _label(value: float) -> str:
    in_full = float(value).is_integer() and abs(value) < _LARGEST_IN_FULL
    return str(int(value)) if in_full else f"{value:.3g}"


def _name(axis: Axis) -> str:
    name = _called(axis.field)
    return f"{name} (log)" if axis.scale == "log" else name


def _called(field: str) -> str:
    return shortened(clean(short(field)), _LONGEST_LABEL)


def _extreme(found: Surface, choose: Callable[[Iterable[Any]], Any]) -> str:
    value, row, column = choose(
        (value, row, column)
        for row, values in enumerate(found.mean)
        for column, value in enumerate(values)
    )
    sides = ((found.x, column), (found.y, row))
    where = " ".join(f"{_called(axis.field)}={_labels(axis)[at]}" for axis, at in sides)
    return f"{value:.5g} ± {found.spread[row][column]:.2g} at {where}"


def _rounded(value: float) -> float:
    return float(f"{value:.3g}" if is_terminal() else f"{value:.5g}")
