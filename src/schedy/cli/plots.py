"""Small plots of block characters, which any terminal shows, with colours or without."""

import math
from collections.abc import Callable, Sequence

from schedy.cli.text import clean, shortened

__all__ = ["plot"]

_HEIGHT = 10  # lines, of two halves each
_WIDEST = 100  # columns
_DECADES = 1000.0  # what spans a factor of this is shown on a logarithmic scale
_INK = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def plot(
    values: Sequence[float],
    *,
    title: str,
    below: tuple[str, str, str],
    width: int,
    band: tuple[Sequence[float], Sequence[float]] | None = None,
) -> str:
    """Return a line through values at equal distances, with a gap where one is no finite number.

    Nothing, if there is nothing to see: one value, always the same, or too few columns for it.

    Args:
        title: What the values are.
        below: What stands below the first value, in the middle, and below the last one.
        width: How many columns there are.
        band: The lower and the upper end of what is shaded at each value.
    """
    lines = [values, *(band or ())]
    finite = [value for line in lines for value in line if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    sides = [f"{high:.4g}", *[""] * (_HEIGHT - 2), f"{low:.4g}"]
    gutter = max(map(len, sides))
    columns = min(width - gutter - 2, _WIDEST)
    is_flat = len(values) == 1 or high / 2 == low / 2
    if is_flat or columns <= len("  ".join(below)):
        return ""
    is_log = low > 0 and high / low >= _DECADES
    place = _scale(low, high, math.log if is_log else float)
    halves = [
        [place(line[_nearest(at, columns, len(line))]) for at in range(columns)] for line in lines
    ]
    inked = [_joined(*pair) for pair in zip([None, *halves[0]], halves[0], strict=False)]
    shaded = [_between(*pair) for pair in zip(*halves[1:], strict=True)] or [range(0)] * columns
    drawn = [shortened(clean(title), width - 6) + (" (log)" if is_log else "")]
    for side, upper in zip(sides, range(2 * _HEIGHT - 1, 0, -2), strict=True):
        row = "".join(_cell(upper, *pair) for pair in zip(inked, shaded, strict=True))
        drawn.append(f"{side:>{gutter}} │{row}".rstrip())
    room = columns - len(below[0]) - len(below[2])
    drawn.append(f"{'':{gutter}} └{'─' * columns}")
    drawn.append(f"{'':{gutter}}  {below[0]}{below[1]:^{room}}{below[2]}")
    return "\n".join(drawn)


def _nearest(column: int, columns: int, count: int) -> int:
    return round(column * (count - 1) / (columns - 1))


def _scale(
    low: float, high: float, mapped: Callable[[float], float]
) -> Callable[[float], int | None]:
    """Return what says in which half of a line a value is, counted from below; None if nowhere."""
    # Halved, for the largest numbers have no difference.
    start, reach = mapped(low) / 2, mapped(high) / 2 - mapped(low) / 2

    def place(value: float) -> int | None:
        if not math.isfinite(value):
            return None
        return round((mapped(value) / 2 - start) / reach * (2 * _HEIGHT - 1))

    return place


def _joined(before: int | None, place: int | None) -> range:
    """Return what to ink in a column, so that a line goes on from the column before."""
    if place is None:
        return range(0)
    if before is None or before == place:
        return range(place, place + 1)
    return range(place, before) if place < before else range(before + 1, place + 1)


def _between(low: int | None, high: int | None) -> range:
    return range(0) if low is None or high is None else range(low, high + 1)


def _cell(upper: int, inked: range, shaded: range) -> str:
    ink = _INK[upper in inked, upper - 1 in inked]
    return "░" if ink == " " and (upper in shaded or upper - 1 in shaded) else ink
