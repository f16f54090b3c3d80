"""What was acknowledged survives whatever kills the server, the very moment after."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schedy_server.model.experiments import Experiment
from schedy_server.storage.opening import open_storage
from tests.architecture.tree import ROOT
from tests.server.storage.stock import fresh_experiment

# Four threads add jobs without end, and tell the number of each that they were told is stored.
ADD_JOBS = """
import os, sys, threading
from schedy_server.storage.opening import open_storage
from tests.server.storage.stock import Worker

storage = open_storage(sys.argv[1])
account, name = int(sys.argv[2]), sys.argv[3]
experiment = storage.read_now(lambda ledger: ledger.experiments.find(account, name))

def add():
    while True:
        job = storage.write_now(Worker(experiment).add(results='{"loss": 1}'))
        os.write(1, b"%d\\n" % job.number)

for _ in range(4):
    threading.Thread(target=add).start()
"""


@contextmanager
def adding_jobs(url: str, experiment: Experiment) -> Iterator[subprocess.Popen[str]]:
    arguments = [url, str(experiment.account_key), experiment.name]
    command = [sys.executable, "-c", ADD_JOBS, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged_before_the_kill(url: str, experiment: Experiment, count: int) -> set[int]:
    with adding_jobs(url, experiment) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(count)]
        process.kill()
        told += [int(line) for line in process.stdout if line.endswith("\n")]
    return set(told)


@pytest.mark.parametrize("count", [1, 40, 150])
def test_a_killed_server_has_lost_nothing(url: str, count: int) -> None:
    with open_storage(url) as storage:
        experiment = fresh_experiment(storage)
    told = acknowledged_before_the_kill(url, experiment, count)
    with open_storage(url) as storage:
        jobs = storage.read_now(lambda ledger: ledger.jobs.page(experiment.key, limit=10_000))
        after = storage.read_now(
            lambda ledger: ledger.experiments.find(experiment.account_key, experiment.name)
        )
    numbers = [job.number for job in jobs]
    assert told <= set(numbers)
    assert numbers == list(range(1, len(numbers) + 1))
    assert after is not None
    assert after.jobs_created == len(numbers)
    assert {job.results for job in jobs} == {'{"loss": 1}'}
