"""Which jobs nothing surpasses in several objectives at once."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass

from schedy_server.analysis import tasks
from schedy_server.analysis.tasks import floats
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction
from schedy_server.service.analysis_answers import (
    FrontItem,
    ObjectiveAnswer,
    ParetoAnswer,
    VolumeItem,
)
from schedy_server.service.calculator import Calculator
from schedy_server.service.columns import Line
from schedy_server.service.standings import in_order
from schedy_server.service.usable import Subject, as_float, sample, sampled_note

_FEWEST, _MOST = 2, 3
_MOST_JOBS = 100_000


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be small, or large."""

    field: str
    direction: Direction

    def loss(self, line: Line) -> float:
        """Return what a job reached, such that less is better."""
        value = as_float(line.value(self.field))
        return -value if self.direction is Direction.MAX else value


async def pareto(calculator: Calculator, subject: Subject, goals: Sequence[Goal]) -> ParetoAnswer:
    """Tell which jobs nothing surpasses, and how far the search had come when each ended.

    Raises:
        Invalid: There are too few objectives or too many, one twice, or one that no job has.
    """
    if not _FEWEST <= len(goals) <= _MOST:
        raise Invalid(
            "objectives: name two or three, such as results.loss:min,seconds:min; "
            f"these are {len(goals)}."
        )
    goals = [Goal(subject.field(each.field, where="objectives"), each.direction) for each in goals]
    if len({each.field for each in goals}) < len(goals):
        raise Invalid("objectives: name each only once.")
    lines, values, note = await asyncio.to_thread(_values, subject, goals)
    task = tasks.Pareto([floats(each) for each in zip(*values, strict=True)])
    if not lines:
        found = tasks.ParetoFound([], [], [], [], is_all=True)
    else:
        found = await calculator.calculate(task, tasks.ParetoFound)
    if not found.is_all:
        told = "Not every step of the hypervolume is told."
        note = f"{note} {told}" if note else told
    signs = [-1.0 if each.direction is Direction.MAX else 1.0 for each in goals]
    steps = zip(found.improved, found.volumes, strict=True)
    return ParetoAnswer(
        **subject.about(len(lines), note),
        objectives=[ObjectiveAnswer(field=each.field, direction=each.direction) for each in goals],
        front=[_front_item(lines[at], goals) for at in found.front],
        hypervolume=[VolumeItem(number=lines[at].number, value=value) for at, value in steps],
        reference=[sign * value for sign, value in zip(signs, found.reference, strict=False)],
    )


def _values(
    subject: Subject, goals: Sequence[Goal]
) -> tuple[list[Line], list[list[float]], str | None]:
    """Return the jobs that have a number for each objective, in the order in which they ended."""
    both = [(line, [goal.loss(line) for goal in goals]) for line in in_order(subject.ended)]
    found = [(line, losses) for line, losses in both if all(map(math.isfinite, losses))]
    chosen = found if len(found) <= _MOST_JOBS else sample(found, _MOST_JOBS)
    note = sampled_note(len(chosen), len(found))
    if not found:
        names = " and ".join(goal.field for goal in goals)
        note = f"No job is DONE with numbers as {names} yet."
        if subject.experiment.objective is None and any(goal.field == "quality" for goal in goals):
            note = subject.no_objective
    return [line for line, _ in chosen], [losses for _, losses in chosen], note


def _front_item(line: Line, goals: Sequence[Goal]) -> FrontItem:
    values = [as_float(line.value(goal.field)) for goal in goals]
    return FrontItem(number=line.number, id=line.id, values=values)
