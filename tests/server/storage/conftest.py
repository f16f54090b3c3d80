"""Databases of both kinds, empty at first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.databases import fresh_database, shared_server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'schedy.db'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with fresh_database(shared_server()) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """Give a test both kinds, one after the other."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="module")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with open_storage(f"sqlite:///{tmp_path_factory.mktemp('shared')}/schedy.db") as storage:
        yield storage


@pytest.fixture(scope="module")
def shared_postgres() -> Iterator[Storage]:
    with fresh_database(shared_server()) as url, open_storage(url) as storage:
        yield storage
