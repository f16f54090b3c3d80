"""Bare servers on one database, and requests as they stand on the wire."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from tests.running import _process, _root

_LINK = re.compile(r"setup/\?code=(\S+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Asked:
    """A server to which requests are sent."""

    root: str
    log: Path

    @property
    def setup_code(self) -> str:
        """The code of the link that it printed."""
        found = _LINK.search(self.log.read_text())
        assert found is not None
        return found[1]

    def ask(
        self, method: str, path: str, body: object = None, token: str = "", **headers: str
    ) -> Answer:
        """Send a request on a connection of its own."""
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.root + path, data, named, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


@contextmanager
def bare_servers(database: str, folder: Path, count: int) -> Iterator[list[Asked]]:
    """Start servers at the same moment; the database may be empty."""
    with ExitStack() as stack:
        logs = [folder / f"log-{number}" for number in range(count)]
        options = {"port": 0, "data": folder, "database": database}
        processes = [stack.enter_context(_process(options, log)) for log in logs]
        yield [Asked(_root(*pair), pair[1]) for pair in zip(processes, logs, strict=True)]
