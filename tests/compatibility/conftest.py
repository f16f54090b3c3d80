"""Servers and old clients, each started once; every test has an experiment of its own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.compatibility.old_client import Fleet, Interpreter, OldClient
from tests.compatibility.wire import Wire
from tests.databases import fresh_database, shared_server
from tests.running import RunningServer, running_server

_WORKERS = 8


@pytest.fixture(scope="session")
def server_on() -> Iterator[Callable[[str], RunningServer]]:
    """Return a function that returns the server on a kind of database, started when needed."""
    with ExitStack() as stack:

        @cache
        def server_on(database: str) -> RunningServer:
            url = None
            if database == "postgres":
                url = stack.enter_context(fresh_database(shared_server()))
            return stack.enter_context(running_server(url))

        yield server_on


@pytest.fixture
def server(
    request: pytest.FixtureRequest, server_on: Callable[[str], RunningServer]
) -> RunningServer:
    """Return a running server: on SQLite, unless the test is `on_both_databases`."""
    return server_on(getattr(request, "param", "sqlite"))


@pytest.fixture
def name() -> str:
    """Return the name of an experiment that no other test touches."""
    return f"experiment-{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def interpreter() -> Iterator[Interpreter]:
    """Return the old client's Python."""
    interpreter = Interpreter()
    yield interpreter
    interpreter.close()


@pytest.fixture
def old(interpreter: Interpreter, server: RunningServer, name: str) -> OldClient:
    """Return an old client that is logged in."""
    return OldClient(interpreter, server.client, name)


@pytest.fixture
def manual(old: OldClient) -> OldClient:
    """Return an old client whose experiment is there, without jobs."""
    old.run("db.add_experiment(schedy.ManualSearch(name))")
    return old


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Return as many workers as it takes for them to get in each other's way."""
    fleet = Fleet([Interpreter() for _ in range(_WORKERS)])
    yield fleet
    for interpreter in fleet.interpreters:
        interpreter.close()


@pytest.fixture
def wire(server: RunningServer) -> Iterator[Wire]:
    """Return a connection that sends what the old client sends."""
    with Wire(server) as wire:
        yield wire
