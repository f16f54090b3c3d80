"""Both databases run functions whole or not at all."""

import pytest

from tests.contracts.storage import StorageContract


class TestSQLiteStorage(StorageContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


@pytest.mark.postgres
class TestPostgresStorage(StorageContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url
