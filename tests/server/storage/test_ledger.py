"""Both databases keep the ledger's promises."""

import pytest

from schedy_server.storage.storage import Storage
from tests.contracts.ledger import LedgerContract


class TestSQLiteLedger(LedgerContract):
    @pytest.fixture
    def storage(self, shared_sqlite: Storage) -> Storage:
        return shared_sqlite


@pytest.mark.postgres
class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    def storage(self, shared_postgres: Storage) -> Storage:
        return shared_postgres
