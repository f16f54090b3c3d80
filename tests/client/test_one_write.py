"""Whatever a server answers, it reads as urllib3 itself reads it; and connections are kept."""

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from schedy.one_write import send_at_once

_OK = b"HTTP/1.1 200 OK\r\n"
_ANSWERS = {
    "usual": _OK + b'Content-Length: 4\r\nETag: "a"\r\n\r\nbody',
    "empty": b"HTTP/1.1 204 No Content\r\nETag: x\r\n\r\n",
    "without a reason": b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n",
    "large": _OK + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000,
    "chunked": _OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
    "until the end": _OK + b"Content-Type: text/plain\r\n\r\nall of it",
    "closing": _OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc",
    "of 1996": b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "after a promise": b"HTTP/1.1 100 Continue\r\n\r\n" + _OK + b"Content-Length: 1\r\n\r\na",
    "folded": _OK + b"X-Long: a\r\n b\r\nContent-Length: 1\r\n\r\na",
    "twice the same": _OK + b"Vary: a\r\nVary: b\r\nContent-Length: 1\r\n\r\na",
    "two lengths": _OK + b"Content-Length: 1\r\nContent-Length: 3\r\n\r\nabc",
    "not quite a header": _OK + b"X: y\r\nX-Y\r\nContent-Length: 1\r\n\r\nabc",
    "signed": _OK + b"Content-Length: +3\r\n\r\nabc",
    "bare line ends": b"HTTP/1.1 200 OK\nContent-Length: 1\n\na\r\n\r\n",
    "compressed": _OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"abc"),
    "cut short": _OK + b"Content-Length: 40\r\n\r\nbody",
    "cut in the head": _OK + b"Content-Le",
    "nothing": b"",
    "something else": b"SSH-2.0-OpenSSH_9.6\r\n",
    "no status": b"HTTP/1.1 abc OK\r\n\r\n",
    "endless": _OK + b"".join(b"X-%d: y\r\n" % i for i in range(9_000)),
}


@contextmanager
def _server(answer: bytes, *, pieces: int = 1) -> Iterator[int]:
    """Answer every request alike, once per connection, in so many pieces."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):  # whoever has read enough hangs up
                connection.recv(65536)
                step = max(1, -(-len(answer) // pieces))
                for start in range(0, len(answer), step):
                    connection.sendall(answer[start : start + step])

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def _read(pool: urllib3.HTTPConnectionPool) -> object:
    with pool:
        try:
            reply = pool.urlopen("GET", "/", headers={}, retries=False, timeout=5, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            return type(error)
        return reply.status, reply.data, reply.headers.get("ETag"), reply.headers.get("vary")


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("answer", _ANSWERS.values(), ids=_ANSWERS)
def test_any_answer_reads_as_it_does_without_shortcuts(answer: bytes, pieces: int) -> None:
    with _server(answer, pieces=pieces) as port:
        slow = _read(urllib3.HTTPConnectionPool("127.0.0.1", port))
        fast = _read(send_at_once(urllib3.HTTPConnectionPool("127.0.0.1", port)))
    assert fast == slow


_WORDS = [b"\r\n", b"\n", b"\r", b" ", b":", b"Content-Length: 2", b"Connection: close", b"abcd"]


@given(st.lists(st.sampled_from(_WORDS), max_size=8).map(b"".join))
def test_so_does_garbage(noise: bytes) -> None:
    answer = _OK + b"X: y\r\n" + noise + b"\r\n\r\nabc"
    with _server(answer) as port:
        slow = _read(urllib3.HTTPConnectionPool("127.0.0.1", port))
        fast = _read(send_at_once(urllib3.HTTPConnectionPool("127.0.0.1", port)))
    assert fast == slow


def test_a_header_can_not_smuggle_a_second_one() -> None:
    pool = send_at_once(urllib3.HTTPConnectionPool("127.0.0.1", 1))
    with pool, pytest.raises(ValueError, match="line break"):
        pool.urlopen("GET", "/", headers={"If-Match": "a\r\nHost: b"}, retries=False)
