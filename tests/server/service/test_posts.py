"""What old clients send again is created once, where it can be told that it is again."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from schedy_server.model.errors import PreconditionFailed
from schedy_server.model.experiments import ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.service import experiments, jobs, posts
from schedy_server.service.housekeeping import Retention, forget_old
from schedy_server.service.posts import Added, Created, Deliveries
from tests.server.desk import NAME, wish
from tests.server.service.shift import Shift

WISH = wish(Status.QUEUED, hyperparameters={"x": 1})


@dataclass(eq=False)
class Line:
    """A TCP connection."""

    name: str
    closed: bool = False
    dropped: bool = False

    def is_closing(self) -> bool:
        return self.closed


def server(shift: Shift) -> Deliveries:
    return Deliveries(shift.desk.storage, lambda: shift.desk.now)


def add(shift: Shift, deliveries: Deliveries, line: Line, wanted: Any = WISH) -> Added:
    post = deliveries.post(wanted.digest, line)
    added: Added = shift.do(posts.add_job, NAME, wanted, post=post)
    return added


def deliver(deliveries: Deliveries, what: Added | Created, line: Line) -> None:
    asyncio.run(deliveries.watch(what.receipt, line, was_open=not line.closed))


def is_repeat(shift: Shift, deliveries: Deliveries, first: Added, line: Line) -> bool:
    return add(shift, deliveries, line).handed.job.id == first.handed.job.id


def test_what_was_sent_to_a_server_that_died_is_added_once(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    assert is_repeat(shift, server(shift), first, Line("b"))
    assert shift.desk.counts() == {Status.QUEUED: 1}


def test_what_a_client_did_not_wait_for_is_added_once(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    first = add(shift, schedy, line)
    line.closed = True
    deliver(schedy, first, line)
    assert is_repeat(shift, schedy, first, Line("b"))


def test_an_answer_that_was_dropped_was_not_read(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    first = add(shift, schedy, line)
    line.dropped = True
    deliver(schedy, first, line)
    line.closed = True
    assert is_repeat(shift, schedy, first, Line("b"))


def test_the_same_on_the_same_connection_is_a_second_job(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    first = add(shift, schedy, line)
    second = add(shift, schedy, line)
    assert second.handed.job.id != first.handed.job.id
    assert second.handed.job.reason is None


def test_the_same_of_somebody_else_at_the_same_time_is_a_second_job(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    first = add(shift, schedy, line)
    assert not is_repeat(shift, schedy, first, Line("b"))


@pytest.mark.parametrize("restarts", [False, True])
def test_after_an_answer_that_was_sent_a_second_job_says_what_it_may_be(
    shift: Shift, restarts: bool
) -> None:
    schedy, line = server(shift), Line("a")
    first = add(shift, schedy, line)
    deliver(schedy, first, line)
    line.closed = True
    if restarts:
        asyncio.run(schedy.flush())
        schedy = server(shift)
    second = add(shift, schedy, Line("b")).handed.job
    assert second.reason == f"possible duplicate of {first.handed.job.id}"


def test_after_ten_minutes_nobody_is_suspicious(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    deliver(schedy, add(shift, schedy, line), line)
    shift.sleep(601)
    assert add(shift, schedy, Line("b")).handed.job.reason is None


def test_after_fifteen_minutes_nobody_tries_any_more(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    shift.sleep(901)
    assert not is_repeat(shift, server(shift), first, Line("b"))


def test_a_repeat_may_be_lost_too(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    for line in ("b", "c"):
        shift.sleep(600)
        assert is_repeat(shift, server(shift), first, Line(line))


def test_once_the_repeat_was_answered_the_next_is_another_job(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    schedy, line = server(shift), Line("b")
    again = add(shift, schedy, line)
    deliver(schedy, again, line)
    assert not is_repeat(shift, schedy, first, Line("c"))


def test_what_was_deleted_is_added_anew(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    shift.do(jobs.delete, NAME, first.handed.job.id, must_exist=True)
    assert not is_repeat(shift, server(shift), first, Line("b"))


def test_another_body_is_another_job(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    other = wish(Status.QUEUED, hyperparameters={"x": 2})
    second = add(shift, server(shift), Line("b"), other)
    assert second.handed.job.id != first.handed.job.id
    assert second.handed.job.reason is None


def test_what_is_an_hour_old_is_forgotten(shift: Shift) -> None:
    first = add(shift, server(shift), Line("a"))
    shift.sleep(3601)
    shift.desk.storage.write_now(lambda ledger: forget_old(ledger, shift.desk.now, Retention()))
    key, digest = first.receipt.experiment_key, first.receipt.digest
    found = shift.desk.look(
        lambda ledger: ledger.posts.like(
            shift.desk.ana.account_key, key, digest, since=first.receipt.at, limit=9
        )
    )
    assert found == []


# Experiments

SETTINGS = experiments.Settings(ExperimentStatus.RUNNING, {"Manual": None})


def create(shift: Shift, deliveries: Deliveries, line: Line) -> Created:
    post = deliveries.post(b"create", line)
    created: Created = shift.do(posts.create_experiment, "new", SETTINGS, post=post)
    return created


def test_an_experiment_is_created_once(shift: Shift) -> None:
    first = create(shift, server(shift), Line("a"))
    again = create(shift, server(shift), Line("b"))
    assert (first.is_new, again.is_new) == (True, False)
    assert first.experiment == again.experiment


def test_an_experiment_that_was_answered_exists(shift: Shift) -> None:
    schedy, line = server(shift), Line("a")
    deliver(schedy, create(shift, schedy, line), line)
    with pytest.raises(PreconditionFailed):
        create(shift, schedy, Line("b"))


def test_an_experiment_that_was_touched_exists(shift: Shift) -> None:
    create(shift, server(shift), Line("a"))
    shift.do(jobs.add, "new", WISH)
    with pytest.raises(PreconditionFailed):
        create(shift, server(shift), Line("b"))
