"""How much a request may be, and what is done about one that is more."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schedy_server.http.routes import ENDPOINTS
from schedy_server.http.setup import show_setup
from schedy_server.service.names import LONGEST_NAME
from tests.running import running_server
from tests.server.http.asking import Server, server
from tests.server.http.fuzzing import Target, target

JOBS = "/experiments/x/jobs/"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with target(tmp_path_factory.mktemp("limits")) as found:
        yield found


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with running_server() as running:
        parts = urlsplit(running.root)
        yield parts.hostname or "", parts.port or 0


def said(address: tuple[str, int], request: bytes) -> bytes:
    """Return what the server says to bytes, until it closes the connection or is silent."""
    with socket.create_connection(address, 10) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


# The URL


def test_the_longest_names_fit_the_longest_url(asked: Target) -> None:
    name = b"%F0%9F%9A%80" * LONGEST_NAME
    answer = asked.ask("GET", b"/experiments/" + name + b"/", query=b"sort=results." + b"x" * 1000)
    assert answer.status == 404


@pytest.mark.parametrize(
    ("path", "query"), [(b"x" * 16_384, b""), (b"x", b"sort=" + b"y" * 16_384)]
)
def test_a_longer_url_is_refused(asked: Target, path: bytes, query: bytes) -> None:
    answer = asked.ask("GET", b"/experiments/" + path + b"/jobs/", query=query)
    assert (answer.status, answer.text) == (414, "The URL is too long: 16,384 bytes are taken.")


@pytest.mark.parametrize(("count", "status"), [(100, 200), (101, 400), (3_000, 400)])
def test_a_url_has_at_most_100_parameters(asked: Target, count: int, status: int) -> None:
    query = b"&".join([b"a=1"] * count)
    assert asked.ask("GET", JOBS, query=query).status == status


# Headers


@pytest.mark.parametrize(("count", "status"), [(90, 200), (101, 431), (1_000, 431)])
def test_a_request_has_at_most_100_headers(
    address: tuple[str, int], count: int, status: int
) -> None:
    lines = b"".join(b"x-%d: y\r\n" % number for number in range(count))
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert said(address, head + lines + b"\r\n").startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(("length", "status"), [(256, 200), (257, 412), (60_000, 412)])
def test_a_condition_that_is_too_long_matches_nothing(
    asked: Target, length: int, status: int
) -> None:
    tag = asked.ask("GET", JOBS + "j/").headers["etag"].encode()
    condition = tag + b"," * (length - len(tag) - 1) + b'"'
    assert asked.ask("PUT", JOBS + "j/", b"{}", headers=[(b"if-match", condition)]).status == status


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"identity, gzip", b"x"])
def test_a_compressed_body_is_refused(asked: Target, coding: bytes) -> None:
    headers = [(b"content-encoding", coding)]
    assert asked.ask("POST", JOBS, b"{}", headers=headers).status == 400


# What parsers of HTTP disagree about


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: 5 5\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        b"X : y\r\n",
        b" X: y\r\n",
        b"X: a\0b\r\n",
        b"X\r\n",
    ],
    ids=repr,
)
def test_a_request_with_two_meanings_has_none(address: tuple[str, int], lines: bytes) -> None:
    head = b"POST /passauth/ HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n"
    answer = said(address, head + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("lines", [b"", b"Host: localhost\r\nHost: localhost\r\n"], ids=["0", "2"])
def test_a_request_names_one_host(address: tuple[str, int], lines: bytes) -> None:
    answer = said(address, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + lines + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_probe_of_http_1_0_needs_none(address: tuple[str, int]) -> None:
    assert said(address, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


# Pages for people


PAGES = [each for each in ENDPOINTS if each.operation.pages or each.path == "/docs"]


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


def test_the_page_of_the_set_up_is_one_of_them() -> None:
    assert show_setup in [each.handler for each in PAGES]


@pytest.mark.parametrize("path", sorted({each.path for each in PAGES}))
async def test_a_page_runs_nothing_is_framed_nowhere_and_tells_nobody(
    schedy: Server, path: str
) -> None:
    headers = (await schedy.ask("GET", path)).headers
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] in {"'none'", "'self'"}
    assert set(policy) == {
        *("default-src", "base-uri", "frame-ancestors", "form-action", "style-src"),
    }
    assert policy["style-src"].startswith("'sha256-")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "no-store" in headers["cache-control"]
