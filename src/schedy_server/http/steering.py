"""Handlers for what goes wrong: steer a job, look at its past, have kept results count."""

from collections.abc import Callable
from functools import partial

from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, steering_shapes, wire
from schedy_server.http.calls import body_of, core_of, idempotency_key, read, segment, write
from schedy_server.http.jobs import count
from schedy_server.model.errors import NotFound
from schedy_server.model.history import Kept, LogLine, Position
from schedy_server.model.jobs import Status
from schedy_server.service import attempts, history, kept, steering
from schedy_server.service.jobs import Handed

_PAGE = 100
_LARGEST_PAGE = 1000
_PARTS_OF_A_POSITION = 4
_BEYOND_KEYS = 2**62  # databases have integers of 64 bits
_LONGEST_KEY = 18  # digits


async def requeue_job(request: Request) -> Response:
    """Have a job run again, whatever became of it.

    Its budgets begin anew. Whoever runs it is told that it is another's now; a job that is QUEUED
    stays as it is.
    """
    return await _steered(request, "requeue", steering.requeue)


async def cancel_job(request: Request) -> Response:
    """End a job that has not ended: it is PRUNED.

    Whoever runs it is told to stop with the next sign of life; what it still sends counts no more.
    """
    return await _steered(request, "cancel", steering.cancel)


async def void_job(request: Request) -> Response:
    """Have the result of a job not count: it is CRASHED.

    The results stay to be read.
    """
    return await _steered(request, "void", steering.void)


async def list_attempts(request: Request) -> Response:
    """List the attempts at a job: who had it, when, and how that ended."""
    found = await read(
        request,
        partial(
            attempts.attempts,
            experiment_name=segment(request, "experiment"),
            job_id=segment(request, "job"),
        ),
    )
    return wire.json_response(shapes.AttemptList(items=[_attempt_answer(each) for each in found]))


async def show_log(request: Request) -> Response:
    """List what happened to an experiment and its jobs: who did what, when, and why.

    What happened to a job goes with it when it is deleted; that it was deleted stays.
    """
    lines, after = await read(
        request,
        partial(
            history.log,
            experiment_name=segment(request, "experiment"),
            job_id=wire.storable("job", request.query_params.get("job")),
            after=wire.page_position(request, _position),
            limit=wire.query_number(request, "limit", default=_PAGE, most=_LARGEST_PAGE),
        ),
    )
    items = [_line_answer(line) for line in lines]
    return wire.json_response(steering_shapes.LogPage(items=items, next=wire.page_token(after)))


async def list_kept(request: Request) -> Response:
    """List the results that came and could not be applied.

    Nothing that was received is thrown away.
    """
    found, after = await read(
        request,
        partial(
            kept.page,
            experiment_name=segment(request, "experiment"),
            job_id=wire.storable("job", request.query_params.get("job")),
            after=wire.page_position(request, _key) or 0,
            limit=wire.query_number(request, "limit", default=_PAGE, most=_LARGEST_PAGE),
        ),
    )
    items = [_kept_answer(each) for each in found]
    return wire.json_response(steering_shapes.KeptPage(items=items, next=wire.page_token(after)))


async def adopt(request: Request) -> Response:
    """Have kept results count as those of their job.

    Whoever runs the job is told that it is another's now.
    """
    name = segment(request, "experiment")
    body = await body_of(request)
    asked = wire.read_shape(body, steering_shapes.AdoptRequest)
    adoption = kept.Adoption(
        status=None if asked.status is None else Status(asked.status),
        replace=asked.replace,
        reason=wire.storable("reason", asked.reason),
    )
    handed = await write(
        request,
        partial(
            kept.adopt,
            experiment_name=name,
            kept_id=_kept_id(request),
            adoption=adoption,
            key=idempotency_key(request, "adopt", body),
        ),
    )
    core_of(request).metrics.count_late("adopted")
    count(request, handed.job)
    return wire.job_response(name, handed)


async def _steered(request: Request, kind: str, steer: Callable[..., Handed]) -> Response:
    name = segment(request, "experiment")
    body = await body_of(request)
    reason = wire.read_shape(body, shapes.InterventionRequest).reason
    handed = await write(
        request,
        partial(
            steer,
            experiment_name=name,
            job_id=segment(request, "job"),
            reason=wire.storable("reason", reason),
            key=idempotency_key(request, kind, body),
        ),
    )
    count(request, handed.job)
    return wire.job_response(name, handed)


def _attempt_answer(looked: attempts.Looked) -> shapes.AttemptAnswer:
    attempt = looked.attempt
    return shapes.AttemptAnswer(
        n=attempt.n,
        state=attempt.state,
        worker=attempt.worker,
        started=attempt.started,
        seen=attempt.seen,
        ended=attempt.ended,
        expires_in=looked.expires_in,
        late=attempt.late,
        silent_since=looked.silent_since,
    )


def _line_answer(line: LogLine) -> steering_shapes.LogLineAnswer:
    return steering_shapes.LogLineAnswer(
        at=line.at,
        what=line.what,
        job=line.job,
        version=line.version,
        attempt=line.attempt,
        before=line.before,
        after=line.after,
        actor=line.actor,
        worker=line.worker,
        reason=line.reason,
        request_id=line.request_id,
    )


def _kept_answer(each: Kept) -> steering_shapes.KeptAnswer:
    content = kept.content(each)
    hyperparameters = content.hyperparameters
    return steering_shapes.KeptAnswer(
        id=each.id,
        job=each.job_id,
        attempt=each.attempt,
        why=each.why,
        at=each.at,
        status=content.status,
        results=Raw(content.results.text),
        hyperparameters=Raw("null" if hyperparameters is None else hyperparameters.text),
        adopted=each.adopted,
        request_id=each.request_id,
    )


def _kept_id(request: Request) -> int:
    text: str = segment(request, "kept")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_KEY):
        raise NotFound(f"Nothing was kept under {text!r}: ids of kept results are numbers.")
    return int(text)


def _position(value: object) -> Position:
    if not isinstance(value, list) or len(value) != _PARTS_OF_A_POSITION:
        raise TypeError
    at, kind, first, second = map(_key, value)
    return at, kind, first, second


def _key(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    if not 0 <= value < _BEYOND_KEYS:
        raise ValueError
    return value
