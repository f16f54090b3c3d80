"""The jobs of an experiment by column, for charts and tables over many thousands of them.

A column store is brought up to date by what changed since it was last asked, so that a look at a
hundred thousand jobs of which three are new reads three.
"""

import math
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from sys import intern
from typing import Any, TypeVar, overload

import msgspec

from schedy_server.model.experiments import Direction, Experiment
from schedy_server.model.jobs import Job
from schedy_server.model.jsontext import has_halves, loads, readable
from schedy_server.model.words import NO_WORDS, Words
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.storage.session import Row

T = TypeVar("T")

_STORES_KEPT = 20
_COLUMNS_KEPT, _ORDERS_KEPT = 200, 20  # of each table
_MICROS = 1_000_000
_DECODER = msgspec.json.Decoder()  # several times as fast as Python's own
FIXED = (
    "number", "id", "status", "quality", "worker", "created", "started", "finished", "modified",
    "seconds", "parent", "member", "generation", "tags", "note",
)  # fmt: skip
ROOMS = ("hyperparameters", "results")
# Of those that are fixed, the ones that a line holds as they are.
_KEPT = FIXED[: FIXED.index("seconds")]
_NO_ORIGIN: Mapping[str, Any] = {}


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
    words: Words = NO_WORDS

    def value(self, name: str) -> Any:
        """Return the value of a field, or None: a column, or what a user calls so."""
        if name in FIXED:
            return self._fixed(name)
        if name == "tag":
            return self.words.tags
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
        if name == "tags":
            return self.words.tags
        if name == "note":
            return self.words.note or None
        return getattr(self, name)


class Table:
    """All jobs of an experiment at one revision, by number; never changes.

    What was asked for by column is kept, and handed on to the table of the next revision.
    """

    __slots__ = ("_columns", "_findings", "_orders", "lines")

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._columns: dict[str, list[Any]] = {}
        self._orders: dict[tuple[str, bool], list[int]] = {}
        self._findings: dict[str, Any] = {}

    def once(self, name: str, find: Callable[[], T]) -> T:
        """Return what was found out about these jobs before, or find it out."""
        if name not in self._findings:
            self._findings[name] = find()
        found: T = self._findings[name]
        return found

    def line(self, number: int) -> Line | None:
        """Return the job of that number, or None."""
        at = bisect_left(self.lines, number, key=_number)
        there = at < len(self.lines) and self.lines[at].number == number
        return self.lines[at] if there else None

    def values(self, name: str) -> list[Any]:
        """Return the value of a field of each job; the list is not the caller's to change."""
        found = self._columns.get(name)
        if found is None:
            found = _column(self.lines, name)
            if len(self._columns) >= _COLUMNS_KEPT:
                self._columns.clear()
            self._columns[name] = found
        return found

    def order(self, name: str, *, descending: bool) -> list[int]:
        """Return where the jobs stand, sorted by a field; likewise not to be changed."""
        found = self._orders.get((name, descending))
        if found is None:
            found = _sorted(range(len(self.lines)), self.values(name), descending=descending)
            if len(self._orders) >= _ORDERS_KEPT:
                self._orders.clear()
            self._orders[name, descending] = found
        return found

    def after(self, gone: Sequence[int], changed: Sequence[Line]) -> "Table":
        """Return the table after jobs were deleted, by number, and others changed or added."""
        if gone or 4 * len(changed) > len(self.lines):
            lines = {line.number: line for line in self.lines}
            for number in gone:
                lines.pop(number, None)
            lines.update((line.number, line) for line in changed)
            return Table([lines[number] for number in sorted(lines)])
        after = Table(self.lines.copy())
        after._columns = {name: values.copy() for name, values in list(self._columns.items())}
        for line in changed:
            after._set(line)
        return after

    def _set(self, line: Line) -> None:
        at = bisect_left(self.lines, line.number, key=_number)
        both = [(self.lines, line), *((of, line.value(name)) for name, of in self._columns.items())]
        for values, value in both:
            # A new job has the largest number of all: it comes last.
            values[at : at + 1] = [value]


