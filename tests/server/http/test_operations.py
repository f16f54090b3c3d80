"""What monitoring asks, without signing in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from schedy_server.storage.session import DatabaseFailed
from tests.server.http.asking import Server, server


class Away:
    """A database that does not answer."""

    async def read(self, work: object) -> NoReturn:
        raise DatabaseFailed("gone")


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


async def test_a_running_server_is_alive_and_ready(schedy: Server) -> None:
    assert [(await schedy.ask("GET", path)).status for path in ("/healthz", "/readyz")] == [200] * 2


async def test_a_server_without_its_database_is_alive_but_not_ready(schedy: Server) -> None:
    state = schedy.app.state
    state.core = replace(state.core, storage=Away())
    assert [(await schedy.ask("GET", path)).status for path in ("/healthz", "/readyz")] == [
        200,
        503,
    ]


async def test_a_stopping_server_is_alive_but_not_ready(schedy: Server) -> None:
    schedy.app.state.core.wakeups.stop()
    assert [(await schedy.ask("GET", path)).status for path in ("/healthz", "/readyz")] == [
        200,
        503,
    ]


async def test_metrics_count_requests_by_route_and_never_by_path(schedy: Server) -> None:
    for name in ("a", "b"):
        await schedy.ask("GET", f"/experiments/{name}/")
    text = (await schedy.ask("GET", "/metrics")).text
    counted = [line for line in text.splitlines() if line.startswith("schedy_http_requests_total")]
    assert len(counted) == 1
    assert 'status="401"' in counted[0]
    assert counted[0].endswith(" 2.0")


async def test_unknown_methods_count_as_one(schedy: Server) -> None:
    for method in ("BREW", "MAKE"):
        await schedy.ask(method, "/healthz")
    text = (await schedy.ask("GET", "/metrics")).text
    assert 'method="other"' in text
    assert "BREW" not in text
