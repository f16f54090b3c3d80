"""Handlers for experiments: read, call, answer."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, wire
from schedy_server.http.calls import (
    body_of,
    core_of,
    digest_of,
    idempotency_key,
    read,
    segment,
    understood,
    write,
)
from schedy_server.http.connections import connection_of, watched
from schedy_server.service import experiments, posts
from schedy_server.service.names import checked_name

_PAGE = 100
_LARGEST_PAGE = 1000


async def list_experiments(request: Request) -> Response:
    """List the experiments by name, page by page."""
    found, after = await read(
        request,
        partial(
            experiments.page,
            prefix=wire.storable("prefix", request.query_params.get("prefix")) or "",
            after=wire.page_position(request, _name) or "",
            limit=wire.query_number(request, "limit", default=_PAGE, most=_LARGEST_PAGE),
        ),
    )
    items = [wire.experiment_answer(experiment) for experiment in found]
    return wire.json_response(shapes.ExperimentPage(items=items, next=wire.page_token(after)))


async def get_experiment(request: Request) -> Response:
    """Return an experiment."""
    name = segment(request, "experiment")
    experiment = await read(request, partial(experiments.get, name=name))
    return wire.json_response(wire.experiment_answer(experiment))


async def put_experiment(request: Request) -> Response:
    """Create an experiment, or replace its settings; its jobs stay.

    With `If-None-Match: *`, only if it is new.
    """
    body = await body_of(request)
    settings = await understood(body, wire.experiment_settings)
    key = idempotency_key(request, "experiment", body)
    connection = connection_of(request)
    if key is None and connection is not None and wire.only_if_new(request):
        digest = digest_of("experiment", body)
        return await _create_unless_repeated(request, settings, digest, connection)
    experiment, is_new = await write(
        request,
        partial(
            experiments.put,
            name=segment(request, "experiment"),
            settings=settings,
            only_new=wire.only_if_new(request),
            key=key,
        ),
        bulky=True,
    )
    return wire.json_response(wire.experiment_answer(experiment), 201 if is_new else 200)


async def patch_experiment(request: Request) -> Response:
    """Change some settings of an experiment, e.g. to pause it."""
    change = wire.experiment_change(await body_of(request))
    experiment = await write(
        request,
        partial(experiments.patch, name=segment(request, "experiment"), change=change),
        bulky=True,
    )
    return wire.json_response(wire.experiment_answer(experiment))


async def delete_experiment(request: Request) -> Response:
    """Delete an experiment with all its jobs.

    That it is not there is no error, unless there is an `If-Match`.
    """
    await write(
        request,
        partial(
            experiments.delete,
            name=segment(request, "experiment"),
            must_exist=wire.must_exist(request),
        ),
        bulky=True,
    )
    return Response(status_code=204)


async def _create_unless_repeated(
    request: Request, settings: experiments.Settings, digest: bytes, connection: posts.Connection
) -> Response:
    name = segment(request, "experiment")
    deliveries = core_of(request).deliveries
    post = deliveries.post(digest, connection)
    work = partial(posts.create_experiment, name=name, settings=settings, post=post)
    created = await write(request, work, bulky=True)
    answer = wire.experiment_answer(created.experiment)
    response = wire.json_response(answer, 201 if created.is_new else 200)
    return watched(response, deliveries, created.receipt, connection)


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return checked_name(value, "experiment")
