"""A new server lets nobody in before it was set up, and nobody from elsewhere at all."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from schedy_server.http.routes import ENDPOINTS
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-c", "import sys; from schedy_server.cli import main; sys.exit(main())")
EMAILS = ["admin@localhost.local", "admin@example.org", "root@schedy.io", "schedy@schedy.io"]
PASSWORDS = ["", "admin", "password", "password1234", "schedy", "changeme", "root", "0" * 64]
NETWORK = "schedy-test"


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[str]:
    """Start a server on a new database, and yield its URL."""
    environment = {**os.environ, "SCHEDY_SERVER_DATA": str(folder), "SCHEDY_SERVER_PORT": "0"}
    out = folder / "out"
    folder.mkdir(exist_ok=True)
    with out.open("w") as stream:
        process = subprocess.Popen(
            [*COMMAND, "serve", *arguments], env=environment, stdout=stream, stderr=stream
        )
    try:
        wait_until(lambda: "Schedy listens on " in out.read_text())
        line = next(line for line in out.read_text().splitlines() if "listens on" in line)
        yield line.rpartition(" ")[2]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("new") / "data") as found:
        yield found


def status(url: str, method: str, body: object = None, bearer: str | None = None) -> int:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - it is http
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - see above
            code: int = answer.status
            return code
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("path", ["passauth/", "token/"])
def test_no_password_and_no_token_works_before_the_set_up(url: str, path: str) -> None:
    pairs = itertools.product(EMAILS, PASSWORDS)
    tried = [{"email": email, "token": password} for email, password in pairs]
    assert {status(url + path, "POST", each) for each in tried} <= {400, 403, 429}


@pytest.mark.parametrize("bearer", [None, "", "admin", "null", "sdy_a_" + "0" * 38, "a.b.c"])
def test_nothing_that_needs_a_token_is_answered_before_the_set_up(
    url: str, bearer: str | None
) -> None:
    guarded = [each for each in ENDPOINTS if each.need is not None and "{" not in each.path]
    assert {status(url + each.path[1:], each.method, bearer=bearer) for each in guarded} == {401}


def test_nobody_sets_it_up_without_the_code(url: str) -> None:
    wish = {"email": "eve@example.org", "password": "a phrase that nobody guesses"}
    for code in ("", "0", "A" * 43):
        assert status(f"{url}setup/", "POST", {**wish, "code": code}) == 403


def test_it_listens_on_this_machine_alone(url: str) -> None:
    host, port = urlsplit(url).hostname, urlsplit(url).port or 0
    assert host == "127.0.0.1"
    for address in others():
        with socket.socket() as other, pytest.raises(OSError, match="refused"):
            other.connect((address, port))


def others() -> Sequence[str]:
    """Return addresses of this machine besides loopback."""
    found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM)
    return sorted({str(each[4][0]) for each in found if not str(each[4][0]).startswith("127.")})


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)


@pytest.fixture
def neighbour() -> Iterator[str]:
    """A network namespace, from which this one is found at an address."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("to make a network takes root and the command ip")
    try:
        ip("netns", "add", NETWORK)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network can be made here: {error.stderr.decode().strip()}")
    try:
        ip("link", "add", "schedy0", "type", "veth", "peer", "name", "schedy1", "netns", NETWORK)
        ip("addr", "add", "198.18.77.1/30", "dev", "schedy0")
        ip("link", "set", "schedy0", "up")
        ip("-n", NETWORK, "addr", "add", "198.18.77.2/30", "dev", "schedy1")
        ip("-n", NETWORK, "link", "set", "schedy1", "up")
        yield "198.18.77.1"
    finally:
        ip("netns", "delete", NETWORK)


def reaches(address: str, port: int) -> bool:
    """Tell whether a machine of the other network gets a connection."""
    script = f"import socket; socket.create_connection(({address!r}, {port}), 5)"
    command = ["ip", "netns", "exec", NETWORK, sys.executable, "-c", script]
    return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0


def test_a_machine_of_another_network_does_not_reach_it(neighbour: str, url: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as open_to_all:  # noqa: S104 - for comparison
        assert reaches(neighbour, open_to_all.getsockname()[1])
    assert not reaches(neighbour, urlsplit(url).port or 0)
