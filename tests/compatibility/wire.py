"""What the old client sends, byte for byte, without the client: requests on a plain socket.

with Wire(server) as wire:
    answer = wire.ask("PUT", "/experiments/a%2Fb/", {"status": "RUNNING"}, if_match="*")

The headers are those that it sends and no others; in particular bodies have no Content-Type.
"""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.running import RunningServer

_PATIENCE = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def etag(self) -> str:
        return self.headers["etag"]


class Wire:
    """One connection, logged in."""

    def __init__(self, server: RunningServer) -> None:
        self._root = urlsplit(server.root)
        self.bearer = ""
        self.socket = socket.socket()
        self.connect()
        login = {"email": server.email, "token": server.token}
        self.bearer = f"Bearer {self.ask('POST', '/token/', login).json['token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.socket.close()

    def connect(self) -> None:
        """Go over to a new connection, as the client does after an error of the network."""
        self.socket.close()
        address = (self._root.hostname, self._root.port)
        self.socket = socket.create_connection(address, _PATIENCE)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a request as the old client words it, and return the answer.

        Args:
            body: Bytes as they are; anything else as the client's JSON.
            headers: More headers, or others; an empty value leaves one out.
        """
        return self.send(self.worded(method, path, body, **headers), method)

    def worded(self, method: str, path: str, body: object = None, **headers: str) -> bytes:
        """Return a request as the old client words it."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        length = "" if method in {"GET", "HEAD"} else str(0 if body is None else len(content))
        lines = {
            "Host": self._root.netloc,
            "User-Agent": "python-requests/2.31.0",
            "Accept-Encoding": "gzip, deflate",
            "Accept": "*/*",
            "Connection": "keep-alive",
            "Authorization": self.bearer,
            "Content-Length": length,
            **{name.replace("_", "-").title(): value for name, value in headers.items()},
        }
        shown = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        return f"{method} {path} HTTP/1.1\r\n{shown}\r\n".encode("latin-1") + (
            b"" if body is None else content
        )

    def send(self, request: bytes, method: str = "GET") -> Answer:
        """Send bytes, and return the answer to them."""
        self.socket.sendall(request)
        return self.receive(method)

    def receive(self, method: str = "GET") -> Answer:
        """Return the next answer."""
        response = HTTPResponse(self.socket, method=method)
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)
