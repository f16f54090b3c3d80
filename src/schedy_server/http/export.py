"""Exports the jobs of an experiment, streamed: all of them, or what a filter wants."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schedy_server.http import wire
from schedy_server.http.calls import Core, core_of, read, segment
from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import has_halves, loads, readable, slices
from schedy_server.model.words import NO_WORDS, Words
from schedy_server.service import experiments
from schedy_server.service.columns import is_wanted, line_of, select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter

_PAGE = 500
_FIXED = ("id", "number", "status", "quality", "created", "started", "finished", "worker")
_MOST_FIELDS = 500
# A cell that starts with one of these is a formula to a spreadsheet (OWASP ASVS 5.0, 1.2.10), to
# some of them even if it is as wide as a Chinese character.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001 - see above

_NEWLINE = b"\n"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is exported.

    Attributes:
        fields: Which columns; none for all that occur.
    """

    experiment: str
    statuses: Sequence[Status]
    filter: Filter
    fields: Sequence[str]

    def fits(self, written: "_Written") -> bool:
        """Tell whether a job is."""
        return not self.filter.terms or is_wanted(line_of(*written), self.filter)


class _Written(NamedTuple):
    """A job, and what is written on it."""

    job: Job
    words: Words


async def export_jobs(request: Request) -> Response:
    """Export the jobs of an experiment, as a table or as JSON.

    With `fields`, a table has just these columns, and JSON an object of these members for each job.
    """
    kind = request.query_params.get("format", "csv")
    if kind not in _WRITERS:
        raise Invalid(f"format: has to be one of {', '.join(_WRITERS)}.")
    writer, media_type = _WRITERS[kind]
    fields = [each for each in request.query_params.get("fields", "").split(",") if each]
    if len(fields) > _MOST_FIELDS:
        raise Invalid(f"fields: at most {_MOST_FIELDS} at once.")
    name = segment(request, "experiment")
    wanted = _Wanted(
        name,
        wire.query_statuses(request),
        Filter.parse(request.query_params.get("f", "")),
        fields,
    )
    # Found before the answer starts, so that a missing experiment is a 404 and no broken file.
    await read(request, partial(experiments.get, name=name))
    return StreamingResponse(
        writer(request, wanted),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="jobs.{kind}"'},
    )


async def _pages(
    request: Request, wanted: _Wanted, write: Callable[[Sequence[_Written]], bytes]
) -> AsyncIterator[bytes]:
    """Yield what a function makes of the jobs, some hundreds at once, on another thread."""
    beyond: int | None = 0

    def look(context: Context, beyond: int) -> tuple[bytes, int | None]:
        experiment = context.experiment(wanted.experiment)
        jobs = context.ledger.jobs.page(
            experiment.key, statuses=wanted.statuses, beyond=beyond, limit=_PAGE
        )
        words = context.ledger.words.of_jobs(experiment.key, [job.number for job in jobs])
        found = [_Written(job, words.get(job.number, NO_WORDS)) for job in jobs]
        text = write([each for each in found if wanted.fits(each)])
        return text, jobs[-1].number if len(jobs) == _PAGE else None

    while beyond is not None:
        text, beyond = await read(request, partial(look, beyond=beyond))
        if text:
            yield text


async def _json_lines(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    def write(jobs: Sequence[_Written]) -> bytes:
        return b"".join(_as_json(wanted, each) + _NEWLINE for each in jobs)

    async for text in _pages(request, wanted, write):
        yield text


async def _json(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    def write(jobs: Sequence[_Written]) -> bytes:
        return b",".join(b"\n" + _as_json(wanted, each) for each in jobs)

    opening = b"["
    async for text in _pages(request, wanted, write):
        yield opening + text
        opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def _as_json(wanted: _Wanted, written: _Written) -> bytes:
    if wanted.fields:
        row = _Row(*written)
        texts = ((name, _reader(name)(row) or "null") for name in wanted.fields)
        return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in texts)}}}".encode()
    job, words = written
    answer: bytes = wire.encode(wire.job_answer(wanted.experiment, job, None, words=words))
    return answer


