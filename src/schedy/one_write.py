"""Connections that send the head and the body of a request together.

urllib3 sends them one after the other: two system calls, two packets, and a server that wakes up
twice. Most requests of this client are small, so that took a good part of their time.
"""

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool

__all__ = ["send_at_once"]


class _OneWrite(HTTPConnection):
    _held: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held = []
        try:
            super().request(*args, **kwargs)
            held = b"".join(self._held)
        finally:
            self._held = None
        if held:
            super().send(held)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(bytes(data))


class _OneWriteTLS(_OneWrite, HTTPSConnection):
    pass


def send_at_once(pool: HTTPConnectionPool) -> HTTPConnectionPool:
    """Have the connections of a pool send each request in one piece."""
    pool.ConnectionCls = _OneWriteTLS if pool.scheme == "https" else _OneWrite
    return pool
