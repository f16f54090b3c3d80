"""Whoever waits for a job is woken up when there may be one, and not each time a worker speaks."""

from collections.abc import Callable

import pytest

from schedy_server.model.experiments import ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.service import claims, experiments, jobs
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from tests.server.desk import NAME, Desk, wish

Deed = Callable[[Desk, Handed], object]


def add(desk: Desk, running: Handed) -> object:
    return desk.add()


def finish(desk: Desk, running: Handed) -> object:
    return progress(desk, running, Status.DONE)


def requeue(desk: Desk, running: Handed) -> object:
    return desk.do(jobs.put, NAME, running.job.id, wish(Status.QUEUED), condition=None)


def delete(desk: Desk, running: Handed) -> object:
    return desk.do(jobs.delete, NAME, running.job.id, must_exist=True)


def resume(desk: Desk, running: Handed) -> object:
    return desk.do(experiments.patch, NAME, Alteration(ExperimentStatus.RUNNING))


def add_batch(desk: Desk, running: Handed) -> object:
    return desk.do(jobs.add_many, NAME, [wish(Status.QUEUED)])


def report(desk: Desk, running: Handed) -> object:
    return progress(desk, running, Status.RUNNING)


def claim(desk: Desk, running: Handed) -> object:
    return desk.claim()


def beat(desk: Desk, running: Handed) -> object:
    lease = running.job.lease_id or ""
    return desk.do(claims.heartbeat, NAME, running.job.id, lease_id=lease)


@pytest.mark.parametrize("deed", [add, add_batch, finish, requeue, delete, resume])
def test_there_may_be_a_job_now(desk: Desk, deed: Deed) -> None:
    assert is_news(desk, deed)


@pytest.mark.parametrize("deed", [report, claim, beat])
def test_there_is_no_job_more_than_before(desk: Desk, deed: Deed) -> None:
    assert not is_news(desk, deed)


def is_news(desk: Desk, deed: Deed) -> bool:
    desk.experiment()
    for _ in range(2):
        desk.add()
    running = desk.claim()
    assert running is not None
    heard: list[set[int]] = []
    desk.storage.on_commit(heard.append)
    deed(desk, running)
    return bool(heard)


def progress(desk: Desk, running: Handed, status: Status) -> object:
    return desk.do(
        claims.progress,
        NAME,
        running.job.id,
        wish(status, results={"loss": 1}),
        lease_id=running.job.lease_id or "",
        condition=[running.tag],
    )
