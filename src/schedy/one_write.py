"""Connections that take little time: a request is one write, and an answer is read at once.

urllib3 sends the head and the body of a request one after the other: two system calls, two
packets, and a server that wakes up twice. It leaves answers to http.client, which reads their heads
with a parser for letters. For requests as small as this client's, both together took more time
than all the rest. What is unusual about an answer is left to them, from its first byte.
"""

import io
import socket
from dataclasses import dataclass
from http.client import HTTPResponse as RawResponse
from http.client import IncompleteRead
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool

__all__ = ["send_at_once"]

_PIECE = 16 * 1024  # bytes read at once
_LONGEST_HEAD = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_WITHOUT_BODY = frozenset({204, 304})
# With one of these, an answer is none of the usual.
_UNUSUAL = frozenset({"transfer-encoding", "content-encoding", "connection"})
# Methods of which a request without a body says nothing of its length.
_ASKING = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class _Headers(dict[str, str]):
    """Headers by their names in lower case; they may be asked for in any."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: _Headers
    length: int


class _WholeResponse(urllib3.BaseHTTPResponse):
    """An answer that was read to its end: what the pool and the transport ask of one."""

    version = 11
    version_string = "HTTP/1.1"
    reason = None
    length_remaining = 0

    def __init__(self, head: _Head, body: bytes) -> None:
        self.status = head.status
        self.headers = head.headers  # type: ignore[assignment]  # a class that takes longer
        self.retries = None
        self._body = body

    @property
    def data(self) -> bytes:
        return self._body

    def close(self) -> None:
        """Do nothing: the connection is the pool's."""


class _LeanConnection(HTTPConnection):
    _asked: tuple[str, str, bool] = ("", "", False)
    _fixed = ""

    def request(  # type: ignore[override]  # the pool passes more than we use
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Any = None,
        *,
        preload_content: bool = True,
        **_: Any,
    ) -> None:
        self._asked = method, url, preload_content
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        self.send(self._head(method, url, body, headers or {}) + (body or b""))

    def getresponse(self) -> Any:
        method, _, whole = self._asked
        self.sock.settimeout(self.timeout)
        if not whole or method == "HEAD":
            return self._unusual(b"")
        data = self._receive_head()
        end = data.find(_END_OF_HEAD)
        head = _read_head(data[:end]) if end >= 0 else None
        if head is None:
            return self._unusual(data)
        return _WholeResponse(head, self._receive_body(data[end + len(_END_OF_HEAD) :], head))

    def _head(self, method: str, url: str, body: bytes | None, headers: Any) -> bytes:
        if not self._fixed:
            host = f"[{self.host}]" if ":" in self.host else self.host
            port = "" if self.port == self.default_port else f":{self.port}"
            self._fixed = f"Host: {host}{port}\r\nAccept-Encoding: identity"
        lines = [f"{method} {url} HTTP/1.1", self._fixed]
        if body is not None or method not in _ASKING:
            lines.append(f"Content-Length: {len(body or b'')}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines)
        if not head.count("\n") == head.count("\r") == len(lines):
            raise ValueError("a header of a request must not hold a line break")
        return head.encode("latin-1") + _END_OF_HEAD

    def _receive_head(self) -> bytes:
        data: bytes = self.sock.recv(_PIECE)
        while data and _END_OF_HEAD not in data and len(data) < _LONGEST_HEAD:
            more = self.sock.recv(_PIECE)
            if not more:
                break
            data += more
        return data

    def _receive_body(self, begun: bytes, head: _Head) -> bytes:
        pieces, missing = [begun], head.length - len(begun)
        while missing > 0:
            piece = self.sock.recv(min(missing, _LONGEST_HEAD))
            if not piece:
                raise IncompleteRead(b"".join(pieces), missing)
            pieces.append(piece)
            missing -= len(piece)
        if missing < 0:
            self.close()  # it said more than it announced: what comes next is anybody's guess
        return b"".join(pieces)[: head.length]

    def _unusual(self, begun: bytes) -> urllib3.HTTPResponse:
        method, url, whole = self._asked
        raw = RawResponse(_Begun(begun, self.sock), method=method)  # type: ignore[arg-type]  # reads no more of it
        try:
            raw.begin()
        except BaseException:
            raw.close()
            raise
        if raw.will_close:
            self.close()  # for the next request; this answer is still read to its end
        return urllib3.HTTPResponse(
            body=raw,
            headers=urllib3.HTTPHeaderDict(raw.msg.items()),
            status=raw.status,
            version=raw.version,
            reason=raw.reason,
            preload_content=whole,
            original_response=raw,
            request_method=method,
            request_url=url,
        )


class _LeanConnectionTLS(_LeanConnection, HTTPSConnection):
    pass


class _Begun(io.RawIOBase):
    """A socket of which the first bytes were read already, as http.client wants one."""

    def __init__(self, begun: bytes, sock: socket.socket) -> None:
        self._begun = begun
        self._rest = sock.makefile("rb", buffering=0)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._begun:
            return self._rest.readinto(buffer)
        count = min(len(buffer), len(self._begun))
        buffer[:count], self._begun = self._begun[:count], self._begun[count:]
        return count

    def close(self) -> None:
        self._rest.close()
        super().close()


def send_at_once(pool: HTTPConnectionPool) -> HTTPConnectionPool:
    """Have the connections of a pool send each request in one piece, and read answers quickly."""
    kind: Any = _LeanConnectionTLS if pool.scheme == "https" else _LeanConnection
    pool.ConnectionCls = kind
    return pool


def _read_head(data: bytes) -> _Head | None:
    """Return what the head of a usual answer says; None of any other."""
    first, *lines = data.decode("latin-1").split("\r\n")
    version, _, said = first.partition(" ")
    status = said[:3]
    if version != "HTTP/1.1" or not status.isdecimal() or not "200" <= status < "600":
        return None
    headers = _Headers()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            return None
        headers[name.lower()] = value.strip()
    length = "0" if int(status) in _WITHOUT_BODY else headers.get("content-length", "")
    usual = (
        len(headers) == len(lines) == data.count(b"\n")  # no name twice, nothing but whole lines
        and all(name.isascii() and name.replace("-", "a").isalnum() for name in headers)
        and headers.keys().isdisjoint(_UNUSUAL)
        and length.isascii()
        and length.isdecimal()
    )
    return _Head(int(status), headers, int(length)) if usual else None
