"""Servers on one PostgreSQL, each a process of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.databases import fresh_database, shared_server
from tests.running import RunningServer, running_server


@pytest.fixture
def database() -> Iterator[str]:
    with fresh_database(shared_server()) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database() -> Iterator[str]:
    with fresh_database(shared_server()) as url:
        yield url


@pytest.fixture(scope="module")
def replicas(shared_database: str) -> Iterator[list[RunningServer]]:
    """Run two servers; the tests of a file share them."""
    with ExitStack() as stack:
        yield [stack.enter_context(running_server(shared_database)) for _ in range(2)]
