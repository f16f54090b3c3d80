"""Lists of jobs: filtered, sorted, page by page."""

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction, Experiment
from schedy_server.model.jobs import Status
from schedy_server.model.jsontext import loads
from schedy_server.model.words import NO_WORDS
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, handed
from schedy_server.storage.session import Row

_COLUMNS = {"status": 1, "quality": 2, "created": 3, "started": 4, "finished": 5, "modified": 6}
_PAYLOADS = {"hyperparameters": 1, "results": 2}
_COMPARED = 100  # characters of a text: where a page ends has to fit the URL of the next
SORT_KEYS = ("number", *_COLUMNS, "best", "hyperparameters.NAME", "results.NAME")

# Where a job stands in a sorted list: kind of value, value, number. Numbers come before text,
# and what has no usable value comes last, in both directions.
Position = tuple[int, Any, int]


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted."""

    key: str = "number"
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "Order":
        """Read a sort key, with a leading `-` for descending.

        Raises:
            Invalid: There is no such key.
        """
        key = text.removeprefix("-")
        room, dot, name = key.partition(".")
        if key in {"number", "best"} or key in _COLUMNS or (room in _PAYLOADS and dot and name):
            return cls(key, text.startswith("-"))
        raise Invalid(f"Can't sort by {text!r}; the keys are {', '.join(SORT_KEYS)}.")


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs of an experiment, in order.

    Attributes:
        last: Where the page ends; None if nothing follows.
    """

    experiment: str
    jobs: Sequence[Handed]
    last: Position | None


def page(  # noqa: PLR0913 - each is a part of the question which jobs
    context: Context,
    experiment_name: str,
    *,
    statuses: Sequence[Status] = tuple(Status),
    order: Order = Order(),
    only: Collection[int] | None = None,
    after: Position | None = None,
    limit: int,
) -> Page:
    """Return one page of jobs.

    Pages go by position, not by count, so that a job is listed once although others are added,
    changed or deleted between two pages.

    Args:
        only: The numbers of those that are wanted; None for all.

    Raises:
        NotFound: There is no such experiment.
        Invalid: It has no objective to sort by.
    """
    experiment = context.experiment(experiment_name)
    if order.key == "number" and only is None:
        jobs = context.ledger.jobs.page(
            experiment.key,
            statuses=statuses,
            beyond=after[2] if after else None,
            backwards=order.descending,
            limit=limit + 1,
        )
        positions: list[Position] = [(0, job.number, job.number) for job in jobs]
    else:
        values = _values(context, experiment, statuses, order.key)
        if only is not None:
            values = (each for each in values if each[0] in only)
        positions = _sorted_positions(experiment, values, order, after, limit + 1)
        jobs = [
            job
            for position in positions[:limit]
            if (job := context.ledger.jobs.find_number(experiment.key, position[2])) is not None
        ]
    jobs = jobs[:limit]
    words = context.ledger.words.of_jobs(experiment.key, [job.number for job in jobs])
    return Page(
        experiment.name,
        [replace(handed(context, job), words=words.get(job.number, NO_WORDS)) for job in jobs],
        positions[limit - 1] if len(positions) > limit else None,
    )


def _sorted_positions(
    experiment: Experiment,
    values: Iterable[tuple[int, Any]],
    order: Order,
    after: Position | None,
    limit: int,
) -> list[Position]:
    descending = order.descending
    if order.key == "best":
        descending ^= _best_is_largest(experiment)
    positions = (_position(value, number, descending=descending) for number, value in values)
    if after is not None:
        positions = (position for position in positions if position > after)
    return heapq.nsmallest(limit, positions)


def _values(
    context: Context, experiment: Experiment, statuses: Iterable[Status], key: str
) -> Iterator[tuple[int, Any]]:
    jobs = context.ledger.jobs
    if key == "number":
        return ((row[0], row[0]) for row in jobs.sort_keys(experiment.key, statuses))
    column = _COLUMNS.get("quality" if key == "best" else key)
    if column is not None:
        return _column(jobs.sort_keys(experiment.key, statuses), column)
    room, _, name = key.partition(".")
    return _entry(jobs.payloads(experiment.key, statuses), _PAYLOADS[room], name)


def _column(rows: Iterable[Row], column: int) -> Iterator[tuple[int, Any]]:
    return ((row[0], row[column]) for row in rows)


def _entry(rows: Iterable[Row], column: int, name: str) -> Iterator[tuple[int, Any]]:
    return ((row[0], loads(row[column]).get(name)) for row in rows)


def _best_is_largest(experiment: Experiment) -> bool:
    if experiment.objective is None:
        raise Invalid(
            f"Experiment {experiment.name!r} has no objective: say which result is to be "
            "minimised or maximised, or sort by results.NAME."
        )
    return experiment.objective.direction is Direction.MAX


def _position(value: Any, number: int, *, descending: bool) -> Position:
    if isinstance(value, bool):
        value = str(value).lower()  # a word, as it is in JSON
    is_nan = isinstance(value, float) and math.isnan(value)
    if isinstance(value, int | float) and not is_nan:
        return (0, -value if descending else value, number)
    if isinstance(value, str):
        beginning = value[:_COMPARED]
        return (1, _Backwards(beginning) if descending else beginning, number)
    return (2, 0, number)


class _Backwards(str):
    """Text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)
