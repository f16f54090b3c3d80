"""Which jobs an analysis can use, and what it is shown of them."""

import heapq
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from schedy_server.analysis.tasks import Column, floats
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Status
from schedy_server.service.columns import ROOMS, Line, Lines
from schedy_server.service.fields import field_names, resolved
from schedy_server.service.filters import Filter

MOST_JOBS = 5_000
NO_OBJECTIVE = (
    "The experiment has no objective: say which result counts, and whether a small or a large one "
    "is good"
)
_FEWEST_SAMPLED = 1_000
_MOST_CELLS = 60_000
_MOST_COLUMNS = 200
ROOM = "hyperparameters."
_WORDS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an analysis is about.

    Attributes:
        lines: The jobs that fit the filter.
        wanted: The filter.
    """

    experiment: Experiment
    lines: Lines
    wanted: Filter

    @property
    def ended(self) -> list[Line]:
        """Those that are DONE; if the filter says which statuses it wants, all of them."""
        if any(term.field == "status" for term in self.wanted.terms):
            return list(self.lines)
        return [line for line in self.lines if line.status == Status.DONE]

    @property
    def no_objective(self) -> str:
        """What to say where an objective is needed and there is none."""
        names = field_names(self.lines.table)
        result = next((each for each in names if each.startswith("results.")), "results.loss")
        return f"{NO_OBJECTIVE}; or name a field, such as {result}."

    def about(self, used: int, note: str | None) -> dict[str, Any]:
        """Return what every answer tells."""
        return {
            "revision": self.experiment.revision,
            "jobs": len(self.lines),
            "used": used,
            "note": note,
        }

    def field(self, name: str, *, where: str) -> str:
        """Return the full name of a field; of two that are called the same, the result.

        Raises:
            Invalid: No job has it.
        """
        return resolved(name, field_names(self.lines.table), where=where, rooms=ROOMS[::-1])

    def hyperparameter(self, name: str, *, where: str) -> str:
        """Return the full name of a hyperparameter.

        Raises:
            Invalid: It is none.
        """
        field = resolved(name, field_names(self.lines.table), where=where)
        if not field.startswith(ROOM):
            raise Invalid(f"{where}: {field} is no hyperparameter.")
        return field


@dataclass(frozen=True, slots=True)
class Usable:
    """Jobs with a number for each, for a model to learn from.

    Attributes:
        field: Where the numbers are from.
        columns: Their hyperparameters by name.
        note: What is to be said of the choice; None if there is nothing.
    """

    field: str
    lines: Sequence[Line]
    target: Sequence[float]
    columns: dict[str, Column]
    note: str | None


def usable(subject: Subject, target: str) -> Usable:
    """Return the jobs that have ended with a number as target, or a sample of them.

    The sample depends on the numbers of the jobs alone: as jobs are added, most of it stays.
    """
    both = [(line, as_float(line.value(target))) for line in subject.ended]
    found = [(line, value) for line, value in both if not math.isnan(value)]
    names = _names([line for line, _ in found])
    most = max(_FEWEST_SAMPLED, min(MOST_JOBS, _MOST_CELLS // max(1, len(names))))
    chosen = found if len(found) <= most else sample(found, most)
    lines = [line for line, _ in chosen]
    columns = {f"{ROOM}{each}": column(lines, each) for each in names[:_MOST_COLUMNS]}
    notes = [sampled_note(len(chosen), len(found))]
    if len(names) > _MOST_COLUMNS:
        notes.append(f"The {_MOST_COLUMNS} most frequent of {len(names):,} hyperparameters.")
    note = " ".join(each for each in notes if each) or None
    return Usable(target, lines, [value for _, value in chosen], columns, note)


def sampled_note(used: int, of: int) -> str | None:
    """Return what to say of a sample."""
    return None if used == of else f"{used:,} of {of:,} jobs, sampled."


def sample(found: Sequence[tuple[Line, Any]], most: int) -> list[tuple[Line, Any]]:
    """Return so many of these jobs, in the same order; always the same ones."""
    chosen = heapq.nsmallest(most, found, key=lambda each: crc32(b"%d" % each[0].number))
    return sorted(chosen, key=lambda each: each[0].number)


def as_float(value: Any) -> float:
    """Return a number as a float; NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def column(lines: Sequence[Line], name: str) -> Column:
    """Return a hyperparameter as a model reads it."""
    values = [line.hyperparameters.get(name) for line in lines]
    if all(value is None or type(value) in {int, float} for value in values):
        return Column(floats(map(as_float, values)))
    labels = ["" if value is None else _label(value) for value in values]
    both = list(zip(values, labels, strict=True))
    names = sorted({label for value, label in both if value is not None})
    codes = {label: float(code) for code, label in enumerate(names)}
    return Column(floats(math.nan if value is None else codes[each] for value, each in both), names)


def _names(lines: Sequence[Line]) -> list[str]:
    """Return the names of hyperparameters, the most frequent first."""
    counted: Counter[str] = Counter()
    for line in lines:
        counted.update(line.hyperparameters.keys())
    return [name for name, _ in counted.most_common()]


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return _WORDS[value]
    return value if isinstance(value, str) else json.dumps(value)
