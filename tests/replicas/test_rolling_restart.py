"""Servers behind a proxy are restarted one after the other, under load, and nobody notices."""

import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from schedy import ManualSearch, RandomSearch, SchedyDB
from schedy.random import Uniform
from tests.compatibility.old_client import Interpreter
from tests.replicas.proxy import RoundRobin, round_robin
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SERVERS, WORKERS, OLD_WORKERS = 3, 8, 3
STARTED = "Schedy listens on"
WORK_AS_OF_OLD = """
    import os
    experiment, done = db.get_experiment(name), []
    while not os.path.exists(over):
        with experiment.next_job() as job:
            job.results["x"] = job.hyperparameters["x"]
        done.append(job.job_id)
    return done
"""


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        found: int = listener.getsockname()[1]
    return found


class Cluster:
    """Servers on one database, and the proxy before them."""

    def __init__(self, database: str, stack: ExitStack) -> None:
        self._database = database
        self._stack = stack
        self._ports = [free_port() for _ in range(SERVERS)]
        self._servers = [self._start(port) for port in self._ports]
        self.proxy: RoundRobin = stack.enter_context(round_robin(self._ports))

    @property
    def client(self) -> dict[str, str]:
        """The configuration of a client that knows only the proxy."""
        return {**self._servers[0].client, "root": f"http://127.0.0.1:{self.proxy.port}/"}

    def connect(self) -> SchedyDB:
        return SchedyDB(config_override=self.client)

    def restart(self, number: int) -> None:
        """Stop a server, and start a new one in its place."""
        assert self._servers[number].stop() == 0
        self._servers[number] = self._start(self._ports[number])

    def kill(self, number: int) -> None:
        """Have a server die, and start a new one in its place."""
        self._servers[number].kill()
        self._servers[number] = self._start(self._ports[number])

    def replace(self, number: int) -> None:
        """Have a server become its own successor."""
        server = self._servers[number]
        before = server.log.read_text().count(STARTED)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log.read_text().count(STARTED) > before)

    def _start(self, port: int) -> RunningServer:
        return self._stack.enter_context(running_server(self._database, port=port))


@pytest.fixture
def cluster(database: str) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(database, stack)


@contextmanager
def workers(cluster: Cluster, over: threading.Event) -> Iterator[list[str]]:
    """Have workers run jobs until it is over; yields the jobs that were finished."""
    finished: list[str] = []

    def work() -> None:
        experiment = cluster.connect().get_experiment("search")
        while not over.is_set():
            with experiment.next_job(wait=10) as job:
                job.results["x"] = job.hyperparameters["x"]
            finished.append(job.job_id)

    with ThreadPoolExecutor(WORKERS) as pool:
        at_work = [pool.submit(work) for _ in range(WORKERS)]
        try:
            yield finished
        finally:
            over.set()
        for each in at_work:
            each.result(60)


def check(cluster: Cluster, finished: list[str]) -> None:
    """Each job was handed out once, and done with the result that its worker sent."""
    jobs = list(cluster.connect().get_experiment("search").all_jobs())
    assert sorted(job.job_id for job in jobs) == sorted(finished)
    assert Counter((job.status, job.attempt) for job in jobs) == {("DONE", 1): len(jobs)}
    assert [job.number for job in jobs] == list(range(1, len(jobs) + 1))
    assert all(job.results == {"x": job.hyperparameters["x"]} for job in jobs)


@pytest.mark.parametrize("way", [Cluster.restart, Cluster.replace, Cluster.kill])
def test_workers_notice_nothing(cluster: Cluster, way: Callable[[Cluster, int], None]) -> None:
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
    assert min(cluster.proxy.served.values()) > 0


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
