"""What a model of the results says: importance, a surface, predictions."""

import asyncio
from typing import Any

from schedy_server.analysis import tasks
from schedy_server.analysis.tasks import FEWEST_JOBS, Axis, Fit, floats
from schedy_server.model.errors import Invalid
from schedy_server.service.analysis_answers import (
    AxisAnswer,
    FitAnswer,
    ImportanceAnswer,
    ImportanceItem,
    Prediction,
    PredictionsAnswer,
    SurfaceAnswer,
)
from schedy_server.service.calculator import Calculator
from schedy_server.service.usable import ROOM, Subject, Usable, usable


async def importance(calculator: Calculator, subject: Subject, target: str) -> ImportanceAnswer:
    """Tell how much each hyperparameter has to do with the target."""
    jobs = await _usable(subject, target)
    missing = _missing(subject, jobs)
    if missing is not None:
        about = _about(subject, jobs, missing)
        return ImportanceAnswer(**about, method="permutation", fit=None, items=[])
    task = tasks.Importance(list(jobs.columns.values()), floats(jobs.target))
    found = await calculator.calculate(task, tasks.ImportanceFound)
    names = list(jobs.columns)
    items = [
        ImportanceItem(field=names[each.at], importance=each.importance, spread=each.spread)
        for each in found.shares
    ]
    silent = None
    if not items:
        silent = "No hyperparameter varies among these jobs."
    elif not items[0].importance:
        silent = f"From the hyperparameters of these jobs, {jobs.field} can't be told."
    about = _about(subject, jobs, silent)
    return ImportanceAnswer(**about, method="permutation", fit=_fit(found.fit), items=items)


async def surface(
    calculator: Calculator, subject: Subject, target: str, *, x: str, y: str, grid: int
) -> SurfaceAnswer:
    """Tell what becomes of the target as two hyperparameters change.

    Raises:
        Invalid: One of them is no hyperparameter, or both are the same.
    """
    named = (("x", x), ("y", y))
    sides = {where: subject.hyperparameter(name, where=where) for where, name in named}
    if sides["x"] == sides["y"]:
        raise Invalid(f"x, y: both are {sides['x']}.")
    jobs = await _usable(subject, target)
    names = list(jobs.columns)
    missing = _missing(subject, jobs)
    absent = [field for field in sides.values() if field not in names]
    if missing is None and absent:
        missing = f"None of these jobs has a value of {absent[0]}."
    if missing is not None:
        empty = [_axis(field, Axis("linear", [])) for field in sides.values()]
        about = _about(subject, jobs, missing)
        return SurfaceAnswer(**about, fit=None, x=empty[0], y=empty[1], mean=[], spread=[])
    found = await calculator.calculate(
        tasks.Surface(
            list(jobs.columns.values()),
            floats(jobs.target),
            x=names.index(sides["x"]),
            y=names.index(sides["y"]),
            grid=grid,
        ),
        tasks.SurfaceFound,
    )
    unseen = [
        field
        for field, side in zip(sides.values(), (found.x, found.y), strict=True)
        if not side.values
    ]
    return SurfaceAnswer(
        **_about(subject, jobs, f"No job has a finite {unseen[0]}." if unseen else None),
        fit=_fit(found.fit),
        x=_axis(sides["x"], found.x),
        y=_axis(sides["y"], found.y),
        mean=found.mean,
        spread=found.spread,
    )


async def predictions(calculator: Calculator, subject: Subject, target: str) -> PredictionsAnswer:
    """Tell how far the model can be trusted: what it says of jobs that it has not seen."""
    jobs = await _usable(subject, target)
    missing = _missing(subject, jobs)
    if missing is not None:
        return PredictionsAnswer(**_about(subject, jobs, missing), fit=None, items=[])
    task = tasks.Predictions(list(jobs.columns.values()), floats(jobs.target))
    found = await calculator.calculate(task, tasks.PredictionsFound)
    rows = zip(jobs.lines, found.actual, found.predicted, found.spread, strict=True)
    items = [
        Prediction(number=line.number, actual=actual, predicted=predicted, spread=spread)
        for line, actual, predicted, spread in rows
    ]
    return PredictionsAnswer(**_about(subject, jobs), fit=_fit(found.fit), items=items)


async def _usable(subject: Subject, target: str) -> Usable:
    field = subject.field(target, where="target")
    if field.startswith(ROOM):
        raise Invalid(f"target: {field} is no result, but a hyperparameter.")
    return await asyncio.to_thread(usable, subject, field)


def _missing(subject: Subject, jobs: Usable) -> str | None:
    """Return what a model would need; None if it is all there."""
    if jobs.field == "quality" and subject.experiment.objective is None:
        return subject.no_objective
    if len(jobs.lines) < FEWEST_JOBS:
        return (
            f"It takes {FEWEST_JOBS} jobs that are DONE with a number as {jobs.field}; "
            f"there {_are(len(jobs.lines))}."
        )
    if not jobs.columns:
        return "These jobs have no hyperparameters."
    return None


def _are(count: int) -> str:
    return {0: "are none", 1: "is one"}.get(count, f"are {count}")


def _about(subject: Subject, jobs: Usable, remark: str | None = None) -> dict[str, Any]:
    notes = [each for each in (remark, jobs.note) if each]
    return subject.about(len(jobs.lines), " ".join(notes) or None) | {"target": jobs.field}


def _fit(fit: Fit) -> FitAnswer:
    return FitAnswer(r2=fit.r2, spread=fit.spread)


def _axis(field: str, axis: Axis) -> AxisAnswer:
    return AxisAnswer(field=field, scale=axis.scale, values=axis.values, categories=axis.categories)
