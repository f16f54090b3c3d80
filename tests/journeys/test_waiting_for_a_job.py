"""A worker waits for a job, and has it as soon as somebody adds one."""

import threading
import time
from collections.abc import Callable
from typing import Self

import pytest

from schedy import ManualSearch, errors
from tests.journeys.conftest import Connect

SOON = 0.5  # seconds after which something happens to a worker that waits
PATIENCE = 20.0


class Later:
    """Does something soon, in a thread of its own, and notes when it was done."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self._deed = deed
        self.done = 0.0
        self._timer = threading.Timer(SOON, self._do)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.join()

    def _do(self) -> None:
        self._deed()
        self.done = time.monotonic()


def test_a_worker_has_a_job_within_a_second_of_its_adding(connections: list[Connect]) -> None:
    boss, worker = connections[0](), connections[-1]()
    boss.add_experiment(ManualSearch("wait"))
    add = boss.get_experiment("wait").add_job
    with Later(lambda: add({"x": 7})) as later, worker.get_experiment("wait").next_job(20) as job:
        had = time.monotonic()
    assert job.hyperparameters == {"x": 7}
    assert had - later.done < 1.0


def test_a_worker_has_a_job_within_a_second_of_a_resumption(connections: list[Connect]) -> None:
    boss, worker = connections[0](), connections[-1]()
    paused = ManualSearch("resume", status="DONE")
    boss.add_experiment(paused)
    paused.add_job({"x": 7})
    paused.status = "RUNNING"
    with Later(paused.push_updates) as later, worker.get_experiment("resume").next_job(20):
        had = time.monotonic()
    assert had - later.done < 1.0


def test_a_worker_that_waits_learns_that_the_experiment_is_gone(connections: list[Connect]) -> None:
    boss, worker = connections[0](), connections[-1]()
    boss.add_experiment(ManualSearch("gone"))
    waiting = worker.get_experiment("gone")
    with Later(boss.get_experiment("gone").delete), pytest.raises(errors.ClientRequestError) as no:
        waiting.next_job(wait=PATIENCE)
    assert no.value.code == 404


def test_waiting_ends_when_it_was_to_end(connections: list[Connect]) -> None:
    boss = connections[0]()
    boss.add_experiment(ManualSearch("nothing"))
    began = time.monotonic()
    with pytest.raises(errors.NoJobError):
        boss.get_experiment("nothing").next_job(wait=0.3)
    assert 0.3 <= time.monotonic() - began < 5
