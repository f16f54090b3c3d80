"""What a request says of where it comes from is believed of trusted proxies alone."""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from schedy_server.service.throttle import _FREE_FOR_ADDRESS
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

_numbers = itertools.count()


@pytest.fixture(scope="module")
def bare() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def behind() -> Iterator[RunningServer]:
    with running_server(trusted_proxies="127.0.0.1", log_format="json") as server:
        yield server


def sign_in(server: RunningServer, forwarded: str) -> int:
    """Mistype the password of an account of its own, and return the status."""
    body = {"email": f"nobody-{next(_numbers)}@example.org", "token": "wrong, whatever it is"}
    request = urllib.request.Request(  # noqa: S310 - of a server of ours
        f"{server.root}passauth/",
        json.dumps(body).encode(),
        {"X-Forwarded-For": forwarded, "Forwarded": f"for={forwarded}", "X-Real-IP": forwarded},
    )
    with pytest.raises(HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=20)  # noqa: S310 - see above
    refusal.value.close()
    return refusal.value.code


def test_who_makes_up_addresses_is_throttled_by_its_own(bare: RunningServer) -> None:
    statuses = [sign_in(bare, f"203.0.113.{at}") for at in range(_FREE_FOR_ADDRESS + 1)]
    # Another test may have failed to sign in from here, too.
    assert set(statuses[: _FREE_FOR_ADDRESS // 2]) == {403}
    assert statuses[-1] == 429


def test_behind_a_proxy_addresses_are_told_apart(behind: RunningServer) -> None:
    # What the client itself sent stands to the left of what the proxy adds.
    statuses = [
        sign_in(behind, f"198.51.100.{at}, 203.0.113.9") for at in range(_FREE_FOR_ADDRESS + 1)
    ]
    assert statuses == [403] * _FREE_FOR_ADDRESS + [429]
    assert sign_in(behind, "203.0.113.9, 203.0.113.10") == 403


def test_the_log_names_the_address_of_the_client(behind: RunningServer) -> None:
    sign_in(behind, "198.51.100.1, 203.0.113.77")
    wait_until(lambda: "203.0.113.77" in behind.log.read_text())  # written after the answer
    lines = [json.loads(line) for line in behind.log.read_text().splitlines() if line[:1] == "{"]
    assert [line["address"] for line in lines if line["message"] == "request"][-1] == "203.0.113.77"


def test_without_a_proxy_the_log_names_the_connection(bare: RunningServer) -> None:
    sign_in(bare, "203.0.113.78")
    assert "203.0.113.78" not in bare.log.read_text()
