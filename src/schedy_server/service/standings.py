"""How good the jobs are: how the best one improved, and how many reach what."""

import math
from bisect import bisect_right
from collections.abc import Iterable

from schedy_server.model.experiments import Direction
from schedy_server.service.analysis_answers import (
    DistributionAnswer,
    ProgressAnswer,
    ProgressItem,
)
from schedy_server.service.columns import Line
from schedy_server.service.usable import NO_OBJECTIVE, Subject, as_float

_MOST_POINTS = 500


def progress(subject: Subject) -> ProgressAnswer:
    """Tell which jobs were better than all that had ended before them."""
    objective = subject.experiment.objective
    if objective is None:
        about = subject.about(0, f"{NO_OBJECTIVE}.")
        return ProgressAnswer(**about, direction=None, items=[])
    ranked = [line for line in subject.ended if math.isfinite(as_float(line.quality))]
    start = subject.experiment.created.timestamp()
    items: list[ProgressItem] = []
    for line in in_order(ranked):
        quality = as_float(line.quality)
        if not items or _is_better(quality, items[-1].best, objective.direction):
            item = ProgressItem(
                number=line.number, id=line.id, finished=ended_at(line) - start, best=quality
            )
            items.append(item)
    note = None if ranked else f"No job is DONE with a number as {objective.result} yet."
    return ProgressAnswer(
        **subject.about(len(ranked), note), direction=objective.direction, items=items
    )


def distribution(subject: Subject, target: str) -> DistributionAnswer:
    """Tell which share of the jobs has a value up to which.

    Raises:
        Invalid: No job has such a field.
    """
    field = subject.field(target, where="target")
    found = [as_float(line.value(field)) for line in subject.ended]
    values = sorted(filter(math.isfinite, found))
    different = sorted(set(values))
    if len(different) > _MOST_POINTS:
        last = len(different) - 1
        different = [different[at * last // (_MOST_POINTS - 1)] for at in range(_MOST_POINTS)]
    note = None
    if not values:
        has_none = field == "quality" and subject.experiment.objective is None
        note = subject.no_objective if has_none else f"No job is DONE with a number as {field} yet."
    return DistributionAnswer(
        **subject.about(len(values), note),
        target=field,
        values=different,
        shares=[bisect_right(values, each) / len(values) for each in different],
    )


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Return jobs in the order in which they ended."""
    return sorted(lines, key=lambda line: (ended_at(line), line.number))


def ended_at(line: Line) -> float:
    """Return when a job ended; when it was added, if it never ran but is a record of what was."""
    return line.created if line.finished is None else line.finished


def _is_better(one: float, other: float, direction: Direction) -> bool:
    return one < other if direction is Direction.MIN else one > other
