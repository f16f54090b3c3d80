"""Workers that are alive and report nothing: what becomes of the jobs of those that hang."""

import asyncio

from schedy_server.model.jobs import Status
from schedy_server.service.claims import Directive
from schedy_server.service.jobs import Handed
from tests.server.service.shift import TTL, Shift


def beating(shift: Shift, handed: Handed, seconds: float) -> int:
    """Let time pass in which a worker gives signs of life, and nothing else; say what it lost."""
    lost = 0
    for _ in range(round(seconds / 60)):
        lost += shift.pass_time(60, every=10).lost
        shift.beat(handed)
    return lost


def test_a_worker_that_hangs_loses_its_job_if_the_limits_say_so(shift: Shift) -> None:
    shift.limits(progress_timeout=3600)
    shift.desk.add()
    first = shift.claim("ann")
    assert beating(shift, first, 3540) == 0
    assert beating(shift, first, 120) == 1
    assert shift.beat(first) is Directive.SUPERSEDED
    job = shift.job(first)
    assert (job.status, job.lost) == (Status.QUEUED, 1)
    assert job.reason == "ann was alive, but reported nothing for 3600 seconds"
    assert shift.claim("ben").job.id == first.job.id


def test_by_default_a_worker_may_report_nothing_for_ever(shift: Shift) -> None:
    shift.desk.add()
    assert beating(shift, shift.claim(), 4 * TTL) == 0


def test_a_report_is_progress(shift: Shift) -> None:
    shift.limits(progress_timeout=600)
    shift.desk.add()
    handed = shift.claim()
    for loss in range(4):
        assert beating(shift, handed, 540) == 0
        reported = shift.end(handed, Status.RUNNING, results={"loss": loss})
        assert isinstance(reported, Handed)
        handed = reported
    assert beating(shift, handed, 660) == 1


def test_new_resume_data_is_progress(shift: Shift) -> None:
    shift.limits(progress_timeout=600)
    shift.desk.add()
    handed = shift.claim()
    for epoch in range(4):
        assert beating(shift, handed, 540) == 0
        shift.beat(handed, resume=str(epoch))
        shift.beat(handed)
    assert beating(shift, handed, 660) == 1


def test_running_jobs_follow_the_limit_from_when_it_is_set(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    assert beating(shift, handed, 7200) == 0
    shift.limits(progress_timeout=600)
    assert beating(shift, handed, 540) == 0
    shift.limits(progress_timeout=None)
    assert beating(shift, handed, 7200) == 0
    shift.limits(progress_timeout=60)
    assert beating(shift, handed, 180) == 1


def test_a_dead_worker_is_called_silent_though_it_reports_nothing_either(shift: Shift) -> None:
    shift.limits(progress_timeout=TTL)
    shift.desk.add()
    handed = shift.claim("ann")
    assert shift.pass_time(TTL + 10).lost == 1
    assert shift.job(handed).reason == "ann fell silent"


def test_a_worker_that_hangs_three_times_in_one_job_ends_it(shift: Shift) -> None:
    shift.limits(progress_timeout=600)
    shift.desk.add()
    for worker in ("ann", "ben", "cleo"):
        handed = shift.claim(worker)
        assert beating(shift, handed, 660) == 1
    job = shift.job(handed)
    assert job.status is Status.CRASHED
    assert job.reason == (
        "lost 3 times; the last time, cleo was alive, but reported nothing for 600 seconds"
    )


def test_after_a_start_of_the_server_reports_have_time_to_arrive(shift: Shift) -> None:
    shift.limits(progress_timeout=600)
    shift.desk.add()
    handed = shift.claim()
    assert beating(shift, handed, 540) == 0
    shift.sleep(10 * TTL)
    shift.start_server()
    asyncio.run(shift.reaper.welcome())
    assert beating(shift, handed, 60) == 0
    assert beating(shift, handed, 180) == 1


def test_a_report_takes_no_time_away(shift: Shift) -> None:
    shift.limits(progress_timeout=60)
    shift.desk.add()
    handed = shift.claim()
    shift.start_server()
    asyncio.run(shift.reaper.welcome())
    shift.beat(handed, '{"epoch": 1}')
    assert shift.pass_time(110, every=10).lost == 0
    assert shift.pass_time(30, every=10).lost == 1


def test_nobody_hangs_while_nobody_can_be_heard(shift: Shift) -> None:
    shift.limits(progress_timeout=TTL + 60)
    handed = []
    for number in range(10):
        shift.desk.add()
        handed.append(shift.claim(f"w{number}"))
    assert shift.pass_time(TTL - 60).lost == 0
    shift.beat(handed[0])  # the last one that is heard before the network breaks
    tick = shift.pass_time(240)
    assert (tick.lost, tick.held) == (0, 9)
    for each in handed:
        shift.beat(each)
    assert shift.pass_time(60).lost == 0
