"""What an old client sends again to another server is recognised only if the first one is gone."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from schedy_server.service.posts import Deliveries
from schedy_server.storage.opening import open_storage
from schedy_server.storage.posts import Posted, Receipt
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(eq=False)
class Line:
    """A TCP connection that is open."""

    name: str
    dropped: bool = False

    def is_closing(self) -> bool:
        return False


def test_only_a_server_that_is_gone_can_not_have_answered(database: str) -> None:
    with ExitStack() as stack:
        here, there = (stack.enter_context(open_storage(database, serving=True)) for _ in range(2))
        first = Deliveries(there, lambda: NOON).post(b"", Line("a"))
        again = Deliveries(here, lambda: NOON).post(b"", Line("b"))
        posted = Posted(Receipt(1, b"", 1, NOON), first.connection, flushed=False)

        def is_lost() -> bool:
            return here.read_now(lambda ledger: again.is_lost(posted, ledger))

        assert not is_lost()
        there.close()
        wait_until(is_lost)
