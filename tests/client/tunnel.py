"""A proxy that digs tunnels: all of them lead to one port of this machine."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Tunnel:
    """An HTTP proxy for CONNECT.

    Attributes:
        asked: Where its clients wanted to go.
    """

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(port))

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.socket.close()

    def _handler(self, port: int) -> type[BaseHTTPRequestHandler]:
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                asked.append(self.path)
                self.send_response_only(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", port)) as goal:
                    back = threading.Thread(target=carry, args=(goal, self.connection))
                    back.start()
                    carry(self.connection, goal)
                    back.join()
                self.close_connection = True

        return Handler


def carry(source: socket.socket, goal: socket.socket) -> None:
    """Carry bytes from one socket to the other until the first has no more."""
    try:
        while data := source.recv(65536):
            goal.sendall(data)
        goal.shutdown(socket.SHUT_WR)
    except OSError:
        return  # whoever went away has seen enough
