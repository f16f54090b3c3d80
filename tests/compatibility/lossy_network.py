"""A network that loses, repeats, delays and cuts what it carries, between a client and a server.

    with LossyNetwork(server.root, Dice(seed=7)) as network:
        ...  # a client whose root is network.root

Unlike a proxy that breaks connections, it can lose the answer to a request that was carried out.
"""

import random
import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PATIENCE = 20.0  # seconds
_DELAY = 0.02
_RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: no farewell
_UNAVAILABLE = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(Enum):
    """What happens to a request; the old client survives all of these by sending it again."""

    REQUEST_LOST = auto()
    REQUEST_CUT = auto()  # the server gets half of it
    REQUEST_LATE = auto()  # it reaches the server after the client has sent it again
    REQUEST_DOUBLED = auto()  # it reaches the server twice
    ANSWER_LOST = auto()
    ANSWER_CUT = auto()  # in its first line
    BUSY = auto()  # 503, and the server never hears of it
    BUSY_AFTERWARDS = auto()  # 503, although the server carried it out


Decide = Callable[[bytes], Fault | None]


class Dice:
    """Chooses faults at random, never two in a row for the same client.

    The client repeats a request without delay once, then after pauses that tests can't afford.
    """

    def __init__(self, seed: int, share: float = 0.5) -> None:
        self._random = random.Random(seed)
        self._share = share
        self._spared: set[bytes] = set()

    def __call__(self, request: bytes) -> Fault | None:
        client = authorization(request)
        if client in self._spared or self._random.random() > self._share:
            self._spared.discard(client)
            return None
        self._spared.add(client)
        return self._random.choice(list(Fault))


def authorization(request: bytes) -> bytes:
    """Return what a request says of its sender."""
    _, _, rest = request.partition(b"\r\nAuthorization: ")
    return rest.partition(b"\r\n")[0]


class LossyNetwork:
    """Carries requests to a server, one connection each.

    Attributes:
        root: Where clients find it.
        requests: All that it was given to carry.
        faults: How often each thing happened.
    """

    def __init__(self, root: str, decide: Decide) -> None:
        self._address = (urlsplit(root).hostname or "", urlsplit(root).port or 80)
        self._decide = decide
        self._late: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.requests: list[bytes] = []
        self.faults: Counter[Fault] = Counter()
        self._listener = _Listener(self)
        self.root = f"http://127.0.0.1:{self._listener.server_address[1]}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self.settle()

    def settle(self) -> None:
        """Wait until everything that is late has arrived."""
        while self._late:
            self._late.pop().join()

    def carry(self, request: bytes) -> bytes | None:
        """Return what the client gets to see; None for a connection that breaks."""
        with self._lock:
            self.requests.append(request)
            fault = self._decide(request)
            self.faults.update([fault] if fault else [])
        match fault:
            case None:
                return self._exchange(request)
            case Fault.REQUEST_LOST:
                return None
            case Fault.BUSY:
                return _UNAVAILABLE
            case Fault.REQUEST_CUT:
                self._send_half(request)
                return None
            case Fault.REQUEST_LATE:
                self._send_later(request)
                return None
            case _:
                return self._mistreat(self._exchange(request), fault, request)

    def _mistreat(self, answer: bytes, fault: Fault, request: bytes) -> bytes | None:
        if fault is Fault.REQUEST_DOUBLED:
            return self._exchange(request)
        if fault is Fault.ANSWER_CUT:
            return answer[:9]
        return _UNAVAILABLE if fault is Fault.BUSY_AFTERWARDS else None

    def _exchange(self, request: bytes) -> bytes:
        alone = request.replace(b"Connection: keep-alive\r\n", b"", 1)
        alone = alone.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection(self._address, _PATIENCE) as connection:
            connection.sendall(alone)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def _send_half(self, request: bytes) -> None:
        with socket.create_connection(self._address, _PATIENCE) as connection:
            connection.sendall(request[: len(request) - 3])

    def _send_later(self, request: bytes) -> None:
        thread = threading.Timer(_DELAY, self._exchange, (request,))
        thread.start()
        self._late.append(thread)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, network: LossyNetwork) -> None:
        super().__init__(("127.0.0.1", 0), _Carrier)
        self.network = network


class _Carrier(socketserver.StreamRequestHandler):
    server: _Listener

    def handle(self) -> None:
        request = self._request()
        if not request:
            return
        answer = self.server.network.carry(request)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()
        else:
            self.wfile.write(answer)

    def _request(self) -> bytes:
        lines = []
        length = 0
        while line := self.rfile.readline():
            lines.append(line)
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
            if line == b"\r\n":
                break
        return b"".join(lines) + self.rfile.read(length)
