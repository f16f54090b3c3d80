"""Curves of many jobs in one picture: a result that is a list of numbers, such as losses."""

import asyncio
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schedy_server.analysis import tasks
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction
from schedy_server.service.analysis_answers import CurvesHeader
from schedy_server.service.calculator import Calculator
from schedy_server.service.columns import Line
from schedy_server.service.fields import is_curve
from schedy_server.service.usable import Subject, as_float, sample, sampled_note

_MOST_POINTS = 200
_MOST_CURVES = 5_000
_BEST = 10  # one in so many is there because it is good, the others by chance
_LARGEST = 3.4e38  # of 32 bits


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves to draw.

    Attributes:
        values: One curve after the other, as 32-bit floats.
    """

    header: CurvesHeader
    values: bytes


@dataclass(frozen=True, slots=True)
class _Thinned:
    lines: Sequence[Line]
    steps: Sequence[int]
    values: "array[float]"


async def curves(calculator: Calculator, subject: Subject, result: str, *, most: int) -> Curves:
    """Return the curves of a result, the best job's last, and between which values they run.

    Jobs that still run are among them.

    Raises:
        Invalid: It is no result.
    """
    field = subject.field(result, where="result")
    if not field.startswith("results."):
        raise Invalid(f"result: {field} is no result.")
    found = await asyncio.to_thread(_curves, subject, field)
    thinned = await asyncio.to_thread(_thinned, _some(found, _MOST_CURVES), field)
    points = len(thinned.steps)
    bands: dict[str, list[float]] = {}
    if points:
        task = tasks.Curves(thinned.values.tobytes(), points)
        bands = (await calculator.calculate(task, tasks.CurvesFound)).bands
    note = sampled_note(len(thinned.lines), len(found))
    if not found:
        note = f"No job has a list of numbers as {field}."
    drawn = _some(thinned.lines, most)
    header = CurvesHeader(
        **subject.about(len(thinned.lines), note),
        points=points,
        n=len(drawn),
        steps=list(thinned.steps),
        bands=bands,
        lines=[line.number for line in drawn],
    )
    return Curves(header, await asyncio.to_thread(_drawn, thinned, drawn))


def _curves(subject: Subject, field: str) -> list[Line]:
    """Return the jobs that have a curve, the best last."""
    objective = subject.experiment.objective
    sign = 1 if objective is not None and objective.direction is Direction.MAX else -1

    def rank(line: Line) -> tuple[bool, float]:
        quality = as_float(line.quality)
        return (False, 0.0) if math.isnan(quality) else (True, sign * quality)

    return sorted((line for line in subject.lines if is_curve(line.value(field))), key=rank)


def _some(ranked: Sequence[Line], most: int) -> Sequence[Line]:
    """Return so many of these jobs in the same order: the best, and a sample of the others."""
    if len(ranked) <= most:
        return ranked
    best = max(1, most // _BEST)
    numbered = [(line, at) for at, line in enumerate(ranked[:-best])]
    others = sorted(at for _, at in sample(numbered, most - best))
    return [ranked[at] for at in others] + list(ranked[-best:])


def _thinned(lines: Sequence[Line], field: str) -> _Thinned:
    """Return curves at no more places than can be drawn, the first and the last among them."""
    values = [line.value(field) for line in lines]
    longest = max(map(len, values), default=0)
    steps = list(range(longest))
    if longest > _MOST_POINTS:
        steps = [at * (longest - 1) // (_MOST_POINTS - 1) for at in range(_MOST_POINTS)]
    flat = array("d")
    for each in values:
        flat.extend(as_float(each[at]) if at < len(each) else math.nan for at in steps)
    return _Thinned(lines, steps, flat)


def _drawn(thinned: _Thinned, drawn: Sequence[Line]) -> bytes:
    points, places = len(thinned.steps), {line.number: at for at, line in enumerate(thinned.lines)}
    found = array("f")
    for line in drawn:
        start = places[line.number] * points
        found.extend(map(_narrow, thinned.values[start : start + points]))
    return found.tobytes()


def _narrow(value: Any) -> float:
    # What a float of 32 bits can't hold, Python's array refuses.
    return math.copysign(math.inf, value) if abs(value) > _LARGEST else value
