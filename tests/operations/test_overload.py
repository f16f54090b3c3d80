"""When requests have to wait for long, claims stop first; and nobody gets an error for it."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from tests.operations.asking import Asker, asker_of
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@contextmanager
def held_lock(server: RunningServer) -> Iterator[None]:
    """Keep everybody else from writing, as another program could."""
    with closing(apsw.Connection(str(server.data / "schedy.db"))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def claims(asker: Asker) -> int:
    return asker.status("POST", "experiments/e/claims/", {"claim_id": "c", "worker": "w"})


def test_claims_stop_while_ends_of_jobs_wait_for_their_turn(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server:
        asker = asker_of(server)
        job = asker.start()
        ended: list[int] = []
        with held_lock(server):
            wait_until(lambda: "busy" in strains(asker), seconds=10)
            assert claims(asker) == 503
            ending = threading.Thread(target=lambda: ended.append(job.finish()))
            ending.start()
        ending.join()
        assert ended == [200]
        wait_until(lambda: claims(asker) == 200, seconds=10)


def strains(asker: Asker) -> str:
    return asker.ask("GET", "readyz").data.decode()


def test_a_lock_that_is_held_for_long_is_no_bug(tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server:
        asker = asker_of(server)
        job = asker.start()
        asks = (job.beat, lambda: job.report({"loss": 2}), lambda: claims(asker))
        with held_lock(server):
            wait_until(lambda: "overloaded" in strains(asker), seconds=20)
            statuses = [ask() for ask in asks]
        assert statuses == [503] * 3
        wait_until(lambda: job.finish() == 200, seconds=20)
        wait_until(lambda: strains(asker) == "ready", seconds=10)
