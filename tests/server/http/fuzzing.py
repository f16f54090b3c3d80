"""A server that is asked anything, and what it owes to whoever asks."""

import asyncio
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.types import Message
from structlog.testing import capture_logs

from schedy_server.model.accounts import Scope
from tests.server.http.asking import Answer, Server, server
from tests.server.http.described import assert_described, operation_of

LONGEST_SENTENCE = 1000  # characters
_OFTEN = 100  # requests

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Target:
    """A server with an experiment `x` and its job `j`, asked by an administrator."""

    server: Server
    run: Callable[..., Any]
    token: str
    asked: int = 0

    def ask(
        self,
        method: str,
        path: bytes | str,
        body: bytes = b"",
        *,
        query: bytes = b"",
        headers: Headers = (),
    ) -> Answer:
        """Return the answer to a request, after it was found to be as described."""
        self.asked += 1
        raw = path.encode() if isinstance(path, str) else path
        with capture_logs() as log:
            answer: Answer = self.run(self._ask(method, raw, body, query, headers))
        assert answer.status < 500, _bug_in(log)
        if answer.status >= 400:
            assert_refusal(answer)
        operation = operation_of(method, raw.decode("latin-1"))
        if operation is not None:
            assert_described(operation, answer)
        return answer

    def tidy(self) -> None:
        """Begin anew from time to time, lest lists get long."""
        if self.asked > _OFTEN:
            self.renew()

    def renew(self) -> None:
        """Begin anew."""
        self.asked = 0
        self.ask("DELETE", "/experiments/x/")
        self.ask("PUT", "/experiments/x/", b'{"scheduler": {"Manual": null}}')
        self.ask("PUT", "/experiments/x/jobs/j/", b"{}")

    async def _ask(
        self, method: str, path: bytes, body: bytes, query: bytes, headers: Headers
    ) -> Answer:
        names = {name.lower() for name, _ in headers}
        lines = [(b"host", b"schedy.test"), (b"authorization", f"Bearer {self.token}".encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "",  # of no use: names may hold an encoded slash
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [*(line for line in lines if line[0] not in names), *headers],
            "client": ("192.0.2.1", 50_000),
            "server": ("schedy.test", 80),
        }
        return await exchange(self.server, scope, body)


def _bug_in(log: Sequence[Mapping[str, Any]]) -> str:
    bugs = [line["exc_info"] for line in log if line["event"] == "bug"]
    return "".join(text for bug in bugs for text in traceback.format_exception(bug))


async def exchange(target: Server, scope: dict[str, Any], body: bytes) -> Answer:
    """Return the answer to a request, its body in two pieces."""
    half = len(body) // 2
    received = iter(
        [
            {"type": "http.request", "body": body[:half], "more_body": True},
            {"type": "http.request", "body": body[half:], "more_body": False},
        ]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        for message in received:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await target.app(scope, receive, send)
    start, *rest = sent
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))


def assert_refusal(answer: Answer) -> None:
    """Fail unless it is a short plain sentence, or a page for people."""
    kind = answer.headers["content-type"]
    if kind.startswith("text/html"):
        return
    assert kind == "text/plain; charset=utf-8"
    assert 10 < len(answer.text) < LONGEST_SENTENCE, answer.text[:2000]
    assert answer.text.isprintable(), ascii(answer.text)


def filled(path: str, *names: bytes) -> bytes:
    """Put names where a path has braces."""
    given = iter(names)
    return re.sub(rb"\{\w+\}", lambda _: next(given), path.encode())


@contextmanager
def target(folder: Path, **settings: Any) -> Iterator[Target]:
    """Run a server that does not wait for jobs."""
    with (
        asyncio.Runner() as runner,
        server(folder, max_long_poll=timedelta(milliseconds=1), **settings) as running,
    ):
        token = running.door.new_token(scope=Scope.ADMIN).text
        found = Target(running, runner.run, token)
        found.renew()
        yield found
