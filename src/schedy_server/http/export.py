"""Exports the jobs of an experiment, streamed: all of them, or what a filter wants."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schedy_server.http import wire
from schedy_server.http.calls import Core, core_of, read, segment
from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import loads, slices
from schedy_server.model.words import NO_WORDS, Words
from schedy_server.service import experiments
from schedy_server.service.columns import is_wanted, line_of, select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter

_PAGE = 500
_FIXED = ("id", "number", "status", "quality", "created", "started", "finished", "worker")
_WORDS = ("tags", "note")
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
        texts = _texts(written)
        members = (f"{json.dumps(each)}:{texts.get(each, 'null')}" for each in wanted.fields)
        return f"{{{','.join(members)}}}".encode()
    job, words = written
    answer: bytes = wire.encode(wire.job_answer(wanted.experiment, job, None, words=words))
    return answer


async def _csv(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    """Write a table, by default with a column for every name that occurs."""
    columns = wanted.fields or await read(request, partial(_columns, core_of(request), wanted))
    yield _rows([[_text(name) for name in columns]])

    def write(jobs: Sequence[_Written]) -> bytes:
        rows = (map(_texts(each).get, columns) for each in jobs)
        return _rows([["" if text is None else _cell(text) for text in row] for row in rows])

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
    words: dict[str, None] = {}
    hyperparameters: dict[str, None] = {}
    results: dict[str, None] = {}
    for line in select(core.columns.lines(context, experiment), wanted.filter):
        if line.status in statuses:
            words.update(dict.fromkeys(_said(line.words)))
            hyperparameters.update(dict.fromkeys(line.hyperparameters))
            results.update(dict.fromkeys(line.results))
    return [
        *_FIXED,
        *(name for name in _WORDS if name in words),
        *(f"hyperparameters.{name}" for name in hyperparameters),
        *(f"results.{name}" for name in results),
    ]


def _texts(written: _Written) -> Mapping[str, str]:
    """Return the fields of a job as JSON, to the character as they were sent."""
    job, words = written
    inputs, outputs = slices(job.hyperparameters), slices(job.results)
    texts = {**outputs, **inputs}
    for name, text in inputs.items():
        texts[f"hyperparameters.{name}"] = text
    for name, text in outputs.items():
        texts[f"results.{name}"] = text
    for name, value in _fixed(job).items():
        if value is not None:
            texts[name] = json.dumps(value)
    texts.update(_said(words))
    return texts


def _fixed(job: Job) -> Mapping[str, str | int | float | None]:
    seconds = (job.finished - job.started).total_seconds() if job.finished and job.started else None
    moments = {
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "modified": job.modified,
    }
    return {
        "id": job.id,
        "number": job.number,
        "status": job.status.value,
        "quality": job.quality,
        "worker": job.worker,
        "seconds": seconds,
        **{name: moment.isoformat() for name, moment in moments.items() if moment is not None},
    }


def _said(words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    if words is NO_WORDS:
        return found
    if words.tags:
        found["tags"] = json.dumps(" ".join(words.tags))
    if words.note:
        found["note"] = json.dumps(words.note)
    return found


def _cell(value: str) -> str:
    """Return text without its quotes, and everything else as it was sent, numbers above all."""
    if not value.startswith('"'):
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
