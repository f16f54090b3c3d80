"""Whose job it is: until when a worker may keep silent, and what comes after that."""

import asyncio

import pytest

from schedy_server.model.jobs import Ending, Status
from schedy_server.model.limits import OnLate
from schedy_server.model.transitions import Refused
from schedy_server.service import claims, jobs
from schedy_server.service.claims import Directive
from schedy_server.service.jobs import Handed
from schedy_server.service.reservations import Reservations
from tests.server.desk import NAME, Desk, wish
from tests.server.service.shift import TTL, Shift
from tests.server.service.test_claims import PBT


def test_the_job_of_a_silent_worker_goes_to_the_next(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    assert shift.pass_time(TTL - 10).lost == 0
    assert shift.pass_time(20).lost == 1
    second = shift.claim("ben")
    assert (second.job.id, second.job.attempt, second.job.worker) == (first.job.id, 2, "ben")
    assert [each.state for each in shift.attempts(first)] == [Ending.LOST, "RUNNING"]
    assert second.job.lost == 1


def test_who_gives_signs_of_life_keeps_the_job(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    for _ in range(10):
        assert shift.pass_time(TTL / 2).lost == 0
        assert shift.beat(handed) is Directive.CONTINUE
    assert shift.job(handed).status is Status.RUNNING


def test_who_beats_as_often_as_told_keeps_the_job_when_the_lease_gets_shorter(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.limits(lease_ttl=30)
    every = 60.0  # what was said at the claim
    for _ in range(10):
        assert shift.pass_time(every).lost == 0
        lease = {"lease_id": handed.job.lease_id or ""}
        heard = shift.do(claims.heartbeat, NAME, handed.job.id, **lease)
        assert heard.beat is not None
        shift.beats.note(heard.beat)
        assert heard.every is not None
        every = heard.every
    assert every == pytest.approx(2)
    assert shift.pass_time(30).lost == 0
    assert shift.pass_time(TTL).lost == 1


def test_a_report_is_a_sign_of_life(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    for loss in range(4):
        assert shift.pass_time(TTL / 2).lost == 0
        reported = shift.end(handed, Status.RUNNING, results={"loss": loss})
        assert isinstance(reported, Handed)
        handed = reported
    assert shift.job(handed).status is Status.RUNNING


def test_a_server_that_was_down_takes_nobody_for_dead(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.sleep(10 * TTL)
    shift.start_server()
    assert shift.pass_time(TTL / 2).lost == 0
    assert shift.beat(handed) is Directive.CONTINUE


def test_leases_do_not_get_longer_by_the_time_that_a_server_stood_still(shift: Shift) -> None:
    shift.desk.add()
    shift.desk.add()
    shift.pass_time(5)
    shift.sleep(10 * TTL)
    claimed = shift.claim()  # before the server has looked at its leases again
    beating = shift.claim()
    shift.beat(beating)
    assert shift.pass_time(TTL - 5).lost == 0
    assert shift.pass_time(30).lost == 2
    assert shift.job(claimed).status is Status.QUEUED


def test_a_server_that_stood_still_takes_nobody_for_dead(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.sleep(10 * TTL)  # suspended, and not started anew
    assert shift.pass_time(TTL / 2).lost == 0
    assert shift.job(handed).status is Status.RUNNING


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_jumps_takes_nobody_for_dead(shift: Shift, days: int) -> None:
    shift.desk.add()
    shift.claim()
    shift.desk.advance(days=days)
    assert shift.pass_time(TTL - 10).lost == 0
    assert shift.pass_time(20).lost == 1


def test_a_server_that_cannot_be_reached_takes_nobody_for_dead(shift: Shift) -> None:
    shift.desk.add()
    shift.claim()
    shift.is_heard = False
    assert shift.pass_time(3 * TTL).lost == 0
    shift.is_heard = True
    assert shift.pass_time(TTL + 10).lost == 1


def test_two_servers_let_lease_time_pass_no_faster_than_one(shift: Shift) -> None:
    shift.desk.add()
    shift.claim()
    other = Shift(shift.desk)
    lost = 0
    for _ in range(TTL // 5 - 2):
        lost += shift.pass_time(5).lost
        other._seconds += 5  # the same five seconds
        lost += other.pass_time(0.001).lost
    assert lost == 0


def test_a_superseded_worker_is_told_so(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    assert shift.beat(first) is Directive.SUPERSEDED
    shift.claim("ben")
    assert shift.beat(first) is Directive.SUPERSEDED


def test_a_late_result_counts_if_the_job_has_not_ended(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    second = shift.claim("ben")
    assert isinstance(shift.end(first, results={"loss": 1}), Handed)
    job = shift.job(first)
    assert (job.status, job.results, job.worker) == (Status.DONE, '{"loss": 1}', "ann")
    assert shift.beat(second) is Directive.SUPERSEDED
    assert [(each.state, each.late) for each in shift.attempts(first)] == [
        (Ending.LOST, "adopted"),
        (Ending.TAKEN, None),
    ]


def test_an_adopted_result_stays_adopted_whatever_arrives_later(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    shift.end(first, results={"loss": 1})
    assert isinstance(shift.end(first, Status.RUNNING, results={"loss": 2}), Refused)
    assert shift.attempts(first)[0].late == "adopted"


def test_a_late_result_counts_while_nobody_else_has_the_job(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    assert isinstance(shift.end(first, results={"loss": 1}), Handed)
    assert shift.job(first).status is Status.DONE
    assert shift.try_claim() is None


def test_a_repeated_late_result_counts_once(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    outcomes = [shift.end(first, results={"loss": 1}) for _ in range(3)]
    versions = {each.tag.version for each in outcomes if isinstance(each, Handed)}
    assert len(versions) == 1
    assert shift.desk.counts() == {Status.DONE: 1}


def test_a_late_result_of_a_job_that_ended_is_kept(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    shift.end(shift.claim("ben"), results={"loss": 2})
    assert isinstance(shift.end(first, results={"loss": 1}), Refused)
    assert shift.job(first).results == '{"loss": 2}'
    assert kept(shift, first) == [1]
    assert shift.attempts(first)[0].late == "kept"


def test_a_late_result_is_kept_where_the_user_wants_that(shift: Shift) -> None:
    shift.limits(on_late=OnLate.KEEP)
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    assert isinstance(shift.end(first, results={"loss": 1}), Refused)
    assert shift.job(first).status is Status.QUEUED
    assert kept(shift, first) == [1]


def test_a_late_crash_does_not_end_the_next_attempt(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    second = shift.claim("ben")
    assert isinstance(shift.end(first, Status.CRASHED), Refused)
    assert isinstance(shift.end(second, results={"loss": 2}), Handed)


def test_a_late_report_does_not_touch_the_next_attempt(shift: Shift) -> None:
    shift.desk.add()
    first = shift.claim("ann")
    shift.pass_time(TTL + 10)
    shift.claim("ben")
    assert isinstance(shift.end(first, Status.RUNNING, results={"loss": 9}), Refused)
    assert shift.job(first).results == "{}"


def test_a_lost_job_goes_last(shift: Shift) -> None:
    lost, other = shift.desk.add().job.id, shift.desk.add().job.id
    shift.claim()
    shift.pass_time(TTL + 10)
    assert [shift.claim().job.id for _ in range(2)] == [other, lost]


def test_a_lost_job_goes_first_where_its_scheduler_waits_for_it(desk: Desk) -> None:
    desk.experiment(PBT)
    shift = Shift(desk)
    first = shift.claim()
    queued = desk.add(hyperparameters={"lr": 0.5}).job.id
    shift.pass_time(TTL + 10)
    assert [shift.claim().job.id for _ in range(2)] == [first.job.id, queued]


def test_an_old_client_has_all_the_time_in_the_world(shift: Shift) -> None:
    shift.desk.add()
    started = start_as_old_client(shift)
    assert shift.pass_time(20 * TTL, every=100).lost == 0
    assert shift.job(started).status is Status.RUNNING


def test_an_old_client_that_is_too_silent_for_its_user_loses_the_job(shift: Shift) -> None:
    shift.limits(legacy_requeue_after=3600)
    shift.desk.add()
    start_as_old_client(shift)
    assert shift.pass_time(3500).lost == 0
    assert shift.pass_time(200).lost == 1


def test_a_limit_for_old_clients_counts_from_when_it_is_set(shift: Shift) -> None:
    shift.desk.add()
    start_as_old_client(shift)
    shift.pass_time(10_000, every=100)
    shift.limits(legacy_requeue_after=3600)
    assert shift.pass_time(3500).lost == 0
    shift.limits(legacy_requeue_after=None)
    assert shift.pass_time(3600).lost == 0


def test_the_late_result_of_an_old_client_counts_too(shift: Shift) -> None:
    shift.limits(legacy_requeue_after=3600)
    shift.desk.add()
    started = start_as_old_client(shift)
    shift.pass_time(3700)
    shift.claim("ben")
    outcome = shift.do(
        jobs.put,
        NAME,
        started.job.id,
        wish(Status.DONE, results={"loss": 1}),
        condition=[started.tag],
    )
    assert isinstance(outcome, Handed)
    assert shift.job(started).results == '{"loss": 1}'


def test_whoever_has_not_enough_time_left_gets_no_job(shift: Shift) -> None:
    shift.limits(expected_duration=600)
    shift.desk.add()
    assert shift.try_claim(time_left=599.0) is None
    assert shift.try_claim(time_left=600.0) is not None


def test_how_long_jobs_take_is_learned_from_those_that_are_done(shift: Shift) -> None:
    for _ in range(4):
        shift.desk.add()
    for _ in range(3):
        handed = shift.claim(time_left=1.0)  # nothing is known yet
        shift.sleep(100)
        shift.end(handed)
    assert shift.try_claim(time_left=99.0) is None
    assert shift.try_claim(time_left=101.0) is not None


def test_what_a_worker_could_go_on_from_is_kept_with_its_beats(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.beat(handed, resume='{"epoch": 3}')
    shift.beat(handed)
    shift.pass_time(5)
    assert shift.job(handed).resume == '{"epoch": 3}'


def start_as_old_client(shift: Shift) -> Handed:
    looked = shift.do(claims.look_for_next, NAME, Reservations())
    assert looked is not None
    started = shift.do(jobs.put, NAME, looked.job.id, wish(Status.RUNNING), condition=[looked.tag])
    assert isinstance(started, Handed)
    return started


def kept(shift: Shift, handed: Handed) -> list[int | None]:
    key, job_id = handed.job.experiment_key, handed.job.id
    return [each.attempt for each in shift.desk.look(lambda it: it.jobs.refused(key, job_id))]


def test_a_report_of_a_worker_with_heartbeats_counts_as_one(shift: Shift) -> None:
    shift.limits(legacy_requeue_after=100_000)
    shift.desk.add()
    shift.end(shift.claim(), Status.RUNNING, results={"loss": 1})
    assert shift.pass_time(TTL + 10).lost == 1


def test_a_sign_of_life_that_a_crash_swallowed_costs_no_job(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    shift.pass_time(TTL - 4)
    shift.beat(handed)
    shift.beats.take()  # the server crashes before it has written anything
    shift.start_server()
    asyncio.run(shift.reaper.welcome())
    assert shift.pass_time(60).lost == 0
    assert shift.beat(handed) is Directive.CONTINUE
    assert shift.pass_time(TTL - 10).lost == 0
