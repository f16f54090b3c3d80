"""What is done to many jobs at once: to each what is right for it, and no more than once."""

from collections.abc import Sequence
from typing import Any

import pytest

from schedy_server.model.errors import Invalid, KeyReused, NotFound
from schedy_server.model.jobs import Status
from schedy_server.service import actions, history, words
from schedy_server.service.actions import MOST_TOLD, Action, Kind, Tally, part_of
from schedy_server.service.columns import Columns
from schedy_server.service.filters import Filter
from schedy_server.service.repeats import Key
from tests.server.desk import NAME, Desk

FAR = "far"


@pytest.fixture
def search(desk: Desk) -> Desk:
    """Return a desk with a job of each status, the one that runs included."""
    desk.experiment()
    desk.add()
    desk.claim()
    for status in (Status.QUEUED, Status.DONE, Status.CRASHED, Status.PRUNED):
        desk.add(status)
    return desk


def ids(desk: Desk, text: str = "") -> list[str]:
    return desk.do(actions.matching, NAME, columns=Columns(), wanted=Filter.parse(text))


def act(desk: Desk, kind: Kind, which: Sequence[str] | str = "", **more: Any) -> Tally:
    chosen = ids(desk, which) if isinstance(which, str) else which
    key = more.pop("key", None)
    return desk.do(actions.act, NAME, chosen, Action(kind, **more), key=key)


def test_each_job_that_can_is_queued_again(search: Desk) -> None:
    tally = act(search, Kind.REQUEUE)
    assert (tally.changed, tally.refused) == (4, [])
    assert search.counts() == {Status.QUEUED: 5}


def test_what_can_not_be_is_told_with_its_reason(search: Desk) -> None:
    tally = act(search, Kind.CANCEL, reason="wrong data")
    assert tally.changed == 2
    assert [each.reason.split(" is ")[1][:4] for each in tally.refused] == ["DONE", "CRAS", "PRUN"]
    assert {job.reason for job in tally.ended} == {"cancelled: wrong data"}


def test_to_void_is_for_what_has_ended(search: Desk) -> None:
    assert act(search, Kind.VOID).changed == 3
    assert search.counts() == {Status.QUEUED: 1, Status.RUNNING: 1, Status.CRASHED: 3}


def test_jobs_are_deleted_and_the_log_says_why(search: Desk) -> None:
    [gone] = ids(search, "status:done")
    assert act(search, Kind.DELETE, "status:done", reason="a test").changed == 1
    [line] = search.do(history.log, NAME, job_id=gone, limit=9)[0]
    assert (line.what, line.job, line.reason) == ("job deleted", gone, "a test")
    assert act(search, Kind.DELETE, [gone]).refused[0].reason == f"There is no job {gone!r}."


def test_jobs_are_tagged_and_untagged(search: Desk) -> None:
    assert act(search, Kind.TAG, "status:crashed,done", tag="look").changed == 2
    assert act(search, Kind.TAG, tag="look").changed == 3
    assert ids(search, "tag:look") == ids(search)
    assert act(search, Kind.UNTAG, "tag:look", tag="look").changed == 5
    assert ids(search, "tag:look") == []


def test_a_tag_too_many_is_a_refusal(search: Desk) -> None:
    [one] = ids(search, "status:done")
    for number in range(32):
        act(search, Kind.TAG, [one], tag=f"t{number}")
    [refusal] = act(search, Kind.TAG, [one], tag="more").refused
    assert refusal.reason == "tags: at most 32, not 33."


@pytest.mark.parametrize("kind", Kind)
def test_a_dry_run_counts_what_would_be_and_does_nothing(search: Desk, kind: Kind) -> None:
    action = Action(kind, "t" if kind in {Kind.TAG, Kind.UNTAG} else None)
    chosen, counts = [*ids(search), "none"], search.counts()
    before = search.do(history.log, NAME, limit=100)
    told = search.do(actions.try_out, NAME, chosen, action)
    assert search.do(history.log, NAME, limit=100) == before
    assert search.counts() == counts
    done = search.do(actions.act, NAME, chosen, action)
    assert (told.changed, told.refused) == (done.changed, done.refused)


def test_a_repeat_with_the_same_key_does_nothing_more(search: Desk) -> None:
    key = Key("k", b"digest")
    chosen = search.do(actions.settle, NAME, ids(search, "status:done"), key=key)
    first = act(search, Kind.REQUEUE, chosen, key=part_of(key, 0))
    search.claim()
    search.claim()  # what was requeued runs by now
    assert search.do(actions.settle, NAME, ids(search, "status:done"), key=key) == chosen
    again = act(search, Kind.REQUEUE, chosen, key=part_of(key, 0))
    assert (again.changed, again.refused) == (first.changed, first.refused)
    assert search.counts()[Status.RUNNING] == 3
    with pytest.raises(KeyReused):
        search.do(actions.settle, NAME, [], key=Key("k", b"another"))


def test_a_job_that_changed_meanwhile_is_left_alone(search: Desk) -> None:
    chosen = ids(search, "status:crashed")
    act(search, Kind.REQUEUE, chosen)
    tally = act(search, Kind.DELETE, chosen, wanted=Filter.parse("status:crashed"))
    assert tally.changed == 0
    assert "changed meanwhile" in tally.refused[0].reason


def test_no_more_refusals_are_listed_than_somebody_reads(search: Desk) -> None:
    missing = [f"{FAR}{number}" for number in range(MOST_TOLD + 5)]
    tally = act(search, Kind.CANCEL, missing)
    assert (len(tally.refused), tally.unlisted) == (MOST_TOLD, 5)
    assert Tally.from_text(tally.to_text()) == tally
    tally.add(act(search, Kind.CANCEL, missing[:7]))
    assert (len(tally.refused), tally.unlisted) == (MOST_TOLD, 12)


@pytest.mark.parametrize(
    ("kind", "tag"), [(Kind.TAG, None), (Kind.CANCEL, "x"), (Kind.UNTAG, "a b")]
)
def test_a_tag_is_for_those_that_take_one(kind: Kind, tag: str | None) -> None:
    with pytest.raises(Invalid, match=r"^tags?: "):
        Action(kind, tag)


def test_others_experiments_are_not_there(search: Desk) -> None:
    for do in (actions.act, actions.try_out):
        with pytest.raises(NotFound):
            search.do_as(search.bob, do, NAME, ids(search), Action(Kind.DELETE))


def test_words_of_actions_stand_in_the_log(search: Desk) -> None:
    act(search, Kind.TAG, "status:done", tag="look", reason="odd")
    [one] = ids(search, "status:done")
    *_, line = search.do(history.log, NAME, job_id=one, limit=9)[0]
    assert (line.what, line.reason) == ("tagged look", "odd")
    assert search.do(words.of_job, NAME, one).tags == ("look",)
