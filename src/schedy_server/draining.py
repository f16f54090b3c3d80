"""Ends connections without a client noticing, when the server is about to stop.

Closing a connection on which a request is just arriving looks like a crash to its client. So the
answers of a server that stops say that they are the last on their connection, and connections on
which nothing is under way get a moment for a request that may be.
"""

import asyncio
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from schedy_server.corked import CorkedProtocol

_MOMENT = 0.5  # seconds; a request travels less
_PAUSE = 0.01


class DrainingProtocol(CorkedProtocol):
    """uvicorn's HTTP protocol, with an end that was announced."""

    _is_ending = False

    def end_soon(self) -> None:
        """Close the connection after the answer to this request, or to the next one."""
        self._is_ending = True
        cycle: RequestResponseCycle | None = vars(self).get("cycle")  # None before the first one
        if cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False

    def on_headers_complete(self) -> None:
        """Begin a request."""
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False


async def drain(connections: Iterable[object]) -> None:
    """Return when no connection is left, or none on which a request may still arrive."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _MOMENT
    while loop.time() < deadline:
        open_ones = [each for each in connections if isinstance(each, DrainingProtocol)]
        for connection in open_ones:
            connection.end_soon()
        if not open_ones:
            return
        await asyncio.sleep(_PAUSE)
