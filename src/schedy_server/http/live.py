"""Server-sent events: which experiments changed, and nothing else.

An event says how far an experiment has come; what changed is then asked for by ordinary requests,
with the rights of whoever asks. The id of an event is a moment, so that a stream goes on at any
server from where it broke off.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

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
    first = await _news(request, _since(request))
    return StreamingResponse(
        _stream(request, first), media_type="text/event-stream", headers=_HEADERS
    )


@dataclass(frozen=True, slots=True)
class _News:
    """What happened to an experiment."""

    experiment: str
    at: datetime
    said: Mapping[str, Any]
    is_over: bool = False

    def as_event(self) -> bytes:
        said = {"experiment": self.experiment, **self.said}
        at = round(self.at.timestamp() * 1_000_000)
        return f"id: {at}\nevent: change\ndata: {json.dumps(said)}\n\n".encode()


async def _stream(request: Request, news: list[_News]) -> AsyncIterator[bytes]:
    core = core_of(request)
    told: dict[tuple[str, bool], _News] = {}
    since = core.clock()
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    end = spoke + core.settings.max_long_poll.total_seconds()
    yield b"retry: 250\n\n"
    while not core.wakeups.stopping and loop.time() < end:
        for each in news:
            since = max(since, each.at)
            # Of a name, the end of one experiment and the life of the next are news side by side.
            key = (each.experiment, each.is_over)
            if told.get(key) != each:
                told[key] = each
                spoke = loop.time()
                yield each.as_event()
        if loop.time() - spoke > _COMMENT_EVERY:
            spoke = loop.time()
            yield b": still here\n\n"
        await asyncio.sleep(min(_EVERY, max(0.0, end - loop.time())))
        if await request.is_disconnected():
            return
        news = await _news(request, since - _OVERLAP)


async def _news(request: Request, since: datetime) -> list[_News]:
    def look(context: Context) -> list[_News]:
        account_key = context.caller.account_key
        deleted = context.ledger.notes.deleted_since(account_key, since)
        changed = context.ledger.experiments.changed_since(account_key, since)
        # One that was deleted may have been made anew since.
        return [*(_deleted(*each) for each in deleted), *map(_changed, changed)]

    return await read(request, look)


def _deleted(name: str, at: datetime) -> _News:
    return _News(name, at, {"deleted": True}, is_over=True)


def _changed(experiment: Experiment) -> _News:
    said = {
        "revision": experiment.revision,
        "status": experiment.status,
        "counts": experiment.counts,
    }
    return _News(experiment.name, experiment.modified, said)


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
