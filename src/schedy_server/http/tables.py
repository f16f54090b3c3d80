"""Handlers for whoever looks at many jobs at once: a page of a table, and columns for charts."""

import asyncio
import json
import math
from array import array
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, wire
from schedy_server.http.calls import core_of, read, segment
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.service.columns import FIXED, ROOMS, Line, Sorting, arrange, select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter

_PAGE = 50
_LARGEST_PAGE = 500
_MOST_KEYS = 5
_MOST_COLUMNS = 200
_MOST_CATEGORIES = 1000
_SAMPLED = 20_000  # jobs that are looked at to learn which fields there are


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
        kind: `number`, `category` or `other`.
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
        jobs = [
            context.ledger.jobs.find_number(experiment.key, line.number)
            for line in found[(page - 1) * size : page * size]
        ]
        return TablePage(
            revision=experiment.revision,
            total=len(found),
            of=len(lines),
            items=[wire.job_answer(name, job, None) for job in jobs if isinstance(job, Job)],
        )

    return wire.json_response(await read(request, look))


async def show_schema(request: Request) -> Response:
    """Tell which fields the jobs of an experiment have."""
    experiment, lines = await _lines(request, Filter())
    fields = await asyncio.to_thread(_fields, lines)
    return wire.json_response(
        SchemaAnswer(revision=experiment.revision, jobs=len(lines), fields=fields)
    )


async def show_columns(request: Request) -> Response:
    """Return some fields of all jobs that a filter wants, as columns for charts.

    The body is the length of a header (32 bits, little-endian), the header in JSON, and for each
    column as many 32-bit floats as there are jobs; a missing value is NaN, times are seconds since
    the experiment was created, and categories are counted from 0 as the header lists them.
    """
    names = [each for each in request.query_params.get("fields", "number").split(",") if each]
    if len(names) > _MOST_COLUMNS:
        raise Invalid(f"fields: at most {_MOST_COLUMNS} at once.")
    wanted = Filter.parse(request.query_params.get("f", ""))
    experiment, lines = await _lines(request, wanted)
    body = await asyncio.to_thread(_encode, experiment, lines, names)
    return Response(body, media_type="application/octet-stream")


async def _lines(request: Request, wanted: Filter) -> tuple[Experiment, list[Line]]:
    name = segment(request, "experiment")
    columns = core_of(request).columns

    def look(context: Context) -> tuple[Experiment, list[Line]]:
        experiment = context.experiment(name)
        return experiment, select(columns.lines(context, experiment), wanted)

    return await read(request, look)


def _keys(text: str) -> list[Sorting]:
    keys = [each for each in text.split(",") if each.strip("-")]
    if len(keys) > _MOST_KEYS:
        raise Invalid(f"sort: at most {_MOST_KEYS} keys.")
    return [Sorting(each.removeprefix("-"), each.startswith("-")) for each in keys]


def _fields(lines: Sequence[Line]) -> list[FieldAnswer]:
    names: dict[str, None] = dict.fromkeys(each for each in FIXED if each != "id")
    step = max(1, len(lines) // _SAMPLED)
    for line in lines[::step]:
        for room in ROOMS:
            names.update(dict.fromkeys(f"{room}.{each}" for each in getattr(line, room)))
    return [_field(name, [line.value(name) for line in lines]) for name in names]


def _field(name: str, values: Sequence[Any]) -> FieldAnswer:
    numbers = [each for each in values if _is_number(each) and math.isfinite(each)]
    present = [each for each in values if each is not None]
    texts = {_label(each) for each in present if isinstance(each, str | bool)}
    kind = "category" if texts else "number" if numbers else "other"
    few = sorted(texts) if len(texts) <= _MOST_CATEGORIES else []
    return FieldAnswer(
        name=name,
        kind=kind,
        low=float(min(numbers)) if numbers else None,
        high=float(max(numbers)) if numbers else None,
        missing=len(values) - len(present),
        categories=few,
    )


def _encode(experiment: Experiment, lines: Sequence[Line], names: Sequence[str]) -> bytes:
    start = experiment.created.timestamp()
    described: list[dict[str, Any]] = []
    arrays: list[bytes] = []
    for name in names:
        values = [line.value(name) for line in lines]
        categories: dict[str, int] = {}
        if any(isinstance(each, str | bool) for each in values):
            column = array("f", (_code(each, categories) for each in values))
        else:
            offset = start if name in {"created", "started", "finished", "modified"} else 0.0
            column = array("f", (_float(each, offset) for each in values))
        described.append({"name": name, "categories": list(categories) or None})
        arrays.append(column.tobytes())
    header = {
        "revision": experiment.revision,
        "n": len(lines),
        "start": start,
        "columns": described,
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(arrays)


def _code(value: Any, categories: dict[str, int]) -> float:
    if value is None or not isinstance(value, str | bool | int | float):
        return math.nan
    return float(categories.setdefault(_label(value), len(categories)))


def _float(value: Any, offset: float) -> float:
    if not _is_number(value):
        return math.nan
    try:
        number = float(value) - offset
    except OverflowError:
        number = math.inf
    # What a float of 32 bits can't hold, Python's array refuses.
    return number if abs(number) <= 3.4e38 else math.copysign(math.inf, number)  # noqa: PLR2004


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
