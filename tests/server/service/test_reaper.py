"""Many leases at once, and what a look at them does to the books."""

import asyncio

import pytest

from schedy_server.model.jobs import Status
from schedy_server.service.claims import Directive
from schedy_server.service.jobs import Handed
from schedy_server.service.reaper import Tick
from schedy_server.storage.session import DatabaseFailed
from tests.server.service.shift import TTL, Shift


def crew(shift: Shift, size: int) -> list[Handed]:
    for _ in range(size):
        shift.desk.add()
    return [shift.claim(f"w{n}") for n in range(size)]


def test_if_most_workers_fall_silent_at_once_they_have_another_term(shift: Shift) -> None:
    crew(shift, 6)
    tick = shift.pass_time(TTL + 10)
    assert (tick.lost, tick.held) == (0, 6)
    assert shift.pass_time(TTL - 20).lost == 0


def test_workers_that_beat_at_different_moments_have_another_term_too(shift: Shift) -> None:
    for worker in crew(shift, 12):
        shift.pass_time(5)
        shift.beat(worker)
    shift.pass_time(TTL - 60)
    ticks = [shift.pass_time(5) for _ in range(14)]
    assert (sum(tick.lost for tick in ticks), sum(tick.held for tick in ticks)) == (0, 12)


def test_workers_that_are_heard_after_a_break_keep_their_jobs(shift: Shift) -> None:
    workers = crew(shift, 6)
    shift.pass_time(TTL + 10)
    assert {shift.beat(each) for each in workers} == {Directive.CONTINUE}
    assert shift.pass_time(TTL - 10).lost == 0


def test_who_is_heard_last_after_a_break_keeps_the_job(shift: Shift) -> None:
    workers = crew(shift, 6)
    shift.pass_time(30)
    shift.desk.add()
    last = shift.claim("last")
    shift.pass_time(TTL - 20)
    assert {shift.beat(each) for each in workers} == {Directive.CONTINUE}
    tick = shift.pass_time(30)
    assert (tick.lost, tick.held, shift.beat(last)) == (0, 1, Directive.CONTINUE)


def test_who_died_after_a_break_is_found_as_ever(shift: Shift) -> None:
    workers = crew(shift, 6)
    shift.pass_time(TTL + 10)
    for worker in workers:
        shift.beat(worker)
    shift.pass_time(TTL - 100)
    for worker in workers[1:]:
        shift.beat(worker)
    assert shift.pass_time(110).lost == 1


def test_workers_that_stay_silent_lose_their_jobs_after_two_more_terms(shift: Shift) -> None:
    crew(shift, 6)
    ticks = [shift.pass_time(TTL + 10) for _ in range(3)]
    assert [(tick.lost, tick.held) for tick in ticks] == [(0, 6), (0, 6), (6, 0)]
    assert shift.desk.counts() == {Status.QUEUED: 6}


def test_two_servers_that_look_at_the_same_moment_give_one_more_term(shift: Shift) -> None:
    crew(shift, 6)
    end_of_time = 10**18
    expired = shift.desk.look(lambda ledger: ledger.leases.expired(end_of_time))
    for _ in range(2):
        for lease in expired:
            shift.desk.storage.write_now(
                lambda ledger, lease=lease: ledger.leases.hold(lease, end_of_time - 1)  # type: ignore[misc]
            )
    again = shift.desk.look(lambda ledger: ledger.leases.expired(end_of_time))
    assert [lease.held for lease in again] == [1] * 6


def test_a_few_dead_among_many_alive_are_found_at_once(shift: Shift) -> None:
    workers = crew(shift, 12)
    shift.pass_time(TTL - 10)
    for alive in workers[5:]:
        shift.beat(alive)
    tick = shift.pass_time(20)
    assert (tick.lost, tick.held) == (5, 0)


def test_fewer_than_five_are_no_reason_to_wait(shift: Shift) -> None:
    crew(shift, 4)
    assert shift.pass_time(TTL + 10).lost == 4


def test_a_sign_of_life_that_is_not_written_yet_counts(shift: Shift) -> None:
    (worker,) = crew(shift, 1)
    shift.pass_time(TTL - 2)
    shift.beat(worker)
    assert shift.pass_time(20).lost == 0


def test_signs_of_life_that_could_not_be_written_are_written_later(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    (worker,) = crew(shift, 1)
    shift.pass_time(TTL - 10)
    shift.beat(worker)

    async def fail(work: object) -> None:
        raise DatabaseFailed("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(type(shift.desk.storage), "write", staticmethod(fail))
        with pytest.raises(DatabaseFailed):
            asyncio.run(shift.reaper.tick())
    assert shift.pass_time(20).lost == 0


def test_what_the_server_did_stands_in_the_audit_trail(shift: Shift) -> None:
    (worker,) = crew(shift, 1)
    shift.pass_time(TTL + 10)
    row = shift.desk.look(
        lambda it: it.session.one(
            "write_at_version",
            experiment_key=worker.job.experiment_key,
            number=worker.job.number,
            version=worker.job.version + 1,
        )
    )
    assert row is not None
    assert shift.job(worker).reason == "w0 fell silent"


def test_jobs_of_several_experiments_are_taken_each_in_its_own(shift: Shift) -> None:
    first = crew(shift, 2)
    shift.desk.experiment(name="other")
    tick = shift.pass_time(TTL + 10)
    assert tick.lost == 2
    assert {shift.job(each).status for each in first} == {Status.QUEUED}


async def test_a_bug_in_one_look_does_not_end_all_looking(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    async def fail() -> Tick:
        looks.append("look")
        raise ZeroDivisionError

    monkeypatch.setattr(shift.reaper, "tick", fail)
    monkeypatch.setattr(shift.reaper, "_pause", 0.001)
    looking = asyncio.create_task(shift.reaper.run(lambda tick: None))
    async with asyncio.timeout(10):
        while len(looks) < 3:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    looking.cancel()
