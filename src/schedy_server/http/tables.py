"""Handlers for whoever looks at many jobs at once: a page of a table, and columns for charts."""

import asyncio
import json
import math
import sys
from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, wire
from schedy_server.http.calls import core_of, read, segment
from schedy_server.http.packing import packed
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.service.columns import Lines, Sorting, arrange, select
from schedy_server.service.context import Context
from schedy_server.service.fields import field_names, is_curve
from schedy_server.service.filters import Filter

_PAGE = 50
_LARGEST_PAGE = 500
_MOST_KEYS = 5
_MOST_COLUMNS = 200
_MOST_CATEGORIES = 1000
_LOOKED_INTO = 200  # lists of a field, to tell whether they are curves
_MOMENTS = {"created", "started", "finished", "modified"}
_LARGEST = sys.float_info.max
_NAN = math.nan
_FLOATS, _PLANES = "floats", "planes"


class TablePage(Struct, kw_only=True):
    """A page of a table of jobs.

    Attributes:
        revision: How many changes of jobs the experiment had seen.
        total: How many jobs the filter wants.
        of: How many jobs there are.
    """

    revision: int
    total: int
    of: int
    items: list[shapes.JobAnswer]


class FieldAnswer(Struct, kw_only=True):
    """What is known of a field of the jobs.

    Attributes:
        name: As filters and columns call it.
        kind: `number`, `category`, `curve` (a list of numbers) or `other`.
        low: The smallest number; null if there is none.
        high: The largest number.
        missing: How many jobs have no value.
        categories: The values that occur, if they are few.
    """

    name: str
    kind: str
    low: float | None
    high: float | None
    missing: int
    categories: list[str]


class SchemaAnswer(Struct, kw_only=True):
    """The fields that the jobs of an experiment have.

    Attributes:
        jobs: How many jobs there are.
    """

    revision: int
    jobs: int
    fields: list[FieldAnswer]


async def show_table(request: Request) -> Response:
    """Return a page of the jobs that a filter wants, sorted by several keys."""
    wanted = Filter.parse(request.query_params.get("f", ""))
    keys = _keys(request.query_params.get("sort", "-number"))
    size = wire.query_number(request, "size", default=_PAGE, most=_LARGEST_PAGE)
    page = wire.query_number(request, "page", default=1, most=10_000_000)
    name = segment(request, "experiment")
    columns = core_of(request).columns

    def look(context: Context) -> TablePage:
        experiment = context.experiment(name)
        lines = columns.lines(context, experiment)
        found = arrange(select(lines, wanted), keys, experiment)
        shown = found[(page - 1) * size : page * size]
        jobs = [
            (context.ledger.jobs.find_number(experiment.key, line.number), line.words)
            for line in shown
        ]
        return TablePage(
            revision=experiment.revision,
            total=len(found),
            of=len(lines),
            items=[
                wire.job_answer(name, job, None, words=words)
                for job, words in jobs
                if isinstance(job, Job)
            ],
        )

    page_shown = await read(request, look)
    return await packed(request, wire.encode(page_shown), "application/json")


async def show_schema(request: Request) -> Response:
    """Tell which fields the jobs of an experiment have."""
    experiment, lines = await _lines(request, Filter())
    fields = await asyncio.to_thread(lines.table.once, "fields", lambda: _fields(lines))
    answer = SchemaAnswer(revision=experiment.revision, jobs=len(lines), fields=fields)
    return await packed(request, wire.encode(answer), "application/json")


async def show_columns(request: Request) -> Response:
    """Return some fields of all jobs that a filter wants, as columns for charts.

    The body is the length of a header (32 bits, little-endian), the header in JSON, and for each
    column as many 32-bit floats as there are jobs; a missing value is NaN, times are seconds since
    the experiment was created, and categories are counted from 0 as the header lists them.

    With `layout=planes`, each column comes as the first bytes of all its floats, then the second
    ones, the third and the fourth: the same in other order, which packs better.
    """
    names = [each for each in request.query_params.get("fields", "number").split(",") if each]
    if len(names) > _MOST_COLUMNS:
        raise Invalid(f"fields: at most {_MOST_COLUMNS} at once.")
    layout = request.query_params.get("layout", _FLOATS)
    if layout not in {_FLOATS, _PLANES}:
        raise Invalid(f"layout: has to be {_FLOATS} or {_PLANES}.")
    wanted = Filter.parse(request.query_params.get("f", ""))
    experiment, lines = await _lines(request, wanted)
    body = await asyncio.to_thread(_encode, experiment, lines, names, layout)
    return await packed(request, body, "application/octet-stream")


async def _lines(request: Request, wanted: Filter) -> tuple[Experiment, Lines]:
    name = segment(request, "experiment")
    columns = core_of(request).columns

    def look(context: Context) -> tuple[Experiment, Lines]:
        experiment = context.experiment(name)
        return experiment, select(columns.lines(context, experiment), wanted)

    return await read(request, look)


