"""The jobs of an experiment by column, for charts and tables over many thousands of them.

A column store is brought up to date by what changed since it was last asked, so that a look at a
hundred thousand jobs of which three are new reads three.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schedy_server.model.experiments import Direction, Experiment
from schedy_server.model.jsontext import loads
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.storage.session import Row

_STORES_KEPT = 20
_MICROS = 1_000_000
FIXED = (
    "number", "id", "status", "quality", "worker", "created", "started", "finished", "modified",
    "seconds", "parent", "member", "generation",
)  # fmt: skip
ROOMS = ("hyperparameters", "results")


@dataclass(slots=True)
class Line:
    """What is kept of one job."""

    number: int
    id: str
    status: str
    quality: float | None
    worker: str | None
    origin: Mapping[str, Any]
    created: float
    started: float | None
    finished: float | None
    modified: float
    hyperparameters: Mapping[str, Any]
    results: Mapping[str, Any]

    def value(self, name: str) -> Any:
        """Return the value of a field, or None: a column, or what a user calls so."""
        if name in FIXED:
            return self._fixed(name)
        room, dot, inner = name.partition(".")
        if dot and room in ROOMS:
            return getattr(self, room).get(inner)
        return self.hyperparameters.get(name, self.results.get(name))

    def _fixed(self, name: str) -> Any:
        if name == "seconds":
            both = self.started is not None and self.finished is not None
            return self.finished - self.started if both else None  # type: ignore[operator]
        if name == "parent":
            return self.origin.get("parent_number")
        if name in {"member", "generation"}:
            return self.origin.get(name)
        return getattr(self, name)


@dataclass(slots=True)
class Store:
    """The lines of one experiment up to a revision."""

    identity: tuple[Any, ...]
    revision: int = 0
    lines: dict[int, Line] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Columns:
    """The stores of the experiments that somebody looked at lately."""

    def __init__(self) -> None:
        self._stores: OrderedDict[int, Store] = OrderedDict()
        self._lock = threading.Lock()

    def lines(self, context: Context, experiment: Experiment) -> list[Line]:
        """Return all jobs of an experiment by number, as they are in this transaction."""
        store = self._store(experiment)
        with store.lock:
            if store.revision < experiment.revision:
                _catch_up(context, experiment, store)
            return [store.lines[number] for number in sorted(store.lines)]

    def _store(self, experiment: Experiment) -> Store:
        # Qualities depend on the objective, whose change touches no job's revision.
        identity = (experiment.created, experiment.objective)
        with self._lock:
            store = self._stores.pop(experiment.key, None)
            if store is None or store.identity != identity:
                store = Store(identity)
            self._stores[experiment.key] = store
            while len(self._stores) > _STORES_KEPT:
                self._stores.popitem(last=False)
        return store


@dataclass(frozen=True, slots=True)
class Sorting:
    """One key to sort by; what has no usable value comes last, in both directions."""

    name: str
    descending: bool


def select(lines: Sequence[Line], wanted: Filter) -> list[Line]:
    """Return the jobs that a filter wants."""
    if not wanted.terms:
        return list(lines)
    return [
        line
        for line in lines
        if wanted.matches(line.value, lambda line=line: f"{line.id} {line.number}")  # type: ignore[misc]
    ]


def arrange(lines: list[Line], keys: Sequence[Sorting], experiment: Experiment) -> list[Line]:
    """Return jobs sorted by several keys, the first one first."""
    for key in reversed(keys):
        name, descending = key.name, key.descending
        if name == "best":
            objective = experiment.objective
            descending ^= objective is not None and objective.direction is Direction.MAX
            name = "quality"
        ranked = [(_rank(line.value(name)), line) for line in lines]
        usable = [each for each in ranked if each[0] is not None]
        usable.sort(key=_first, reverse=descending)
        lines = [line for _, line in usable] + [line for rank, line in ranked if rank is None]
    return lines


def _first(pair: tuple[Any, Line]) -> Any:
    return pair[0]


def _rank(value: Any) -> tuple[int, Any] | None:
    if isinstance(value, bool):
        return (1, str(value).lower())
    if isinstance(value, int | float):
        return None if math.isnan(value) else (0, value)
    return (1, value) if isinstance(value, str) else None


def _catch_up(context: Context, experiment: Experiment, store: Store) -> None:
    for number in context.ledger.jobs.deleted_since(experiment.key, store.revision):
        store.lines.pop(number, None)
    for row in context.ledger.jobs.columns_since(experiment.key, store.revision):
        store.lines[row[0]] = _line(row)
    store.revision = experiment.revision


def _line(row: Row) -> Line:
    (
        number, job_id, status, quality, worker, origin, created, started, finished, modified, _,
        hyperparameters, results,
    ) = row  # fmt: skip
    return Line(
        number=number,
        id=job_id,
        status=status,
        quality=quality,
        worker=worker,
        origin=loads(origin) if origin else {},
        created=created / _MICROS,
        started=None if started is None else started / _MICROS,
        finished=None if finished is None else finished / _MICROS,
        modified=modified / _MICROS,
        hyperparameters=loads(hyperparameters),
        results=loads(results),
    )
