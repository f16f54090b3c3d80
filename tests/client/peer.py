"""A peer that answers what a test tells it to: the network at its worst, on a real socket.

    with Peer() as peer:
        peer.will(drop, reply(503), reply(200, {"items": []}))
        connection = peer.connection()

It lets everyone log in, unless `peer.logins` says otherwise. Once the script is over, it breaks
every connection.
"""

import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from schedy.connection import Connection
from schedy.credentials import API_TOKEN, Configuration

FAR_AHEAD = 4_000_000_000  # Unix time


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, as it arrived."""

    method: str
    path: str
    headers: Message  # which does not care about case
    body: bytes
    sender: tuple[str, int]

    def json(self) -> Any:
        return json.loads(self.body)


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Handler(BaseHTTPRequestHandler):
    """Takes the next step of the script for each request."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = Seen(self.command, self.path, self.headers, body, self.client_address)
        self.server.peer.step_for(seen)(self)

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Step = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    peer: "Peer"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away in the middle are the point."""


@dataclass
class Peer:
    """A scripted server on the loopback interface, and what it has seen."""

    script: deque[Step] = field(default_factory=deque)
    logins: deque[Step] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    logged_in: list[Seen] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    released: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"
    prefix: str = "/"
    _server: Server = field(init=False)

    def __enter__(self) -> Self:
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.peer = self
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self.stop()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def root(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}{self.prefix}"

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.scheme = "https"
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def will(self, *steps: Step) -> None:
        self.script.extend(steps)

    def connection(
        self, *, patience: float = 300.0, timeout: float = 5.0, token_type: str = API_TOKEN
    ) -> Connection:
        configuration = Configuration(self.root, "ada@example.org", "sdy_secret", token_type)
        return Connection(
            configuration,
            timeout=timeout,
            patience=patience,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def step_for(self, seen: Seen) -> Step:
        if seen.path.endswith(("/token/", "/passauth/")):
            self.logged_in.append(seen)
            return self.logins.popleft() if self.logins else session(len(self.logged_in))
        self.seen.append(seen)
        return self.script.popleft() if self.script else drop


def reply(status: int, body: Any = None, **headers: str) -> Step:
    """Answer, with JSON unless the body is text or bytes."""
    content = body if isinstance(body, bytes) else _text(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(status, content, named)


def _text(body: Any) -> str:
    if body is None:
        return ""
    return body if isinstance(body, str) else json.dumps(body)


def session(number: int, expires_at: float = FAR_AHEAD) -> Step:
    """Let a client log in."""
    return reply(200, {"token": f"jwt-{number}", "expiresAt": expires_at})


def drop(handler: Handler) -> None:
    """Take the request, and break the connection without an answer."""
    handler.close_connection = True


def cut_short(handler: Handler) -> None:
    """Break the connection in the middle of the answer."""
    handler.answer(200, b'{"half": ', {"Content-Length": "1000"})
    handler.close_connection = True


def late(arrived: threading.Event, step: Step) -> Step:
    """Tell the test that the request is there, and answer once the test releases it."""

    def wait(handler: Handler) -> None:
        arrived.set()
        handler.server.peer.released.wait(30)
        step(handler)

    return wait


def silence(handler: Handler) -> None:
    """Take the request, and never say a word."""
    handler.server.peer.released.wait(30)
    handler.close_connection = True
