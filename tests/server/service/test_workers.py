"""Machines on which everything fails get no more jobs."""

import pytest

from schedy_server.model.errors import Forbidden, NotFound
from schedy_server.model.jobs import Status
from schedy_server.service import workers
from schedy_server.service.claims import Directive
from tests.server.desk import NAME
from tests.server.service.shift import TTL, Shift


def crash(shift: Shift, worker: str, times: int = 1, seconds: float = 1) -> None:
    for _ in range(times):
        shift.desk.add()
        handed = shift.claim(worker)
        shift.sleep(seconds)
        shift.end(handed, Status.CRASHED)


def is_quarantined(shift: Shift, worker: str) -> bool:
    shift.sleep(2)
    return shift.do(workers.quarantined_because, worker) is not None


def test_a_machine_on_which_all_jobs_crash_at_once_gets_no_more(shift: Shift) -> None:
    crash(shift, "node7:11", times=4)
    assert not is_quarantined(shift, "node7:11")
    crash(shift, "node7:12")
    shift.desk.add()
    with pytest.raises(Forbidden, match=r"5 jobs in a row crashed .* schedy workers lift node7"):
        shift.claim("node7:13")
    assert shift.claim("node8:1").job.status is Status.RUNNING


def test_a_success_in_between_clears_a_machine(shift: Shift) -> None:
    crash(shift, "node7", times=4)
    shift.desk.add()
    shift.end(shift.claim("node7"))
    crash(shift, "node7", times=4)
    assert not is_quarantined(shift, "node7")


def test_crashes_after_a_while_are_the_jobs_fault(shift: Shift) -> None:
    crash(shift, "node7", times=6, seconds=31)
    assert not is_quarantined(shift, "node7")


def test_a_machine_on_which_jobs_take_a_while_to_crash_gets_no_more_either(shift: Shift) -> None:
    crash(shift, "node7", times=5, seconds=29)
    assert is_quarantined(shift, "node7")


def test_somebody_who_mends_a_script_by_and_by_is_left_alone(shift: Shift) -> None:
    for _ in range(8):
        crash(shift, "laptop:1")
        shift.sleep(20)
    assert not is_quarantined(shift, "laptop:1")


def test_a_machine_that_fails_what_others_finish_gets_no_more_jobs(shift: Shift) -> None:
    shift.limits(crash_retries=1)
    for turn in range(3):
        assert not is_quarantined(shift, "node7"), turn
        crash(shift, "node7", seconds=100)
        shift.end(shift.claim("node8"))
    assert is_quarantined(shift, "node7")
    assert not is_quarantined(shift, "node8")


def test_a_worker_that_is_quarantined_may_end_what_it_has(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim("node7")
    shift.do(workers.quarantine, "node7", reason="its disk is full")
    shift.sleep(2)
    assert shift.beat(handed) is Directive.DRAIN
    shift.end(handed)
    assert shift.job(handed).status is Status.DONE


def test_one_command_lifts_a_quarantine(shift: Shift) -> None:
    crash(shift, "node7", times=5)
    assert is_quarantined(shift, "node7")
    shift.do(workers.lift, "node7")
    crash(shift, "node7", times=4)
    assert not is_quarantined(shift, "node7")


def test_the_overview_tells_who_works_and_who_had_trouble(shift: Shift) -> None:
    crash(shift, "node7", times=5)
    shift.desk.add()
    shift.claim("node8:4")
    (working,), (record,) = shift.do(workers.overview)
    assert (working.worker, len(working.running)) == ("node8:4", 1)
    assert (record.machine, record.crashes_in_a_row) == ("node7", 5)
    assert record.quarantined is not None


def test_the_overview_counts_what_became_of_a_workers_jobs(shift: Shift) -> None:
    shift.desk.add()
    shift.sleep(60)
    shift.end(shift.claim("node8"))
    crash(shift, "node8", seconds=30)
    shift.sleep(30)
    assert shift.do(workers.overview)[0] == []
    (idle,), _ = shift.do(workers.overview, recent=True)
    assert (idle.worker, idle.running, idle.done, idle.failed) == ("node8", [], 1, 1)
    assert idle.busy == pytest.approx(0.5, abs=0.05)
    shift.sleep(24 * 3600)
    assert shift.do(workers.overview, recent=True)[0] == []


def test_the_overview_may_be_of_one_experiment(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim("node8")
    (working,), _ = shift.do(workers.overview, experiment=NAME)
    assert [(each.job, each.worker) for each in working.running] == [(handed.job.id, "node8")]
    assert working.busy == 1
    with pytest.raises(NotFound):
        shift.do(workers.overview, experiment="another")


def test_workers_of_other_accounts_have_records_of_their_own(shift: Shift) -> None:
    crash(shift, "node7", times=5)
    bob = shift.desk.bob
    assert shift.desk.do_as(bob, workers.quarantined_because, "node7") is None
    assert shift.desk.do_as(bob, workers.overview) == ([], [])


def test_a_lost_job_is_held_against_a_machine_only_if_others_finish_it(shift: Shift) -> None:
    for _ in range(3):
        shift.desk.add()
        shift.claim("node7")
        shift.pass_time(TTL + 10)
        shift.end(shift.claim("node8"))
    assert is_quarantined(shift, "node7")
