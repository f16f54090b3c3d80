"""Handlers for experiments: read, call, answer."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import conditions, shapes, wire, wording
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
from schedy_server.model.errors import Invalid
from schedy_server.service import experiments, posts
from schedy_server.service.context import Context
from schedy_server.service.names import checked_name
from schedy_server.service.words import Described, describe, describe_all

_PAGE = 100
_LARGEST_PAGE = 1000


async def list_experiments(request: Request) -> Response:
    """List the experiments by name, page by page."""
    prefix = wire.storable("prefix", request.query_params.get("prefix")) or ""
    after = wire.page_position(request, _name) or ""
    limit = wire.query_number(request, "limit", default=_PAGE, most=_LARGEST_PAGE)

    with_summary = _yes_or_no(request, "summary")
    summaries = core_of(request).summaries

    def look(context: Context) -> tuple[list[shapes.ExperimentAnswer], str | None]:
        found, last = experiments.page(context, prefix=prefix, after=after, limit=limit)
        answers = []
        for each in describe_all(context, found):
            summary = summaries.of(context, each.experiment) if with_summary else None
            answers.append(wire.experiment_answer(each, summary))
        return answers, last

    items, last = await read(request, look)
    return wire.json_response(shapes.ExperimentPage(items=items, next=wire.page_token(last)))


async def get_experiment(request: Request) -> Response:
    """Return an experiment."""
    name = segment(request, "experiment")
    found = await read(request, lambda context: describe(context, experiments.get(context, name)))
    return wire.json_response(wire.experiment_answer(found))


async def put_experiment(request: Request) -> Response:
    """Create an experiment, or replace its settings; its jobs stay.

    With `If-None-Match: *`, only if it is new.
    """
    body = await body_of(request)
    settings = await understood(body, wire.experiment_settings)
    key = idempotency_key(request, "experiment", body)
    connection = connection_of(request)
    if key is None and connection is not None and conditions.only_if_new(request):
        digest = digest_of("experiment", body)
        return await _create_unless_repeated(request, settings, digest, connection)
    name, only_new = segment(request, "experiment"), conditions.only_if_new(request)

    def work(context: Context) -> tuple[Described, bool]:
        stored, is_new = experiments.put(context, name, settings, only_new=only_new, key=key)
        return describe(context, stored), is_new

    described, is_new = await write(request, work, bulky=True)
    return wire.json_response(wire.experiment_answer(described), 201 if is_new else 200)


async def patch_experiment(request: Request) -> Response:
    """Change some settings of an experiment, e.g. to pause it, or its tags and note."""
    change = wording.experiment_change(await body_of(request))
    name = segment(request, "experiment")
    described = await write(
        request,
        lambda context: describe(context, experiments.patch(context, name, change)),
        bulky=True,
    )
    return wire.json_response(wire.experiment_answer(described))


async def delete_experiment(request: Request) -> Response:
    """Delete an experiment with all its jobs.

    That it is not there is no error, unless there is an `If-Match`.
    """
    await write(
        request,
        partial(
            experiments.delete,
            name=segment(request, "experiment"),
            must_exist=conditions.must_exist(request),
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

    def work(context: Context) -> tuple[posts.Created, Described]:
        created = posts.create_experiment(context, name=name, settings=settings, post=post)
        return created, describe(context, created.experiment)

    created, described = await write(request, work, bulky=True)
    answer = wire.experiment_answer(described)
    response = wire.json_response(answer, 201 if created.is_new else 200)
    return watched(response, deliveries, created.receipt, connection)


def _yes_or_no(request: Request, name: str) -> bool:
    said = request.query_params.getlist(name)
    if not set(said) <= {"true", "false"}:
        raise Invalid(f"{name}: has to be true or false.")
    return said[-1:] == ["true"]


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return checked_name(value, "experiment")
