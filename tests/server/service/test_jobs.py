import math
from dataclasses import replace

import pytest

from schedy_server.model.errors import Conflict, KeyReused, NotFound, PreconditionFailed
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.model.tags import ANY
from schedy_server.model.transitions import Refused
from schedy_server.service import experiments, jobs
from schedy_server.service.jobs import Handed
from schedy_server.service.repeats import Key
from tests.server.desk import NAME, Desk, wish


def test_a_job_comes_back_as_it_was_added(desk: Desk) -> None:
    desk.experiment()
    added = desk.add(hyperparameters={"x": 1}, results={"loss": 0.5})
    job = desk.get(added).job
    assert (job.hyperparameters, job.results) == ('{"x": 1}', '{"loss": 0.5}')
    assert (job.status, job.number, job.attempt) == (Status.QUEUED, 1, 0)


def test_a_job_of_someone_else_does_not_exist(desk: Desk) -> None:
    desk.experiment()
    job = desk.add().job
    with pytest.raises(NotFound):
        desk.do_as(desk.bob, jobs.get, NAME, job.id)


def test_two_accounts_may_use_the_same_name(desk: Desk) -> None:
    desk.experiment()
    desk.add()
    with pytest.raises(NotFound):
        desk.do_as(desk.bob, jobs.add, NAME, wish(Status.QUEUED))


def test_a_change_needs_the_version_that_is_there(desk: Desk) -> None:
    desk.experiment()
    first = desk.add()
    second = put(desk, first, Status.QUEUED, results={"a": 1})
    assert isinstance(put(desk, first, Status.QUEUED, results={"a": 2}), Refused)
    assert isinstance(second, Handed)
    assert desk.get(first).job.results == '{"a": 1}'


def test_a_repeated_change_is_answered_alike_and_applied_once(desk: Desk) -> None:
    desk.experiment()
    first = desk.add()
    done = [put(desk, first, Status.DONE, results={"a": 1}) for _ in range(3)]
    assert all(isinstance(each, Handed) and each.tag.version == 2 for each in done)
    assert desk.get(first).job.version == 2


@pytest.mark.parametrize("again", ["same", "other", "new"])
def test_a_claim_id_starts_one_attempt_at_one_job(desk: Desk, again: str) -> None:
    desk.experiment()
    first, second = desk.add(), desk.add()
    start = replace(wish(Status.RUNNING), claim_id="c")
    assert isinstance(desk.do(jobs.put, NAME, first.job.id, start, condition=[first.tag]), Handed)
    if again == "same":  # one that somebody put back into the queue meanwhile
        desk.do(jobs.put, NAME, first.job.id, wish(Status.QUEUED), condition=None)
    job_id = {"same": first.job.id, "other": second.job.id, "new": "by-hand"}[again]
    with pytest.raises(Conflict, match="claim_id 'c' has started a job"):
        desk.do(jobs.put, NAME, job_id, start, condition=None)


def test_of_two_readers_of_a_version_one_wins_though_they_ask_the_same(desk: Desk) -> None:
    desk.experiment()
    added = desk.add()
    one, other = desk.get(added), desk.get(added)
    assert isinstance(put(desk, one, Status.RUNNING), Handed)
    assert isinstance(put(desk, other, Status.RUNNING), Refused)


def test_an_owner_that_missed_an_answer_can_still_end_its_job(desk: Desk) -> None:
    desk.experiment()
    claimed = put(desk, desk.add(), Status.RUNNING)
    assert isinstance(claimed, Handed)
    put(desk, claimed, Status.RUNNING, results={"epoch": 1})  # applied, but the answer got lost
    ended = put(desk, claimed, Status.CRASHED)
    assert isinstance(ended, Handed)
    assert desk.get(claimed).job.status is Status.CRASHED


def test_who_lost_a_job_is_told_and_its_results_are_kept(desk: Desk) -> None:
    experiment = desk.experiment()
    first = desk.add(Status.RUNNING)
    desk.do(jobs.put, NAME, first.job.id, wish(Status.QUEUED), condition=None)
    desk.claim()
    assert isinstance(put(desk, first, Status.DONE, results={"loss": 0.1}), Refused)
    kept = desk.look(lambda ledger: ledger.jobs.refused(experiment.key, first.job.id))
    assert ["0.1" in body.body for body in kept] == [True]


def test_an_unconditional_change_overwrites(desk: Desk) -> None:
    desk.experiment()
    first = desk.add()
    put(desk, first, Status.QUEUED, results={"a": 1})
    after = desk.do(jobs.put, NAME, first.job.id, wish(Status.DONE), condition=None)
    assert isinstance(after, Handed)
    assert after.job.version == 3


def test_any_version_will_do_as_long_as_there_is_one(desk: Desk) -> None:
    desk.experiment()
    there = desk.add().job.id
    assert isinstance(desk.do(jobs.put, NAME, there, wish(Status.DONE), condition=ANY), Handed)
    assert isinstance(desk.do(jobs.put, NAME, "nix", wish(Status.DONE), condition=ANY), Refused)


