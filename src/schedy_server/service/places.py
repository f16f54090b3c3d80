"""Where a job stands among the others: its rank, and those that are like it.

All of it is pure: lines in, places out.
"""

import heapq
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from schedy_server.model.experiments import Direction, Experiment
from schedy_server.service.columns import Line, Lines

_NEIGHBOURS = 6
_COMPARED = 20_000  # jobs among which neighbours are looked for
_CHILDREN = 100
_FIELDS = 200
_DECADES = 2  # from this many on, numbers are compared by magnitude


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A job with similar hyperparameters.

    Attributes:
        distance: 0 for the same ones, 1 for the opposite in all of them.
    """

    line: Line
    distance: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job stands.

    Attributes:
        rank: 1 for the best; None without a usable result.
        ranked: How many jobs have one.
        better: The job that is next better.
        worse: The job that is next worse.
        percentiles: For each hyperparameter that is a number, the share of jobs that have less.
        compared: Among how many jobs neighbours were looked for.
    """

    rank: int | None
    ranked: int
    best: Line | None
    better: Line | None
    worse: Line | None
    percentiles: Mapping[str, float]
    neighbours: Sequence[Neighbour]
    compared: int
    parent: Line | None
    children: Sequence[Line]


def place_of(lines: Lines, experiment: Experiment, line: Line) -> Place:
    """Return where one of the jobs stands among all of them."""
    rank, order = _rank(lines, experiment, line)
    parent = line.origin.get("parent_number")
    step = max(1, math.ceil(len(lines) / _COMPARED))
    others = [each for each in list(lines)[::step] if each.number != line.number]
    return Place(
        rank=None if rank is None else rank + 1,
        ranked=len(order),
        best=order[0] if order else None,
        better=order[rank - 1] if rank else None,
        worse=order[rank + 1] if rank is not None and rank + 1 < len(order) else None,
        percentiles=_percentiles(lines, line),
        neighbours=_neighbours(others, line),
        compared=len(others),
        parent=lines.table.line(parent) if isinstance(parent, int) else None,
        children=_children(lines, line),
    )


def _rank(lines: Lines, experiment: Experiment, line: Line) -> tuple[int | None, Sequence[Line]]:
    objective = experiment.objective
    is_max = objective is not None and objective.direction is Direction.MAX
    table = lines.table
    qualities = table.values("quality")
    places = [at for at in table.order("quality", descending=is_max) if _is_number(qualities[at])]
    numbers = [table.lines[at].number for at in places]
    rank = numbers.index(line.number) if line.number in set(numbers) else None
    return rank, Lines(table, places)


def _percentiles(lines: Lines, line: Line) -> Mapping[str, float]:
    found = {}
    for name, value in list(line.hyperparameters.items())[:_FIELDS]:
        if not _is_number(value):
            continue
        values = sorted(filter(_is_number, lines.values(f"hyperparameters.{name}")))
        less, most = bisect_left(values, value), bisect_right(values, value)
        found[name] = (less + most) / 2 / len(values)
    return found


def _neighbours(others: Sequence[Line], line: Line) -> Sequence[Neighbour]:
    names = [*line.hyperparameters][:_FIELDS]
    if not names:
        return []
    measures = {name: _measure(name, [*others, line]) for name in names}
    own = line.hyperparameters

    def distance(other: Line) -> float:
        theirs = other.hyperparameters
        return sum(measures[name](own[name], theirs.get(name)) for name in names) / len(names)

    near = heapq.nsmallest(_NEIGHBOURS, ((distance(each), each.number, each) for each in others))
    return [Neighbour(each, away) for away, _, each in near]


def _measure(name: str, lines: Sequence[Line]) -> Callable[[Any, Any], float]:
    """Return what tells how far two values of a hyperparameter are apart, from 0 to 1."""
    values = [value for line in lines if _is_number(value := line.hyperparameters.get(name))]
    low, high = (min(values), max(values)) if values else (0, 0)
    is_log = low > 0 and high / low >= 10**_DECADES
    span = math.log(high / low) if is_log else high - low

    def apart(one: Any, other: Any) -> float:
        if not (_is_number(one) and _is_number(other)):
            return float(one != other)
        if not span or not math.isfinite(span):
            return float(one != other)
        return abs(math.log(one / other) if is_log else one - other) / span

    return apart


def _children(lines: Lines, line: Line) -> Sequence[Line]:
    found = (each for each in lines if each.origin.get("parent_number") == line.number)
    return [each for _, each in zip(range(_CHILDREN), found, strict=False)]


def _is_number(value: Any) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
