"""A worker that waits at one server has a job at once when it is added at another."""

import statistics
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.running import RunningServer
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

AT_ONCE = 0.1  # seconds
HANG_UP = """
SELECT count(pg_terminate_backend(pid)) FROM
       (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) x
"""


def ask(url: str, sql: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def at(server: RunningServer, name: str) -> Experiment:
    return SchedyDB(config_override=server.client).get_experiment(name)


def delay(boss: Experiment, worker: Experiment, pool: ThreadPoolExecutor) -> float:
    """Return how many seconds after a job was added a waiting worker has it."""

    def wait() -> float:
        worker.next_job(wait=20)
        return time.monotonic()

    had: Future[float] = pool.submit(wait)
    with suppress(TimeoutError):
        had.result(0.3)  # it waits by now
    boss.add_job({"x": 1})
    added = time.monotonic()
    return had.result(30) - added


def test_news_travel_at_once(replicas: list[RunningServer]) -> None:
    boss = ManualSearch("travel")
    SchedyDB(config_override=replicas[0].client).add_experiment(boss)
    worker = at(replicas[1], "travel")
    with ThreadPoolExecutor(1) as pool:
        delays = [delay(boss, worker, pool) for _ in range(7)]
    assert statistics.median(delays) < AT_ONCE


def test_news_travel_again_after_the_connection_broke(
    replicas: list[RunningServer], shared_database: str
) -> None:
    boss = ManualSearch("again")
    SchedyDB(config_override=replicas[0].client).add_experiment(boss)
    worker = at(replicas[1], "again")
    assert ask(shared_database, HANG_UP) == len(replicas)
    with ThreadPoolExecutor(1) as pool:
        assert delay(boss, worker, pool) < 1.5  # it looks more often meanwhile
        wait_until(lambda: all("heard of again" in it.log.read_text() for it in replicas))
        delays = [delay(boss, worker, pool) for _ in range(5)]
    assert statistics.median(delays) < AT_ONCE
