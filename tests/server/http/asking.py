"""A server in the process of the test, asked without a network."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from schedy_server.app import create_app
from schedy_server.http.envelope import Envelope
from schedy_server.service.passwords import Passwords
from schedy_server.settings import ANY_HOST, Settings
from schedy_server.storage.opening import open_storage
from tests.server.doorkeeping import CHEAP, Clock, Door


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """An application and its database, where Ana has an account if `door` was opened."""

    app: Envelope
    door: Door
    clock: Clock

    async def ask(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> Answer:
        sent = body if isinstance(body, bytes) else b"" if body is None else _dumped(body)
        lines = {"host": "schedy.test", "content-length": str(len(sent)), **(headers or {})}
        if token is not None:
            lines["authorization"] = f"Bearer {token}"
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in lines.items()],
            "client": (address, 50_000),
            "server": ("schedy.test", 80),
        }
        return await _exchange(self.app, scope, sent)


@contextmanager
def server(folder: Path, **settings: Any) -> Iterator[Server]:
    """Run a server where Ana has an account; it answers to every name."""
    quick = timedelta(seconds=0.2)  # an event stream lasts as long as a long poll
    standard = {"data": folder, "allowed_hosts": (ANY_HOST,), "max_long_poll": quick}
    chosen = Settings(**{**standard, **settings})
    with open_storage(chosen.database) as storage:
        clock = Clock()
        door = Door(storage, clock)
        passwords = Passwords(CHEAP)
        app = create_app(chosen, storage, clock=clock, passwords=passwords)
        yield Server(app, door, clock)
        for each in (passwords, door.passwords, app.state.core.calculator):
            each.close()


def _dumped(body: object) -> bytes:
    return json.dumps(body).encode()


async def _exchange(app: ASGIApp, scope: dict[str, Any], sent: bytes) -> Answer:
    messages: list[Message] = []
    requests: list[Message] = [{"type": "http.request", "body": sent, "more_body": False}]

    async def receive() -> Message:
        if not requests:
            await asyncio.Event().wait()  # whoever asked is still there, and has nothing to add
        return requests.pop()

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *rest = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))