def _keys(text: str) -> list[Sorting]:
    keys = [each for each in text.split(",") if each.strip("-")]
    if len(keys) > _MOST_KEYS:
        raise Invalid(f"sort: at most {_MOST_KEYS} keys.")
    return [Sorting(each.removeprefix("-"), each.startswith("-")) for each in keys]


def _fields(lines: Lines) -> list[FieldAnswer]:
    return [_field(name, lines.values(name)) for name in field_names(lines.table)]


def _field(name: str, values: Sequence[Any]) -> FieldAnswer:
    if name == "tags":
        return _tags(values)
    if name == "note":  # that some say something is all that can be said of all of them
        missing = values.count(None)
        return FieldAnswer(
            name=name, kind="other", low=None, high=None, missing=missing, categories=[]
        )
    kinds = set(map(type, values))
    texts: set[str] = set()
    if str in kinds or bool in kinds:
        texts = {_label(each) for each in _distinct(values, kinds)}
    low, high = _extent(values, kinds)
    kind = "category" if texts else _kind_without_text(values, kinds) if low is None else "number"
    return FieldAnswer(
        name=name,
        kind=kind,
        low=low,
        high=high,
        missing=values.count(None),
        categories=sorted(texts) if len(texts) <= _MOST_CATEGORIES else [],
    )


def _tags(values: Sequence[tuple[str, ...]]) -> FieldAnswer:
    """Return which tags there are: what a chart has no use for, but a filter."""
    found = sorted({tag for tags in values for tag in tags})
    return FieldAnswer(
        name="tags",
        kind="other",
        low=None,
        high=None,
        missing=sum(not tags for tags in values),
        categories=found[:_MOST_CATEGORIES],
    )


def _kind_without_text(values: Sequence[Any], kinds: set[type]) -> str:
    if list not in kinds or not kinds <= {list, type(None)}:
        return "other"
    lists = [each for each in values if each is not None]
    return "curve" if all(map(is_curve, lists[:: len(lists) // _LOOKED_INTO + 1])) else "other"


def _extent(values: Sequence[Any], kinds: set[type]) -> tuple[float | None, float | None]:
    """Return the smallest and the largest finite number, if there is one."""
    if kinds <= {float, int, type(None)}:
        numbers = [each for each in values if each is not None]
    else:
        numbers = [each for each in values if _is_number(each)]
    try:
        is_finite = all(map(math.isfinite, numbers))
    except OverflowError:
        is_finite = False
    if not is_finite:
        numbers = [each for each in numbers if -_LARGEST <= each <= _LARGEST]
    return (float(min(numbers)), float(max(numbers))) if numbers else (None, None)


def _encode(experiment: Experiment, lines: Lines, names: Sequence[str], layout: str) -> bytes:
    start = experiment.created.timestamp()
    described: list[dict[str, Any]] = []
    arrays: list[bytes] = []
    for name in names:
        offset = start if name in _MOMENTS else 0.0
        column, categories = _as_floats(lines.values(name), offset)
        described.append({"name": name, "categories": categories})
        data = column.tobytes()
        arrays.extend([data] if layout == _FLOATS else [data[at::4] for at in range(4)])
    header = {
        "revision": experiment.revision,
        "n": len(lines),
        "start": start,
        "columns": described,
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(arrays)


def _as_floats(values: Sequence[Any], offset: float) -> tuple["array[float]", list[str] | None]:
    """Return a column, and what its numbers stand for if they are those of categories."""
    kinds = set(map(type, values))
    if str in kinds or bool in kinds:
        categories: dict[str, int] = {}
        return array("f", [_code(each, categories) for each in values]), list(categories)
    if kinds <= {float, int, type(None)}:
        with suppress(OverflowError):  # some number is larger than 32 bits can tell
            return array("f", [_NAN if each is None else each - offset for each in values]), None
    return array("f", [_float(each, offset) for each in values]), None


def _code(value: Any, categories: dict[str, int]) -> float:
    if value is None or not isinstance(value, str | bool | int | float):
        return _NAN
    return float(categories.setdefault(_label(value), len(categories)))


def _float(value: Any, offset: float) -> float:
    if not _is_number(value):
        return _NAN
    try:
        number = float(value) - offset
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    # What a float of 32 bits can't hold, Python's array refuses.
    return number if abs(number) <= 3.4e38 else math.copysign(math.inf, number)  # noqa: PLR2004


def _distinct(values: Sequence[Any], kinds: set[type]) -> set[Any]:
    if kinds <= {str, type(None)}:
        return set(values) - {None}
    return set(filter(_is_text, values))


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bool)


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is float or kind is int


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
