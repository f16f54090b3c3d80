"""Real servers for the stories, and the client that everybody uses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from schedy import SchedyDB
from tests.databases import fresh_database, shared_server
from tests.running import RunningServer, running_server

Connect = Callable[[], SchedyDB]


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """Run a server on SQLite; the stories share it, each with an experiment of its own."""
    with running_server() as running:
        yield running


@pytest.fixture
def db(server: RunningServer) -> SchedyDB:
    return SchedyDB(config_override=server.client)


@pytest.fixture(scope="session")
def two_servers() -> Iterator[list[RunningServer]]:
    """Run two servers on one PostgreSQL database."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(shared_server()))
        yield [stack.enter_context(running_server(url)) for _ in range(2)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def connections(request: pytest.FixtureRequest) -> list[Connect]:
    """Return the ways in, for a test that asks every server there is."""
    if request.param == "sqlite":
        servers = [request.getfixturevalue("server")]
    else:
        servers = request.getfixturevalue("two_servers")
    return [lambda it=it: SchedyDB(config_override=it.client) for it in servers]  # type: ignore[misc]
