"""Ends connections that keep the server waiting, and refuses what can wait when there are too many.

A client that sends one byte now and then costs a connection for as long as it likes. So a head has
to arrive in time, and a body too, but for the time that a slow line honestly takes. The answer is
503, after which every client tries again.
"""

import asyncio
from collections.abc import Iterable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from schedy_server.draining import DrainingProtocol

_HEAD = 10.0  # seconds from its first byte, or from the beginning of the connection, to its end
_BODY = 30.0  # seconds, and more as long as it comes in faster than this:
_SLOWEST = 16 * 1024  # bytes per second
_TOO_LATE = b"The request did not arrive in time; try again.\n"
_TOO_MANY = b"The server has too many connections; try again.\n"
_RETRY_AFTER = b"5"
# Served however many there are: what workers say of their jobs, and signing in for that.
_OWNERS = (b"/finish/", b"/release/", b"/report/", b"/heartbeat/", b"/token/", b"/passauth/")
_PROBES = (b"/healthz", b"/readyz", b"/metrics")


def punctual(connections: int) -> "type[PunctualProtocol]":
    """Return the protocol for a server that serves so many connections at once."""

    class Limited(PunctualProtocol):
        limit = connections

    return Limited


class PunctualProtocol(DrainingProtocol):
    """uvicorn's HTTP protocol, with an end to waiting.

    A timer for each head and body would cost more than to look at all connections now and then.

    Attributes:
        limit: How many connections are served at once.
    """

    limit = 5000
    _owed_since: float | None = None
    _body = 0  # bytes

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a conversation, with little patience if there are too many."""
        super().connection_made(transport)
        self._owed_since = self.loop.time()
        if len(self.connections) > self.limit:
            self.app = partial(_only_owners, self.app)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._owed_since is None:
            self._owed_since = self.loop.time()
        self._body += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._body, self._owed_since = 0, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing."""
        self._owed_since = None
        super().on_message_complete()

    def close_if_late(self, now: float) -> None:
        """Close the connection if its client takes too long to say what it wants."""
        if self._owed_since is None or now < self._owed_since + self._allowed():
            return
        if self._in_body and self.flow.read_paused:
            return  # it is the server that does not go on
        cycle: RequestResponseCycle | None = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering and not self._in_body:
            return  # what it owes is another request
        if not (is_answering and self.cycle.response_started):
            self.transport.write(_answer(_TOO_LATE))
        self.transport.close()

    def _allowed(self) -> float:
        return _BODY + self._body / _SLOWEST if self._in_body else _HEAD


def close_late(connections: Iterable[object], now: float) -> None:
    """Close the connections whose clients take too long to say what they want.

    Args:
        now: As the event loop tells it.
    """
    for each in list(connections):
        if isinstance(each, PunctualProtocol) and not each.transport.is_closing():
            each.close_if_late(now)


async def _only_owners(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve who has a job, and who asks how the server is; ask everybody else to come back."""
    if scope["method"] == "PUT" or scope["raw_path"].endswith((*_OWNERS, *_PROBES)):
        await app(scope, receive, send)
        return
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(_TOO_MANY)).encode()),
        (b"retry-after", _RETRY_AFTER),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_MANY})


def _answer(sentence: bytes) -> bytes:
    return (
        b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: %b\r\n"
        b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%b"
        % (_RETRY_AFTER, len(sentence), sentence)
    )
