"""What the clients send, to the byte, as the old one and the one of today word it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schedy import encoding
from schedy.transport import user_agent

_OLD = {
    "User-Agent": "python-requests/2.31.0",
    "Accept-Encoding": "gzip, deflate",
    "Accept": "*/*",
    "Connection": "keep-alive",
}
_NEW = {
    "Accept-Encoding": "identity",
    "User-Agent": user_agent(),
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request, as it travels.

    Attributes:
        sender: Who sent it.
    """

    sender: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def scope(self) -> dict[str, Any]:
        """Return it as a server hands it to its application."""
        path, _, query = self.path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self.headers],
            "client": ("192.0.2.1", 50_000),
            "server": ("schedy.test", 80),
        }

    def header(self, name: str) -> str | None:
        """Return the value of a header."""
        return next((value for key, value in self.headers if key == name), None)


def old(
    sender: str, token: str, method: str, path: str, body: Any = None, **headers: str
) -> Request:
    """Return a request of the old client."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = {"Host": "schedy.test", **_OLD}
    if method != "GET":
        lines["Content-Length"] = str(len(content))
    return _request(sender, token, method, path, content, lines | _named(headers))


def new(
    sender: str, token: str, method: str, path: str, body: Any = None, **headers: str
) -> Request:
    """Return a request of today's client."""
    content = b"" if body is None else encoding.encode(body)
    lines = {"Host": "schedy.test", "Content-Length": str(len(content)), **_NEW}
    return _request(sender, token, method, path, content, lines | _named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def _request(
    sender: str, token: str, method: str, path: str, content: bytes, lines: Mapping[str, str]
) -> Request:
    shown = {**lines, "Authorization": f"Bearer {token}"} if token else lines
    return Request(sender, method, path, tuple(shown.items()), content)
