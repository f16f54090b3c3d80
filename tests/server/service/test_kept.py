"""Results that could not be applied are kept, and may be adopted."""

import json
from pathlib import Path
from typing import Any

import pytest

from schedy_server.model.errors import Conflict, NotFound
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.history import Kept
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import Refused
from schedy_server.service import experiments, jobs, kept, steering
from schedy_server.service.claims import Directive
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed, Wish
from schedy_server.service.kept import Adoption
from schedy_server.service.repeats import Key
from schedy_server.service.verify import Audited, verify
from schedy_server.storage.integrity import open_books
from schedy_server.storage.opening import open_storage
from tests.server.desk import NAME, Desk, payload
from tests.server.service.shift import TTL, Shift

RESULTS = {"loss": 0.25}


def late(shift: Shift, results: Any = RESULTS, **members: Any) -> Handed:
    """A worker ends its job after somebody else got it, and is refused."""
    shift.limits(on_late="keep")
    shift.desk.add()
    handed = shift.claim("node7:1")
    shift.pass_time(TTL + 30)
    send(shift, handed, results, **members)
    return handed


def send(shift: Shift, handed: Handed, results: Any, status: str | None = "DONE") -> None:
    said = {} if status is None else {"status": status}
    body = json.dumps({"lease_id": handed.job.lease_id, **said, "results": results})
    wish = Wish(Status(status or "RUNNING"), None, payload(results), body, b"late")
    changed = shift.do(jobs.put, NAME, handed.job.id, wish, condition=[handed.tag])
    assert isinstance(changed, Refused)


def all_kept(shift: Shift, **asked: Any) -> list[Kept]:
    found: list[Kept] = shift.do(kept.page, NAME, limit=100, **asked)[0]
    return found


def adopt(shift: Shift, key: Key | None = None, which: int = 0, **how: Any) -> Job:
    kept_id = all_kept(shift)[which].id
    handed: Handed = shift.do(kept.adopt, NAME, kept_id, Adoption(**how), key=key)
    return handed.job


def test_what_was_kept_can_be_read(shift: Shift) -> None:
    handed = late(shift)
    [found] = all_kept(shift)
    assert (found.job_id, found.attempt, found.adopted) == (handed.job.id, 1, None)
    assert kept.content(found).results.value == RESULTS
    assert kept.content(found).status is Status.DONE


def test_what_comes_again_is_kept_once(shift: Shift) -> None:
    handed = late(shift)
    for _ in range(2):
        send(shift, handed, RESULTS)
    assert len(all_kept(shift)) == 1
    send(shift, handed, {"loss": 0.5})
    assert len(all_kept(shift)) == 2


def test_adopted_results_are_those_of_the_job(shift: Shift) -> None:
    late(shift)
    job = adopt(shift, reason="the network was down")
    assert (job.status, json.loads(job.results)) == (Status.DONE, RESULTS)
    assert (job.worker, job.reason) == (
        "node7:1",
        f"kept result {all_kept(shift)[0].id} adopted: the network was down",
    )
    assert all_kept(shift)[0].adopted == shift.desk.now
    assert shift.desk.counts() == {Status.DONE: 1}


def test_an_adoption_marks_the_attempt_whose_results_they_are(shift: Shift) -> None:
    handed = late(shift)
    assert shift.attempts(handed)[0].late == "kept"
    adopt(shift)
    assert shift.attempts(handed)[0].late == "adopted"


def test_an_adoption_fences_off_whoever_runs_the_job(shift: Shift) -> None:
    late(shift)
    running = shift.claim("node8:1")
    adopt(shift)
    assert shift.beat(running) is Directive.SUPERSEDED
    assert isinstance(shift.end(running, results={"loss": 9}), Refused)


def test_adopted_results_are_judged(shift: Shift) -> None:
    late(shift)
    goal = Alteration(objective=Objective("loss", Direction.MIN))
    shift.do(experiments.patch, NAME, goal)
    assert adopt(shift).quality == RESULTS["loss"]


@pytest.mark.parametrize("status", [Status.CRASHED, Status.PRUNED])
def test_a_job_that_failed_takes_kept_results(shift: Shift, status: Status) -> None:
    late(shift)
    shift.end(shift.claim(), status)
    assert adopt(shift).status is Status.DONE


def test_a_job_that_is_done_takes_them_only_if_told_so(shift: Shift) -> None:
    late(shift)
    shift.end(shift.claim(), results={"loss": 9})
    with pytest.raises(Conflict, match="is DONE with other results"):
        adopt(shift)
    assert json.loads(adopt(shift, replace=True).results) == RESULTS


def test_results_of_the_middle_need_a_word_on_the_end(shift: Shift) -> None:
    late(shift, status=None)
    with pytest.raises(Conflict, match="say how it ended"):
        adopt(shift)
    assert adopt(shift, status=Status.DONE).status is Status.DONE


def test_to_adopt_twice_changes_nothing_more(shift: Shift) -> None:
    late(shift)
    assert adopt(shift) == adopt(shift)


def test_after_a_requeue_they_may_be_adopted_again(shift: Shift) -> None:
    handed = late(shift)
    adopt(shift)
    shift.do(steering.requeue, NAME, handed.job.id, reason=None, key=None)
    assert adopt(shift).status is Status.DONE


def test_a_repeat_is_recognised_by_its_key(shift: Shift) -> None:
    handed, key = late(shift), Key("k", b"d")
    adopt(shift, key)
    shift.do(steering.requeue, NAME, handed.job.id, reason=None, key=None)
    assert adopt(shift, key).status is Status.QUEUED


def test_results_of_a_deleted_job_can_only_be_read(shift: Shift) -> None:
    handed = late(shift)
    shift.do(jobs.delete, NAME, handed.job.id, must_exist=True)
    with pytest.raises(Conflict, match="was deleted: add a job with these results instead"):
        adopt(shift)


def test_nothing_else_is_kept(shift: Shift) -> None:
    with pytest.raises(NotFound, match="Nothing was kept under 99"):
        shift.do(kept.adopt, NAME, 99, Adoption(), key=None)


def test_what_is_kept_is_listed_by_page_and_by_job(shift: Shift) -> None:
    first, second = late(shift), late(shift)
    page, after = shift.do(kept.page, NAME, limit=1)
    assert [each.job_id for each in page] == [first.job.id]
    page, after = shift.do(kept.page, NAME, after=after or 0, limit=1)
    assert ([each.job_id for each in page], after) == ([second.job.id], None)
    assert [each.job_id for each in all_kept(shift, job_id=second.job.id)] == [second.job.id]


def test_the_books_fit_together_after_all_that(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/schedy.db"
    with open_storage(url) as storage:
        shift = Shift(Desk(storage))
        shift.desk.experiment(objective=Objective("loss", Direction.MIN))
        for how in (steering.requeue, steering.void):
            handed = late(shift)
            adopt(shift, which=-1)
            shift.do(how, NAME, handed.job.id, reason=None, key=None)
        shift.do(steering.cancel, NAME, shift.claim().job.id, reason=None, key=None)
    with open_books(url) as books:
        assert not list(verify(books, Audited(), lambda *_: None))
