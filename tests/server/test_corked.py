"""What a client sees of a connection, byte for byte."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from schedy_server.corked import LONGEST_HEAD
from tests.running import running_server

ASK = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with running_server() as server:
        parts = urlsplit(server.root)
        yield parts.hostname or "", parts.port or 0


def test_an_answer_comes_in_one_piece(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        connection.sendall(ASK + b"\r\n")
        assert connection.recv(65536).endswith(b"\r\n\r\nok")


def test_requests_in_a_row_are_answered_in_order(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        connection.sendall((ASK + b"\r\n") * 3 + ASK + b"connection: close\r\n\r\n")
        assert read(connection).count(b"200 OK") == 4


def test_a_head_without_end_is_refused(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        # Not a byte more than it takes: what is still unread would break the connection first.
        head = ASK + b"x: " + b"y" * LONGEST_HEAD
        connection.sendall(head[: LONGEST_HEAD + 1])
        assert read(connection).startswith(b"HTTP/1.1 431 ")


def test_many_requests_on_one_connection_are_no_long_head(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        for _ in range(100):
            connection.sendall(ASK + b"x: " + b"y" * 1000 + b"\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def read(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
