"""Server-sent events: which experiments changed, and nothing else.

An event says how far an experiment has come; what changed is then asked for by ordinary requests,
with the rights of whoever asks. The id of an event is a moment, so that a stream goes on at any
server from where it broke off.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from schedy_server.http.calls import core_of, read
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.service.context import Context

EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"const": "change"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}

_LONGEST_ID = 17  # digits of microseconds, which a date can hold
_EVERY = 0.5  # seconds between two looks
_COMMENT_EVERY = 15.0  # seconds; so that nothing on the way takes the stream for dead
# The clocks of several servers differ a little: what is told twice does no harm.
_OVERLAP = timedelta(seconds=5)
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def events(request: Request) -> Response:
    """Tell which experiments change, as server-sent events.

    A stream lasts as long as a long poll; browsers come back by themselves, and say how far they
    were: in the header `Last-Event-ID`, or where one goes on for another, in `since`.
    """
    first = await _changed(request, _since(request))
    return StreamingResponse(
        _stream(request, first), media_type="text/event-stream", headers=_HEADERS
    )


async def _stream(request: Request, changed: list[Experiment]) -> AsyncIterator[bytes]:
    core = core_of(request)
    told: dict[int, tuple[int, datetime]] = {}
    since = core.clock()
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    end = spoke + core.settings.max_long_poll.total_seconds()
    yield b"retry: 250\n\n"
    while not core.wakeups.stopping and loop.time() < end:
        for experiment in changed:
            version = (experiment.revision, experiment.modified)
            since = max(since, experiment.modified)
            if told.get(experiment.key) != version:
                told[experiment.key] = version
                spoke = loop.time()
                yield _event(experiment)
        if loop.time() - spoke > _COMMENT_EVERY:
            spoke = loop.time()
            yield b": still here\n\n"
        await asyncio.sleep(min(_EVERY, max(0.0, end - loop.time())))
        if await request.is_disconnected():
            return
        changed = await _changed(request, since - _OVERLAP)


def _event(experiment: Experiment) -> bytes:
    said = {
        "experiment": experiment.name,
        "revision": experiment.revision,
        "status": experiment.status,
        "counts": experiment.counts,
    }
    at = round(experiment.modified.timestamp() * 1_000_000)
    return f"id: {at}\nevent: change\ndata: {json.dumps(said)}\n\n".encode()


async def _changed(request: Request, since: datetime) -> list[Experiment]:
    def look(context: Context) -> list[Experiment]:
        return context.ledger.experiments.changed_since(context.caller.account_key, since)

    return await read(request, look)


def _since(request: Request) -> datetime:
    asked = _moment(request.query_params.get("since", ""))
    if asked is None and "since" in request.query_params:
        raise Invalid("since: has to be the id of an event.")
    # What the browser itself says is newer than the address that it was given.
    seen = _moment(request.headers.get("last-event-id", ""))
    return seen or asked or core_of(request).clock()


def _moment(text: str) -> datetime | None:
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID:
        return datetime.fromtimestamp(int(text) / 1_000_000, UTC)
    return None
