"""Several servers behind something that passes on requests, and workers that keep them busy."""

import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

from schedy import SchedyDB
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

SERVERS, WORKERS = 3, 8
_STARTED = "Schedy listens on"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        found: int = listener.getsockname()[1]
    return found


class Cluster:
    """Servers on one database; `port` is where clients find them, once it is set."""

    def __init__(self, database: str, stack: ExitStack) -> None:
        self._database = database
        self._stack = stack
        self.ports: Sequence[int] = [free_port() for _ in range(SERVERS)]
        self._servers = [self._start(port) for port in self.ports]
        self.port = 0

    @property
    def first(self) -> RunningServer:
        """One of the servers, with an account that they all know."""
        return self._servers[0]

    @property
    def client(self) -> dict[str, str]:
        """The configuration of a client that knows only the way through the proxy."""
        return {**self._servers[0].client, "root": f"http://127.0.0.1:{self.port}/"}

    def connect(self) -> SchedyDB:
        return SchedyDB(config_override=self.client)

    def restart(self, number: int) -> None:
        """Stop a server, and start a new one in its place."""
        assert self._servers[number].stop() == 0
        self._servers[number] = self._start(self.ports[number])

    def kill(self, number: int) -> None:
        """Have a server die, and start a new one in its place."""
        self._servers[number].kill()
        self._servers[number] = self._start(self.ports[number])

    def replace(self, number: int) -> None:
        """Have a server become its own successor."""
        server = self._servers[number]
        before = server.log.read_text().count(_STARTED)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log.read_text().count(_STARTED) > before)

    def _start(self, port: int) -> RunningServer:
        return self._stack.enter_context(running_server(self._database, port=port))


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
