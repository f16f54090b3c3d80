"""A server answers under its own names alone: no web site can have its name lead there."""

import socket
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from schedy_server.http.hosts import Hosts
from schedy_server.settings import Settings
from tests.running import running_server
from tests.server.http.asking import server

ME = socket.gethostname()
OURS = [
    *("localhost", "LOCALHOST:8080", "localhost.", "app.localhost", ME, f"{ME.upper()}:1"),
    *("127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "192.0.2.7:8080", "[2001:db8::7]"),
]
OTHERS = [
    *("evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"),
    *("evillocalhost", "127.0.0.1.", "xn--lcalhost-54a", f"{ME}.evil.example"),
]
NO_NAMES = ["", ":80", "a b", "a/b", "[::1", "[evil]", "::1", "a,b", "a@b", "é", "a..b", "x" * 254]


def status(name: str, *, listens_for_others: bool = False, **settings: Any) -> int:
    hosts = Hosts(Settings(**settings))
    if listens_for_others:
        hosts.listens_for_others()
    try:
        hosts.check(name.encode("latin-1"))
    except Exception as refusal:  # noqa: BLE001 - what it is stands in the assertion
        code: int = getattr(refusal, "status_code", 0)
        return code
    return 200


@pytest.mark.parametrize("host", OURS)
def test_its_own_names_and_all_addresses_are_answered_to(host: str) -> None:
    assert status(host) == status(host, listens_for_others=True) == 200


@pytest.mark.parametrize("host", OTHERS)
def test_names_of_others_are_misdirected(host: str) -> None:
    expected = 200 if host == "127.0.0.1." else 421  # a final dot changes nothing
    assert status(host) == expected


@pytest.mark.parametrize("host", NO_NAMES)
def test_what_is_no_name_is_a_bad_request(host: str) -> None:
    assert status(host) == status(host, listens_for_others=True) == 400


def test_listening_for_others_it_answers_to_what_a_local_network_calls_it() -> None:
    assert status("schedy:8080", listens_for_others=True) == 200  # a container of that name
    assert status(socket.getfqdn(), listens_for_others=True) == 200
    assert status("evil.example", listens_for_others=True) == 421


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"public_url": "https://Schedy.Lab.org:8443/x/"}, "schedy.lab.org"),
        ({"host": "gpu.lab.org"}, "gpu.lab.org:8080"),
        ({"allowed_hosts": ("schedy.lab.org",)}, "schedy.lab.org"),
        ({"allowed_hosts": ("*.lab.org",)}, "a.b.LAB.org:1"),
        ({"allowed_hosts": ("*",)}, "evil.example"),
    ],
)
def test_the_settings_add_names(settings: dict[str, Any], host: str) -> None:
    assert (status(host), status(host, **settings)) == (421, 200)


def test_a_pattern_covers_what_is_below_and_no_more() -> None:
    found = [status(host, allowed_hosts=("*.lab.org",)) for host in ("lab.org", "xlab.org")]
    assert found == [421, 421]


def test_whoever_comes_without_a_host_header_is_no_browser() -> None:
    Hosts(Settings()).check(None)


def test_it_does_not_remember_more_names_than_there_are() -> None:
    hosts = Hosts(Settings())
    for number in range(1000):
        hosts.check(f"x{number}.localhost".encode())
    assert len(hosts._remembered) <= 64


async def test_a_misdirected_request_is_told_how_to_be_let_in(tmp_path: Path) -> None:
    with server(tmp_path, allowed_hosts=()) as schedy:
        answer = await schedy.ask("GET", "/healthz", headers={"host": "evil.example"})
    assert answer.status == 421
    assert answer.text.endswith("schedy-server serve --allowed-hosts evil.example")
    assert "x-request-id" in answer.headers


@pytest.mark.slow
def test_a_server_for_others_is_found_by_the_name_of_its_machine() -> None:
    with running_server(host="0.0.0.0", insecure_http="yes") as running:  # noqa: S104 - a sandbox's
        port = urlsplit(running.root).port or 0
        names = [ME, f"{ME}:{port}", "schedy", "127.0.0.1", "192.0.2.7", "evil.example"]
        assert [asked(port, name) for name in names] == [200] * 5 + [421]


def asked(port: int, name: str) -> int:
    """Return the status of a request that went by a name."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status