class Lines(Sequence[Line]):
    """Some jobs of an experiment, in some order."""

    __slots__ = ("places", "table")

    def __init__(self, table: Table, places: Sequence[int] | None = None) -> None:
        self.table = table
        self.places = range(len(table.lines)) if places is None else places

    @property
    def is_whole(self) -> bool:
        """Tell whether these are all jobs, by number."""
        return self.places == range(len(self.table.lines))

    def values(self, name: str) -> list[Any]:
        """Return the value of a field of each job; the list is not the caller's to change."""
        values = self.table.values(name)
        return values if self.is_whole else [values[at] for at in self.places]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> "Lines": ...
    def __getitem__(self, at: int | slice) -> "Line | Lines":
        if isinstance(at, slice):
            return Lines(self.table, self.places[at])
        return self.table.lines[self.places[at]]

    def __iter__(self) -> Iterator[Line]:
        return map(self.table.lines.__getitem__, self.places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it compares as a list does


@dataclass(slots=True)
class Store:
    """The table of one experiment up to a revision."""

    identity: tuple[Any, ...]
    revision: int = 0
    table: Table = field(default_factory=lambda: Table([]))
    lock: threading.Lock = field(default_factory=threading.Lock)


class Columns:
    """The stores of the experiments that somebody looked at lately."""

    def __init__(self) -> None:
        self._stores: OrderedDict[int, Store] = OrderedDict()
        self._lock = threading.Lock()

    def lines(self, context: Context, experiment: Experiment) -> Lines:
        """Return all jobs of an experiment by number, as they are in this transaction."""
        store = self._store(experiment)
        with store.lock:
            if store.revision < experiment.revision:
                _catch_up(context, experiment, store)
            return Lines(store.table)

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


def line_of(job: Job, words: Words) -> Line:
    """Return a job as tables and filters see it."""
    return Line(
        number=job.number,
        id=job.id,
        status=job.status.value,
        quality=job.quality,
        worker=job.worker,
        origin=_read(job.origin) if job.origin else _NO_ORIGIN,
        created=job.created.timestamp(),
        started=job.started.timestamp() if job.started else None,
        finished=job.finished.timestamp() if job.finished else None,
        modified=job.modified.timestamp(),
        hyperparameters=_read(job.hyperparameters),
        results=_read(job.results),
        words=words,
    )


def is_wanted(line: Line, wanted: Filter) -> bool:
    """Tell whether a filter wants a job."""
    return wanted.matches(line.value, lambda: _words(line))


def select(lines: Lines, wanted: Filter) -> Lines:
    """Return the jobs that a filter wants."""
    places = lines.places
    for term in wanted.terms:
        if term.field is None:
            words = list(map(_words, lines.table.lines))
            places = [at for at in places if term.occurs_in(words[at])]
        else:
            holds, values = term.test(), lines.table.values(term.field)
            places = [at for at in places if holds(values[at])]
    return Lines(lines.table, places)


def arrange(lines: Lines, keys: Sequence[Sorting], experiment: Experiment) -> Lines:
    """Return jobs sorted by several keys, the first one first."""
    table = lines.table
    keys = [_plain(key, experiment) for key in keys]
    if len(keys) == 1:
        order = table.order(keys[0].name, descending=keys[0].descending)
        if lines.is_whole:
            return Lines(table, order)
        wanted = bytearray(len(table.lines))
        for at in lines.places:
            wanted[at] = 1
        return Lines(table, [at for at in order if wanted[at]])
    places = lines.places
    for key in reversed(keys):
        places = _sorted(places, table.values(key.name), descending=key.descending)
    return Lines(table, places)


def _plain(key: Sorting, experiment: Experiment) -> Sorting:
    if key.name != "best":
        return key
    objective = experiment.objective
    is_max = objective is not None and objective.direction is Direction.MAX
    return Sorting("quality", key.descending ^ is_max)


def _sorted(places: Sequence[int], values: Sequence[Any], *, descending: bool) -> list[int]:
    """Return places sorted by their values; equals stay as they are, in both directions."""
    kinds = set(map(type, values)) - {type(None)}
    if not (kinds <= {float, int} or kinds == {str}):
        values = [_rank(value) for value in values]
    # Only NaN differs from itself.
    usable = [at for at in places if (value := values[at]) is not None and value == value]  # noqa: PLR0124
    last = [at for at in places if (value := values[at]) is None or value != value]  # noqa: PLR0124
    usable.sort(key=values.__getitem__, reverse=descending)
    return usable + last


def _rank(value: Any) -> tuple[int, Any] | None:
    if isinstance(value, bool):
        return (1, str(value).lower())
    if isinstance(value, int | float):
        return None if math.isnan(value) else (0, value)
    if isinstance(value, tuple):
        return (1, " ".join(value)) if value else None
    return (1, value) if isinstance(value, str) else None


def _column(lines: Sequence[Line], name: str) -> list[Any]:
    room, dot, inner = name.partition(".")
    if dot and room in ROOMS and name not in FIXED:
        return [found.get(inner) for found in map(attrgetter(room), lines)]
    if name in _KEPT:
        return list(map(attrgetter(name), lines))
    return [line.value(name) for line in lines]


def _number(line: Line) -> int:
    return line.number


def _words(line: Line) -> str:
    return f"{line.id} {line.number}"


def _catch_up(context: Context, experiment: Experiment, store: Store) -> None:
    gone = context.ledger.jobs.deleted_since(experiment.key, store.revision)
    rows = context.ledger.jobs.columns_since(experiment.key, store.revision)
    changed = {row[0]: _line(row) for row in rows}
    words = context.ledger.words.changed_since(experiment.key, store.revision)
    for number in changed.keys() | words.keys():
        known = store.table.line(number)
        line = changed.get(number, known)
        written = words.get(number, NO_WORDS if known is None else known.words)
        if line is not None and line.words is not written:
            changed[number] = replace(line, words=written)
    store.table = store.table.after(gone, list(changed.values()))
    store.revision = experiment.revision


def _line(row: Row) -> Line:
    (
        number, job_id, status, quality, worker, origin, created, started, finished, modified, _,
        hyperparameters, results,
    ) = row  # fmt: skip
    return Line(
        number=number,
        id=job_id,
        status=intern(status),  # a few texts, a hundred thousand times
        quality=quality,
        worker=intern(worker) if worker else worker,
        origin=_read(origin) if origin else _NO_ORIGIN,
        created=created / _MICROS,
        started=None if started is None else started / _MICROS,
        finished=None if finished is None else finished / _MICROS,
        modified=modified / _MICROS,
        hyperparameters=_read(hyperparameters),
        results=_read(results),
    )


def _read(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except ValueError:  # what only Python's dialect of JSON knows, such as NaN
        return readable(loads(text)) if has_halves(text) else loads(text)
