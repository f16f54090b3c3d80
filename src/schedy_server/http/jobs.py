"""Handlers for jobs: read, call, answer."""

import math
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import conditions, shapes, wire
from schedy_server.http.calls import (
    body_of,
    core_of,
    idempotency_key,
    is_long,
    read,
    segment,
    understood,
    write,
)
from schedy_server.http.connections import connection_of, watched
from schedy_server.model.errors import PreconditionFailed
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import Refused
from schedy_server.service import attempts, claims, jobs, listing, posts
from schedy_server.service.columns import select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.service.pressure import Work

_PAGE = 100
_LARGEST_PAGE = 1000
_POSITION = 3
_BEYOND_NUMBERS = 2**62  # databases have integers of 64 bits


async def list_jobs(request: Request) -> Response:
    """List the jobs of an experiment, filtered, sorted, page by page.

    Each appears once, whatever is added or deleted between two pages.
    """
    name = segment(request, "experiment")
    wanted = Filter.parse(request.query_params.get("f", ""))
    columns = core_of(request).columns
    page = partial(
        listing.page,
        experiment_name=name,
        statuses=wire.query_statuses(request),
        order=listing.Order.parse(request.query_params.get("sort", "number")),
        after=wire.page_position(request, _position),
        limit=wire.query_number(request, "limit", default=_PAGE, most=_LARGEST_PAGE),
    )

    def look(context: Context) -> listing.Page:
        if not wanted.terms:
            return page(context)
        lines = select(columns.lines(context, context.experiment(name)), wanted)
        return page(context, only=frozenset(lines.values("number")))

    found = await read(request, look)
    items = [
        wire.job_answer(found.experiment, job.job, job.tag, words=job.words) for job in found.jobs
    ]
    return wire.json_response(shapes.JobPage(items=items, next=wire.page_token(found.last)))


async def add_job(request: Request) -> Response:
    """Add a job; the server chooses its id."""
    name = segment(request, "experiment")
    body = await body_of(request)
    key = idempotency_key(request, "add", body)
    wish = await understood(body, partial(wire.job_wish, kind="add"))
    connection = connection_of(request)
    if key is None and connection is not None:
        return await _add_unless_repeated(request, wish, connection, is_bulky=is_long(body))
    work = partial(jobs.add, experiment_name=name, wish=wish, key=key)
    handed = await write(request, work, bulky=is_long(body))
    return wire.job_response(name, handed, 201)


async def add_jobs(request: Request) -> Response:
    """Add many jobs, all or none."""
    body = await body_of(request)
    wishes = await understood(body, wire.batch_wishes)
    ids = await write(
        request,
        partial(
            jobs.add_many,
            experiment_name=segment(request, "experiment"),
            wishes=wishes,
            key=idempotency_key(request, "batch", body),
        ),
        bulky=True,
    )
    return wire.json_response(shapes.BatchAnswer(ids=ids), 201)


async def get_job(request: Request) -> Response:
    """Return a job with its ETag."""
    name = segment(request, "experiment")
    handed = await read(
        request, partial(attempts.look_at, experiment_name=name, job_id=segment(request, "job"))
    )
    return wire.job_response(name, handed)


async def put_job(request: Request) -> Response:
    """Replace or create a job.

    With `If-Match`, only if it still has that version; with `If-None-Match: *`, only if it is new;
    without a condition, always. What the body leaves out is empty afterwards.
    """
    name, job_id = segment(request, "experiment"), segment(request, "job")
    body = await body_of(request)
    wish = await understood(body, wire.put_wish)
    core_of(request).pressure.admit(Work.END if wish.status.is_final else Work.REPORT)
    key = idempotency_key(request, "create", body)
    if conditions.only_if_new(request):
        handed = await write(
            request,
            partial(jobs.create, experiment_name=name, job_id=job_id, wish=wish, key=key),
            bulky=is_long(body),
        )
        return wire.job_response(name, handed, 201)
    outcome = await write(
        request,
        partial(
            jobs.put,
            experiment_name=name,
            job_id=job_id,
            wish=wish,
            condition=conditions.job_condition(request),
        ),
        bulky=is_long(body),
    )
    return wire.job_response(name, accepted(request, outcome))


async def delete_job(request: Request) -> Response:
    """Delete a job, whatever its version.

    That it is not there is no error, unless there is an `If-Match`.
    """
    await write(
        request,
        partial(
            jobs.delete,
            experiment_name=segment(request, "experiment"),
            job_id=segment(request, "job"),
            must_exist=conditions.must_exist(request),
        ),
    )
    return Response(status_code=204)


async def next_job(request: Request) -> Response:
    """Return the job to start next, for old clients; others should claim.

    It becomes the caller's when it is put back as RUNNING with its ETag.
    """
    name = segment(request, "experiment")
    reservations = core_of(request).reservations
    handed = await write(
        request,
        partial(claims.look_for_next, experiment_name=name, reservations=reservations),
    )
    return Response(status_code=204) if handed is None else wire.job_response(name, handed)


async def _add_unless_repeated(
    request: Request, wish: jobs.Wish, connection: posts.Connection, *, is_bulky: bool
) -> Response:
    name = segment(request, "experiment")
    deliveries = core_of(request).deliveries
    post = deliveries.post(wish.digest, connection)
    work = partial(posts.add_job, experiment_name=name, wish=wish, post=post)
    added = await write(request, work, bulky=is_bulky)
    response = wire.job_response(name, added.handed, 201)
    return watched(response, deliveries, added.receipt, connection)


def accepted(request: Request, outcome: jobs.Handed | Refused) -> jobs.Handed:
    """Return what was handed out, and count it.

    Raises:
        PreconditionFailed: It was refused; what had to be kept of the request is kept by now.
    """
    metrics = core_of(request).metrics
    if isinstance(outcome, Refused):
        metrics.count_late("refused")
        raise PreconditionFailed(outcome.message)
    if outcome.was_late:
        metrics.count_late("adopted")
    count(request, outcome.job)
    return outcome


def count(request: Request, job: Job) -> None:
    """Count in the metrics if the last change of a job was that it started, or that it ended."""
    metrics = core_of(request).metrics
    if job.status is Status.RUNNING and job.started == job.modified:
        metrics.count_claim()
    elif job.status.is_final and job.finished == job.modified:
        metrics.count_finish(job.status)


def _position(value: object) -> listing.Position:
    if not isinstance(value, list) or len(value) != _POSITION:
        raise TypeError
    kind, key, number = value
    allowed: dict[object, tuple[type, ...]] = {0: (int, float), 1: (str,), 2: (int,)}
    if type(number) is not int or type(key) not in allowed.get(kind, ()):
        raise TypeError
    if not 0 < number < _BEYOND_NUMBERS or (isinstance(key, float) and math.isnan(key)):
        raise ValueError
    return kind, key, number
