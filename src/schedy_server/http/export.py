"""Exports all jobs of an experiment, streamed."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schedy_server.http import wire
from schedy_server.http.calls import read, segment
from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import loads, slices
from schedy_server.service import experiments, listing

_PAGE = 500
_FIXED = ("id", "number", "status", "quality", "created", "started", "finished", "worker")
# A cell that starts with one of these is a formula to a spreadsheet (OWASP ASVS 5.0, 1.2.10), to
# some of them even if it is as wide as a Chinese character.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001 - see above

_NEWLINE = b"\n"


async def export_jobs(request: Request) -> Response:
    """Export all jobs of an experiment, as a table or as JSON."""
    kind = request.query_params.get("format", "csv")
    if kind not in _WRITERS:
        raise Invalid(f"format: has to be one of {', '.join(_WRITERS)}.")
    writer, media_type = _WRITERS[kind]
    statuses = wire.query_statuses(request)
    # Found before the answer starts, so that a missing experiment is a 404 and no broken file.
    name = segment(request, "experiment")
    await read(request, partial(experiments.get, name=name))
    return StreamingResponse(
        writer(request, statuses),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="jobs.{kind}"'},
    )


async def _pages(request: Request, statuses: Sequence[Status]) -> AsyncIterator[listing.Page]:
    after: listing.Position | None = None
    while True:
        page = await read(
            request,
            partial(
                listing.page,
                experiment_name=segment(request, "experiment"),
                statuses=statuses,
                after=after,
                limit=_PAGE,
            ),
        )
        yield page
        after = page.last
        if after is None:
            return


async def _json_lines(request: Request, statuses: Sequence[Status]) -> AsyncIterator[bytes]:
    async for page in _pages(request, statuses):
        yield b"".join(_as_json(page, handed.job) + _NEWLINE for handed in page.jobs)


async def _json(request: Request, statuses: Sequence[Status]) -> AsyncIterator[bytes]:
    opening = b"["
    async for page in _pages(request, statuses):
        if page.jobs:
            yield opening + b",".join(b"\n" + _as_json(page, handed.job) for handed in page.jobs)
            opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def _as_json(page: listing.Page, job: Job) -> bytes:
    answer: bytes = wire.encode(wire.job_answer(page.experiment, job, None))
    return answer


async def _csv(request: Request, statuses: Sequence[Status]) -> AsyncIterator[bytes]:
    """Write a table: a column for every name that occurs, found by a first walk over the jobs."""
    hyperparameters: dict[str, None] = {}
    results: dict[str, None] = {}
    async for page in _pages(request, statuses):
        for handed in page.jobs:
            hyperparameters.update(dict.fromkeys(loads(handed.job.hyperparameters)))
            results.update(dict.fromkeys(loads(handed.job.results)))
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")  # RFC 4180
    table.writerow(
        [
            *_FIXED,
            *(_text(f"hyperparameters.{name}") for name in hyperparameters),
            *(_text(f"results.{name}") for name in results),
        ]
    )
    async for page in _pages(request, statuses):
        for handed in page.jobs:
            table.writerow(_row(handed.job, list(hyperparameters), list(results)))
        yield buffer.getvalue().encode("utf-8", "backslashreplace")
        buffer.seek(0)
        buffer.truncate()


def _row(job: Job, hyperparameters: Sequence[str], results: Sequence[str]) -> list[str]:
    inputs, outputs = slices(job.hyperparameters), slices(job.results)
    moments = (job.created, job.started, job.finished)
    return [
        _text(job.id),
        str(job.number),
        job.status.value,
        "" if job.quality is None else json.dumps(job.quality),
        *("" if moment is None else moment.isoformat() for moment in moments),
        _text(job.worker or ""),
        *(_cell(inputs, name) for name in hyperparameters),
        *(_cell(outputs, name) for name in results),
    ]


def _cell(payload: Mapping[str, str], name: str) -> str:
    """Return text without its quotes, and everything else as it was sent, numbers above all."""
    value = payload.get(name, "")
    return _text(loads(value)) if value.startswith('"') else value


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


_Writer = Callable[[Request, Sequence[Status]], AsyncIterator[bytes]]
_WRITERS: dict[str, tuple[_Writer, str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "json": (_json, "application/json"),
    "jsonl": (_json_lines, "application/jsonl"),
}
