"""Exports the jobs of an experiment, streamed: all of them, or what a filter wants."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schedy_server.http import wire
from schedy_server.http.calls import read, segment
from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import loads, slices
from schedy_server.model.words import NO_WORDS, Words
from schedy_server.service import experiments, listing
from schedy_server.service.columns import is_wanted, line_of
from schedy_server.service.filters import Filter
from schedy_server.service.jobs import Handed

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

    statuses: Sequence[Status]
    filter: Filter
    fields: Sequence[str]

    def fits(self, handed: Handed) -> bool:
        """Tell whether a job is."""
        if not self.filter.terms:
            return True
        return is_wanted(line_of(handed.job, handed.words or NO_WORDS), self.filter)


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
    wanted = _Wanted(
        wire.query_statuses(request), Filter.parse(request.query_params.get("f", "")), fields
    )
    # Found before the answer starts, so that a missing experiment is a 404 and no broken file.
    name = segment(request, "experiment")
    await read(request, partial(experiments.get, name=name))
    return StreamingResponse(
        writer(request, wanted),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="jobs.{kind}"'},
    )


async def _pages(request: Request, wanted: _Wanted) -> AsyncIterator[Sequence[Handed]]:
    after: listing.Position | None = None
    while True:
        page = await read(
            request,
            partial(
                listing.page,
                experiment_name=segment(request, "experiment"),
                statuses=wanted.statuses,
                after=after,
                limit=_PAGE,
            ),
        )
        yield [each for each in page.jobs if wanted.fits(each)]
        after = page.last
        if after is None:
            return


async def _json_lines(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    name = segment(request, "experiment")
    async for jobs in _pages(request, wanted):
        yield b"".join(_as_json(name, each, wanted.fields) + _NEWLINE for each in jobs)


async def _json(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    name = segment(request, "experiment")
    opening = b"["
    async for jobs in _pages(request, wanted):
        if jobs:
            yield opening + b",".join(b"\n" + _as_json(name, each, wanted.fields) for each in jobs)
            opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def _as_json(experiment: str, handed: Handed, fields: Sequence[str]) -> bytes:
    if fields:
        texts = _texts(handed)
        members = (f"{json.dumps(each)}:{texts.get(each, 'null')}" for each in fields)
        return f"{{{','.join(members)}}}".encode()
    answer: bytes = wire.encode(wire.job_answer(experiment, handed.job, None, words=handed.words))
    return answer


async def _csv(request: Request, wanted: _Wanted) -> AsyncIterator[bytes]:
    """Write a table, by default with a column for every name that occurs."""
    columns = wanted.fields or await _columns(request, wanted)
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")  # RFC 4180
    table.writerow([_text(name) for name in columns])
    async for jobs in _pages(request, wanted):
        for each in jobs:
            texts = _texts(each)
            table.writerow([_cell(texts.get(name, "")) for name in columns])
        yield buffer.getvalue().encode("utf-8", "backslashreplace")
        buffer.seek(0)
        buffer.truncate()


async def _columns(request: Request, wanted: _Wanted) -> list[str]:
    """Find the names that occur, by a first walk over the jobs."""
    words: dict[str, None] = {}
    hyperparameters: dict[str, None] = {}
    results: dict[str, None] = {}
    async for jobs in _pages(request, wanted):
        for each in jobs:
            words.update(dict.fromkeys(_written(each.words or NO_WORDS)))
            hyperparameters.update(dict.fromkeys(loads(each.job.hyperparameters)))
            results.update(dict.fromkeys(loads(each.job.results)))
    return [
        *_FIXED,
        *(name for name in _WORDS if name in words),
        *(f"hyperparameters.{name}" for name in hyperparameters),
        *(f"results.{name}" for name in results),
    ]


def _texts(handed: Handed) -> Mapping[str, str]:
    """Return the fields of a job as JSON, to the character as they were sent."""
    job = handed.job
    inputs, outputs = slices(job.hyperparameters), slices(job.results)
    bare = {**outputs, **inputs}
    fixed = {name: json.dumps(value) for name, value in _fixed(job).items() if value is not None}
    return {
        **bare,
        **{f"hyperparameters.{name}": text for name, text in inputs.items()},
        **{f"results.{name}": text for name, text in outputs.items()},
        **fixed,
        **_written(handed.words or NO_WORDS),
    }


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


def _written(words: Words) -> dict[str, str]:
    found = {}
    if words.tags:
        found["tags"] = json.dumps(" ".join(words.tags))
    if words.note:
        found["note"] = json.dumps(words.note)
    return found


def _cell(value: str) -> str:
    """Return text without its quotes, and everything else as it was sent, numbers above all."""
    return _text(loads(value)) if value.startswith('"') else value


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


_Writer = Callable[[Request, _Wanted], AsyncIterator[bytes]]
_WRITERS: dict[str, tuple[_Writer, str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "json": (_json, "application/json"),
    "jsonl": (_json_lines, "application/jsonl"),
}
