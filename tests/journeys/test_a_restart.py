"""The server is restarted in the middle of a search: workers wait for it, and nothing is lost."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from schedy import ManualSearch, SchedyDB
from tests.journeys.test_each_job_once import run_all
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

JOBS = 60


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        found: int = listener.getsockname()[1]
    return found


@contextmanager
def workers(server: RunningServer, count: int) -> Iterator[list[Future[list[str]]]]:
    with ThreadPoolExecutor(count) as pool:
        dbs = [SchedyDB(config_override=server.client) for _ in range(count)]
        yield [pool.submit(run_all, db, "search") for db in dbs]


@pytest.mark.parametrize("end", [RunningServer.stop, RunningServer.kill])
def test_a_restart_loses_nothing(tmp_path: Path, port: int, end: object) -> None:
    assert callable(end)
    with running_server(data=tmp_path, port=port) as first:
        experiment = ManualSearch("search")
        SchedyDB(config_override=first.client).add_experiment(experiment)
        ids = experiment.add_jobs({"hyperparameters": {"x": x}} for x in range(JOBS))
        mine = experiment.next_job()  # runs through the restart
        with workers(first, 2) as running:
            wait_until(lambda: any(experiment.jobs("DONE")))
            end(first)
            with running_server(data=tmp_path, port=port):
                ran = [job_id for each in running for job_id in each.result(60)]
                with mine:
                    mine.results["loss"] = 0.5
                jobs = list(experiment.all_jobs())
    assert sorted([*ran, mine.job_id]) == sorted(ids)
    assert {(job.status, job.attempt) for job in jobs} == {("DONE", 1)}
    assert [job.results["loss"] for job in jobs] == [0.5, *range(1, JOBS)]


def test_a_worker_that_waits_outlives_a_restart(tmp_path: Path, port: int) -> None:
    with ThreadPoolExecutor(1) as pool, running_server(data=tmp_path, port=port) as first:
        experiment = ManualSearch("search")
        SchedyDB(config_override=first.client).add_experiment(experiment)
        worker = SchedyDB(config_override=first.client).get_experiment("search")
        waiting = pool.submit(worker.next_job, 60)
        began = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - began < 10  # whoever waits is sent away, not waited for
        with running_server(data=tmp_path, port=port):
            added = experiment.add_job({"x": 7})
            assert waiting.result(30).job_id == added.job_id
