"""Each server prints a link that makes the first account, and only one of them does."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest

from schedy_server.model.errors import Forbidden
from schedy_server.service import setup
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def storages(database: str) -> Iterator[list[Storage]]:
    with ExitStack() as stack:
        yield [stack.enter_context(open_storage(database)) for _ in range(2)]


def test_two_links_that_are_used_at_once_make_one_account(
    storages: list[Storage], database: str
) -> None:
    links = [it.write_now(lambda ledger: setup.new_setup_code(ledger, NOON)) for it in storages]

    def use(ledger: Ledger, number: int) -> None:
        email = f"{number}@lab.org"
        setup.use_setup_code(ledger, str(links[number]), email=email, password_hash="", now=NOON)

    with ThreadPoolExecutor(1) as pool, psycopg.connect(database, autocommit=True) as watcher:

        def use_first(ledger: Ledger) -> None:
            use(ledger, 0)
            rival = pool.submit(storages[1].write_now, lambda ledger: use(ledger, 1))
            rivals.append(rival)
            wait_until(lambda: rival.done() or watcher.execute(WAITS).fetchone() != (0,))

        rivals: list[Future[None]] = []
        storages[0].write_now(use_first)
        with pytest.raises(Forbidden, match="used already"):
            rivals[0].result(20)
    accounts = storages[0].read_now(lambda ledger: ledger.accounts.all())
    assert [account.email for account in accounts] == ["0@lab.org"]
