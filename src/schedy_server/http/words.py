"""Handlers for what people write on experiments and jobs, and for the views that they save."""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import wire, word_shapes, wording
from schedy_server.http.calls import body_of, read, segment, write
from schedy_server.model.views import View
from schedy_server.service import experiments, views, words
from schedy_server.service.context import Context
from schedy_server.service.markdown import to_html


async def patch_job(request: Request) -> Response:
    """Change what is written on a job: its tags, its note.

    Neither its version nor its ETag changes by that, so that whoever runs it goes on undisturbed.
    """
    change = wording.job_change(await body_of(request))
    name = segment(request, "experiment")
    work = partial(
        words.patch_job, experiment_name=name, job_id=segment(request, "job"), change=change
    )
    return wire.job_response(name, await write(request, work))


async def show_note(request: Request) -> Response:
    """Return the note on an experiment as HTML."""
    name = segment(request, "experiment")

    def look(context: Context) -> str:
        return words.describe(context, experiments.get(context, name)).words.note

    return await _rendered(await read(request, look))


async def show_job_note(request: Request) -> Response:
    """Return the note on a job as HTML."""
    name, job_id = segment(request, "experiment"), segment(request, "job")
    found = await read(request, partial(words.of_job, experiment_name=name, job_id=job_id))
    return await _rendered(found.note)


async def preview_note(request: Request) -> Response:
    """Return as HTML what somebody is writing; it is kept nowhere."""
    await read(request, lambda context: None)  # for strangers, nothing is rendered
    asked = wire.read_shape(await body_of(request), word_shapes.NoteRequest)
    return await _rendered(asked.note)


async def list_views(request: Request) -> Response:
    """List the caller's saved views."""
    of = wire.storable("experiment", request.query_params.get("experiment"))
    found = await read(request, partial(views.saved, experiment_name=of))
    return wire.json_response(word_shapes.ViewList(items=[_view_answer(view) for view in found]))


async def put_view(request: Request) -> Response:
    """Save a view under a name, instead of what was saved there."""
    asked = wire.read_shape(await body_of(request), word_shapes.ViewRequest)
    work = partial(
        views.save,
        name=segment(request, "view"),
        experiment_name=wire.storable("experiment", request.query_params.get("experiment")),
        address=asked.address,
    )
    return wire.json_response(_view_answer(await write(request, work)))


async def delete_view(request: Request) -> Response:
    """Delete a saved view."""
    of = wire.storable("experiment", request.query_params.get("experiment"))
    await write(request, partial(views.forget, name=segment(request, "view"), experiment_name=of))
    return Response(status_code=204)


async def _rendered(note: str) -> Response:
    # A long note takes some tenths of a second, in which others want their answers.
    html = await asyncio.to_thread(to_html, note)
    return wire.json_response(word_shapes.NoteAnswer(note=note, html=html))


def _view_answer(view: View) -> word_shapes.ViewAnswer:
    return word_shapes.ViewAnswer(
        name=view.name,
        experiment=view.experiment,
        address=view.address,
        modified=view.modified,
    )
