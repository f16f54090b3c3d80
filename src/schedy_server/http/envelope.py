"""What surrounds every request: its id, its path, its errors, its line in the log."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable

import structlog
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from schedy_server.http.errors import to_response
from schedy_server.http.hosts import Hosts

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")
_SLOW = 1.0  # seconds; slower requests stand in the log
_MOST_HEADERS = 100
_LONGEST_URL = 16 * 1024  # bytes; the longest names that may be, percent-encoded, fit
_MOST_PARAMETERS = 100
_ERROR = 400
_BUG = 500
_HEADERS = [
    # Answers are private and their tags must arrive as sent: no proxy may keep or compress them.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-content-type-options", b"nosniff"),
]

log = structlog.get_logger("schedy.http")
_threshold = logging.getLogger("schedy.http")

Observer = Callable[[str, str, int, float], None]


class Envelope:
    """The outermost ASGI application; found by handlers as `request.app`.

    Args:
        hosts: The names that requests may come for.
        observe: Told of every request: route, method, status, seconds.
        root_path: Prefix under which the server is reached, without a final slash.
    """

    def __init__(self, router: Router, *, hosts: Hosts, observe: Observer, root_path: str) -> None:
        self.state = State()
        self.hosts = hosts
        self._router = router
        self._observe = observe
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        started = time.perf_counter()
        scope["path"] = self._raw_path(scope)
        scope["root_path"] = ""
        host, request_id = _looked_up(scope["headers"])
        scope.setdefault("state", {})["request_id"] = request_id
        reply = _Reply(send, request_id)
        try:
            if host is None and scope["http_version"] != "1.0":
                host = b""  # no browser, but none of our clients either
            self.hosts.check(host)
            _refuse_excess(scope)
            await self._router(scope, receive, reply)
        except ClientDisconnect:
            log.debug("client went away", request_id=request_id, path=scope["path"])
        except Exception as error:  # noqa: BLE001 - the outermost place: nothing may escape
            await self._explain(error, scope, receive, reply)
        self._note(scope, reply.status, time.perf_counter() - started, request_id)

    def _raw_path(self, scope: Scope) -> str:
        """Return the path as it was sent: names may hold an encoded slash."""
        path: str = scope["raw_path"].decode("latin-1")
        if self._root_path and path.startswith(f"{self._root_path}/"):
            return path[len(self._root_path) :]
        return path

    async def _explain(
        self, error: Exception, scope: Scope, receive: Receive, reply: "_Reply"
    ) -> None:
        if reply.status:
            raise error  # the answer is on its way: all that is left is to break the connection
        response = to_response(error) or _from_starlette(error)
        if response is None:
            request_id = scope["state"]["request_id"]
            log.error("bug", request_id=request_id, path=scope["path"], exc_info=error)
            response = PlainTextResponse(
                f"The server has a bug here; its log has more under request {request_id}.", _BUG
            )
        await response(scope, receive, reply)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = scope.get("route")
        template = route.path if route is not None else "unknown"
        self._observe(template, scope["method"], status, seconds)
        level = logging.DEBUG
        if status >= _BUG:
            level = logging.ERROR
        elif status >= _ERROR or seconds > _SLOW:
            level = logging.INFO
        if not _threshold.isEnabledFor(level):
            return  # cheaper than to have structlog find out, and true of nearly all requests
        log.log(
            level,
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 1),
            address=scope["client"][0] if scope.get("client") else None,
            request_id=request_id,
        )


class _Reply:
    """Passes an answer on with the headers that every answer has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id.encode()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                *_HEADERS,
                (b"x-request-id", self._request_id),
            ]
        await self._send(message)


def _looked_up(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes | None, str]:
    """Return the host and the id of a request; the id is made up unless it says a fine one."""
    host = request_id = None
    for name, value in headers:
        if name == b"host":
            # Of two, a proxy may have looked at the other one: together, they are no name.
            host = value if host is None else b"%b, %b" % (host, value)
        elif name == b"x-request-id" and request_id is None and _REQUEST_ID.fullmatch(value):
            request_id = str(value, "ascii")
    return host, request_id or secrets.token_hex(8)


def _refuse_excess(scope: Scope) -> None:
    query: bytes = scope["query_string"]
    if len(scope["headers"]) > _MOST_HEADERS:
        raise HTTPException(431, f"There are too many headers: {_MOST_HEADERS} are taken.")
    if len(scope["raw_path"]) + len(query) > _LONGEST_URL:
        raise HTTPException(414, f"The URL is too long: {_LONGEST_URL:,} bytes are taken.")
    if query and query.count(b"&") >= _MOST_PARAMETERS:
        raise HTTPException(400, f"The URL has too many parameters: {_MOST_PARAMETERS} are taken.")


def _from_starlette(error: Exception) -> Response | None:
    if not isinstance(error, HTTPException):
        return None
    sentence = {404: "There is nothing at this URL.", 405: "This URL does not take this method."}
    return PlainTextResponse(
        sentence.get(error.status_code, error.detail), error.status_code, headers=error.headers
    )