async def _csv(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    """Write a table, by default with a column for every name that occurs."""
    columns = wanted.fields or await read(request, partial(_columns, core_of(request), wanted))
    yield _rows([[_text(name) for name in columns]])
    readers = [_reader(name) for name in columns]

    def write(jobs: Sequence[_Written]) -> bytes:
        rows = [_Row(*each) for each in jobs]
        return _rows([[_cell(reader(row)) for reader in readers] for row in rows])

    async for text in _pages(request, wanted, write):
        yield text


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)  # RFC 4180
    return buffer.getvalue().encode("utf-8", "backslashreplace")


def _columns(core: Core, wanted: _Wanted, context: Context) -> list[str]:
    """Find the names that occur."""
    experiment = context.experiment(wanted.experiment)
    statuses = set(wanted.statuses)
    found = select(core.columns.lines(context, experiment), wanted.filter)
    lines = [line for line in found if line.status in statuses]
    return [
        *_FIXED,
        *(["tags"] if any(line.words.tags for line in lines) else []),
        *(["note"] if any(line.words.note for line in lines) else []),
        *_names("hyperparameters", (line.hyperparameters for line in lines)),
        *_names("results", (line.results for line in lines)),
    ]


def _names(room: str, objects: Iterable[Mapping[str, object]]) -> list[str]:
    return [f"{room}.{name}" for name in dict.fromkeys(chain.from_iterable(objects))]


class _Row:
    """A job whose hyperparameters and results are at hand, each to the character as it was sent."""

    __slots__ = ("hyperparameters", "job", "results", "words")

    def __init__(self, job: Job, words: Words) -> None:
        self.job = job
        self.words = words
        self.hyperparameters = _named(job.hyperparameters)
        self.results = _named(job.results)


def _named(text: str) -> Mapping[str, str]:
    """Slice an object by the names that its table's columns have."""
    found = slices(text)
    return {readable(name): each for name, each in found.items()} if has_halves(text) else found


def _reader(name: str) -> "_Reader":
    """Return what finds the field of a name, as JSON text; filters mean the same by it."""
    if name in _READERS:
        return _READERS[name]
    room, dot, inner = name.partition(".")
    if dot and room == "hyperparameters":
        return lambda row: row.hyperparameters.get(inner)
    if dot and room == "results":
        return lambda row: row.results.get(inner)
    return lambda row: row.hyperparameters.get(name, row.results.get(name))


def _moment(name: str) -> "_Reader":
    def find(row: _Row) -> str | None:
        moment = getattr(row.job, name)
        return None if moment is None else f'"{moment.isoformat()}"'

    return find


def _origin(name: str) -> "_Reader":
    def find(row: _Row) -> str | None:
        found = slices(row.job.origin).get(name) if row.job.origin else None
        return None if found == "null" else found

    return find


def _seconds(row: _Row) -> str | None:
    started, finished = row.job.started, row.job.finished
    return str((finished - started).total_seconds()) if started and finished else None


def _optional(value: str | float | None) -> str | None:
    return None if value is None else json.dumps(value)


_Reader = Callable[[_Row], str | None]
_READERS: Mapping[str, _Reader] = {
    "id": lambda row: json.dumps(row.job.id),
    "number": lambda row: str(row.job.number),
    "status": lambda row: f'"{row.job.status}"',
    "quality": lambda row: _optional(row.job.quality),
    "worker": lambda row: _optional(row.job.worker),
    "seconds": _seconds,
    **{name: _moment(name) for name in ("created", "started", "finished", "modified")},
    "parent": _origin("parent_number"),
    **{name: _origin(name) for name in ("member", "generation")},
    "tags": lambda row: _optional(" ".join(row.words.tags) or None),
    "note": lambda row: _optional(row.words.note or None),
}


def _cell(value: str | None) -> str:
    """Return text without its quotes, and everything else as it was sent, numbers above all."""
    if value is None:
        return ""
    if value[0] != '"':
        return value
    return _text(loads(value) if "\\" in value else value[1:-1])


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


_Writer = Callable[[Request, _Wanted], AsyncIterator[bytes]]
_WRITERS: dict[str, tuple[_Writer, str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "json": (_json, "application/json"),
    "jsonl": (_json_lines, "application/jsonl"),
}
