"""A request that arrives again, or late, changes nothing that it must not change."""

import pytest

from schedy_server.model.errors import Conflict, KeyReused
from schedy_server.model.experiments import ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.model.transitions import Refused
from schedy_server.service import claims, experiments, jobs
from schedy_server.service.jobs import Handed
from schedy_server.service.repeats import Key
from tests.server.desk import NAME, UNIFORM, Desk, wish

KEY = Key("k", b"digest")


def test_the_end_of_a_job_may_be_repeated_though_the_tag_was_used_before(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    progress(desk, first, Status.RUNNING, {"epoch": 1})  # applied, but the answer got lost
    ends = [progress(desk, first, Status.DONE, {"epoch": 2}) for _ in range(3)]
    assert all(isinstance(end, Handed) for end in ends)
    assert desk.get(first).job.version == 3


def test_a_key_of_another_request_creates_no_job(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY)
    with pytest.raises(KeyReused):
        desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED), key=Key("k", b"other"))


def test_a_created_job_that_was_deleted_does_not_come_back(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED), key=KEY)
    desk.do(jobs.delete, NAME, "mine", must_exist=True)
    with pytest.raises(Conflict):
        desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED), key=KEY)


def test_a_key_of_another_request_creates_no_experiment(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY)
    with pytest.raises(KeyReused):
        put_experiment(desk, Key("k", b"other"))


def test_a_created_experiment_that_was_deleted_does_not_come_back(desk: Desk) -> None:
    put_experiment(desk, KEY)
    desk.do(experiments.delete, "new", must_exist=True)
    with pytest.raises(Conflict):
        put_experiment(desk, KEY)


def test_a_key_may_come_back_when_its_answer_is_forgotten(desk: Desk) -> None:
    desk.experiment()
    first = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id
    desk.storage.write_now(lambda ledger: ledger.notes.forget_answers(desk.now.replace(year=2027)))
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id != first


def test_an_earlier_attempt_cannot_end_a_later_one_even_if_it_has_read_it(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    desk.do(jobs.put, NAME, first.job.id, wish(Status.QUEUED), condition=None)
    claimed(desk)
    read = Handed(first.job, desk.get(first).tag)
    assert isinstance(progress(desk, read, Status.DONE, {"x": 1}), Refused)
    assert desk.get(first).job.status is Status.RUNNING


def test_a_report_does_not_start_a_finished_job_again(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    done = progress(desk, first, Status.DONE, {"x": 1})
    assert isinstance(done, Handed)
    late = progress(desk, Handed(first.job, done.tag), Status.RUNNING, {"x": 2})
    assert isinstance(late, Refused)
    assert desk.get(first).job.status is Status.DONE


def test_who_saw_its_job_end_may_correct_how(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    done = progress(desk, first, Status.DONE, {"x": 1})
    assert isinstance(done, Handed)
    assert isinstance(progress(desk, Handed(first.job, done.tag), Status.PRUNED, None), Handed)


def test_results_of_a_job_that_was_deleted_meanwhile_are_kept(desk: Desk) -> None:
    key = desk.experiment(UNIFORM).key
    first = claimed(desk)
    desk.do(jobs.delete, NAME, first.job.id, must_exist=True)
    assert isinstance(progress(desk, first, Status.DONE, {"loss": 0.25}), Refused)
    kept = desk.look(lambda ledger: ledger.jobs.refused(key, first.job.id))
    assert ["0.25" in body.body for body in kept] == [True]


def claimed(desk: Desk) -> Handed:
    handed = desk.claim()
    assert handed is not None
    return handed


def progress(
    desk: Desk, handed: Handed, status: Status, results: dict[str, object] | None
) -> Handed | Refused:
    return desk.do(
        claims.progress,
        NAME,
        handed.job.id,
        wish(status, results=results),
        lease_id=handed.job.lease_id or "",
        condition=[handed.tag],
    )


def put_experiment(desk: Desk, key: Key) -> None:
    wanted = experiments.Settings(ExperimentStatus.RUNNING, {"Manual": None})
    desk.do(experiments.put, "new", wanted, only_new=True, key=key)
