import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schedy import errors
from schedy.connection import Connection
from schedy.credentials import Configuration, ConfigurationError
from tests.client.peer import Peer, reply
from tests.client.tunnel import Tunnel

CERTIFICATE = Path(__file__).with_name("certificate.pem")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def test_a_connection_is_kept_for_the_next_request(peer: Peer) -> None:
    peer.will(*[reply(200)] * 3)
    connection = peer.connection()
    for _ in range(3):
        connection.request("GET", "me/")
    assert len({each.sender for each in peer.seen}) == 1


def test_bodies_of_megabytes_arrive(peer: Peer) -> None:
    curve = [0.1] * 500_000
    peer.will(reply(200, {"curve": curve}))
    answer = peer.connection().request("PUT", "x/", {"curve": curve})
    assert answer.json() == peer.seen[0].json() == {"curve": curve}


def test_what_belongs_to_a_host_elsewhere_goes_through_the_proxy(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", peer.root.replace("//", "//ada:a%40b@"))
    peer.will(reply(200, {}))
    connection = Connection(Configuration("http://schedy.example.org/api", "ada", "t"))
    connection.request("GET", "me/")
    assert peer.seen[0].path == "http://schedy.example.org/api/me/"
    assert peer.seen[0].headers["Proxy-Authorization"] == "Basic YWRhOmFAYg=="


def test_hosts_that_need_no_proxy_are_asked_themselves(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", peer.root)
    monkeypatch.setenv("no_proxy", ".invalid")
    connection = Connection(Configuration("http://schedy.invalid/", "ada", "t"), patience=0)
    with pytest.raises(errors.ServerUnreachable):
        connection.request("GET", "me/")
    assert peer.logged_in == []


def test_a_server_on_this_machine_needs_no_proxy(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1/")
    peer.will(reply(200, {"fine": True}))
    assert peer.connection(patience=0).request("GET", "me/").json() == {"fine": True}


def test_a_proxy_of_an_unknown_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:1/")
    with pytest.raises(ConfigurationError, match="gopher"):
        Connection(Configuration("http://schedy.example.org/", "ada", "t"))


@pytest.fixture
def secure(peer: Peer) -> Peer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    peer.encrypt(context)
    return peer


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(secure: Peer) -> None:
    with pytest.raises(errors.ServerUnreachable, match=r"certificate.*tried once"):
        secure.connection().request("GET", "me/")


def test_a_certificate_that_the_user_vouches_for_is_good(
    secure: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    secure.will(reply(200, {"fine": True}))
    assert secure.connection().request("GET", "me/").json() == {"fine": True}


def test_an_encrypted_request_goes_through_a_tunnel_of_the_proxy(
    secure: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    secure.will(reply(200, {"fine": True}))
    with Tunnel(urlsplit(secure.root).port or 0) as tunnel:
        monkeypatch.setenv("https_proxy", tunnel.root)
        connection = Connection(Configuration("https://schedy.test/", "ada", "t"), patience=0)
        assert connection.request("GET", "me/").json() == {"fine": True}
    assert tunnel.asked == ["schedy.test:443"]