def test_a_change_of_a_deleted_job_is_refused_not_lost(desk: Desk) -> None:
    experiment = desk.experiment()
    added = desk.add()
    desk.do(jobs.delete, NAME, added.job.id, must_exist=True)
    assert isinstance(put(desk, added, Status.DONE, results={"loss": 1}), Refused)
    assert desk.look(lambda ledger: ledger.jobs.refused(experiment.key, added.job.id))


def test_deleting_what_is_not_there_fails_only_if_it_has_to_be(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.delete, NAME, "nix", must_exist=False)
    with pytest.raises(PreconditionFailed):
        desk.do(jobs.delete, NAME, "nix", must_exist=True)


def test_a_job_under_a_chosen_id_is_created_once(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED))
    with pytest.raises(PreconditionFailed):
        desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED))


def test_the_same_key_adds_the_same_job_once(desk: Desk) -> None:
    desk.experiment()
    key = Key("k", b"digest")
    ids = {desk.do(jobs.add, NAME, wish(Status.QUEUED), key=key).job.id for _ in range(3)}
    assert len(ids) == 1
    assert desk.counts() == {Status.QUEUED: 1}


def test_a_key_serves_one_request_only(desk: Desk) -> None:
    desk.experiment()
    desk.do(jobs.add, NAME, wish(Status.QUEUED), key=Key("k", b"one"))
    with pytest.raises(KeyReused):
        desk.do(jobs.add, NAME, wish(Status.QUEUED), key=Key("k", b"two"))


def test_a_key_remembers_a_job_that_was_deleted_since(desk: Desk) -> None:
    desk.experiment()
    key = Key("k", b"digest")
    job = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=key).job
    desk.do(jobs.delete, NAME, job.id, must_exist=True)
    with pytest.raises(Conflict):
        desk.do(jobs.add, NAME, wish(Status.QUEUED), key=key)


def test_a_batch_is_added_in_order_and_once(desk: Desk) -> None:
    desk.experiment()
    wishes = [wish(Status.QUEUED, hyperparameters={"i": i}) for i in range(3)]
    key = Key("batch", b"digest")
    ids = desk.do(jobs.add_many, NAME, wishes, key=key)
    assert desk.do(jobs.add_many, NAME, wishes, key=key) == ids
    found = [desk.do(jobs.get, NAME, each).job.hyperparameters for each in ids]
    assert found == ['{"i": 0}', '{"i": 1}', '{"i": 2}']


def test_counters_follow_every_change(desk: Desk) -> None:
    desk.experiment()
    added = [desk.add(), desk.add(Status.DONE), desk.add(Status.RUNNING)]
    put(desk, added[0], Status.CRASHED)
    desk.do(jobs.delete, NAME, added[1].job.id, must_exist=True)
    assert desk.counts() == {Status.CRASHED: 1, Status.RUNNING: 1}


def test_the_quality_is_what_the_objective_makes_of_the_results(desk: Desk) -> None:
    desk.experiment(objective=Objective("loss", Direction.MIN))
    qualities = [
        desk.add(Status.DONE, results=results).job.quality
        for results in ({"loss": 0.5}, {"loss": float("nan")}, {"loss": "low"}, {}, {"loss": True})
    ]
    assert qualities == [0.5, None, None, None, None]


def test_a_negative_zero_is_zero(desk: Desk) -> None:
    desk.experiment(objective=Objective("loss", Direction.MIN))
    quality = desk.add(Status.DONE, results={"loss": -0.0}).job.quality
    assert quality is not None
    assert math.copysign(1.0, quality) == 1.0


def test_running_again_starts_another_attempt(desk: Desk) -> None:
    desk.experiment()
    handed = desk.add()
    for status in (Status.RUNNING, Status.DONE, Status.RUNNING):
        outcome = put(desk, handed, status)
        assert isinstance(outcome, Handed)
        handed = outcome
    assert handed.job.attempt == 2
    assert handed.job.finished is None


def test_times_are_those_of_the_changes(desk: Desk) -> None:
    desk.experiment()
    added = desk.add()
    desk.advance(hours=1)
    running = put(desk, added, Status.RUNNING)
    assert isinstance(running, Handed)
    desk.advance(hours=1)
    put(desk, running, Status.DONE)
    job = desk.get(added).job
    hours = [(moment - job.created).seconds // 3600 for moment in (job.started, job.finished)]  # type: ignore[operator]
    assert hours == [1, 2]


def put(desk: Desk, handed: Handed, status: Status, **content: object) -> Handed | Refused:
    wanted = wish(status, **content)  # type: ignore[arg-type]
    return desk.do(jobs.put, NAME, handed.job.id, wanted, condition=[handed.tag])


def test_a_tag_is_good_for_its_job_only(desk: Desk) -> None:
    desk.experiment()
    one, other = desk.add(), desk.add()
    assert isinstance(put(desk, Handed(other.job, one.tag), Status.DONE), Refused)


def test_a_tag_of_a_deleted_job_is_worth_nothing_for_its_successor(desk: Desk) -> None:
    desk.experiment()
    before = desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED))
    desk.do(experiments.delete, NAME, must_exist=True)
    desk.advance(seconds=1)
    desk.experiment()
    desk.do(jobs.create, NAME, "mine", wish(Status.QUEUED))
    assert isinstance(put(desk, before, Status.DONE), Refused)
