"""Servers behind a proxy are restarted one after the other, under load, and nobody notices."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schedy import ManualSearch, RandomSearch
from schedy.random import Uniform
from tests.compatibility.old_client import Interpreter
from tests.replicas.cluster import SERVERS, WORKERS, Cluster, check, workers
from tests.replicas.proxy import RoundRobin, round_robin
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

OLD_WORKERS = 3
WORK_AS_OF_OLD = """
    import os
    experiment, done = db.get_experiment(name), []
    while not os.path.exists(over):
        with experiment.next_job() as job:
            job.results["x"] = job.hyperparameters["x"]
        done.append(job.job_id)
    return done
"""


@pytest.fixture
def proxy(database: str) -> Iterator[tuple[Cluster, RoundRobin]]:
    with ExitStack() as stack:
        cluster = Cluster(database, stack)
        proxy = stack.enter_context(round_robin(cluster.ports))
        cluster.port = proxy.port
        yield cluster, proxy


@pytest.fixture
def cluster(proxy: tuple[Cluster, RoundRobin]) -> Cluster:
    return proxy[0]


@pytest.mark.parametrize("way", [Cluster.restart, Cluster.replace, Cluster.kill])
def test_workers_notice_nothing(
    proxy: tuple[Cluster, RoundRobin], way: Callable[[Cluster, int], None]
) -> None:
    cluster, passed = proxy
    cluster.connect().add_experiment(RandomSearch("search", {"x": Uniform(0.0, 1.0)}))
    mine = cluster.connect().get_experiment("search").next_job()  # runs through it all
    with workers(cluster, threading.Event()) as finished:
        for number in range(SERVERS):
            enough = len(finished) + 50
            way(cluster, number)
            wait_until(lambda enough=enough: len(finished) >= enough)  # type: ignore[misc]
    with mine:
        mine.results["x"] = mine.hyperparameters["x"]
    check(cluster, [*finished, mine.job_id])
    assert min(passed.served.values()) > 0


@pytest.mark.compat
def test_old_workers_notice_nothing_either(cluster: Cluster, tmp_path: Path) -> None:
    cluster.connect().add_experiment(RandomSearch("search", {"x": Uniform(0.0, 1.0)}))
    over = tmp_path / "over"
    with ExitStack() as stack:
        interpreters = [Interpreter() for _ in range(OLD_WORKERS)]
        for each in interpreters:
            stack.callback(each.close)
            each.send(WORK_AS_OF_OLD, cluster.client, name="search", over=str(over))
        for number in range(SERVERS):
            cluster.restart(number)
        over.touch()
        finished = [job_id for each in interpreters for job_id in each.receive()]
    assert len(finished) > 3 * OLD_WORKERS
    check(cluster, finished)


def test_workers_that_wait_get_their_jobs(cluster: Cluster) -> None:
    cluster.connect().add_experiment(ManualSearch("search"))
    over = threading.Event()
    with workers(cluster, over) as finished:
        boss = cluster.connect().get_experiment("search")
        for number in range(SERVERS):
            cluster.restart(number)
            boss.add_jobs({"hyperparameters": {"x": x}} for x in range(20))
            wait_until(lambda so_far=20 * (number + 1): len(finished) == so_far)  # type: ignore[misc]
        over.set()
        boss.add_jobs({"hyperparameters": {"x": x}} for x in range(WORKERS))
    check(cluster, finished)
