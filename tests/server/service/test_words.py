"""What people write on experiments and jobs, and who is not disturbed by it."""

import pytest
from msgspec.structs import replace

from schedy_server.model.errors import Conflict, Invalid, NotFound
from schedy_server.model.experiments import ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.model.transitions import Refused
from schedy_server.model.words import NO_WORDS, Rewording, Words
from schedy_server.service import claims, experiments, history, jobs, listing, views, words
from schedy_server.service.columns import Columns, Lines
from schedy_server.service.context import Context
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from tests.server.desk import NAME, Desk, wish
from tests.server.service.shift import Shift


def tag(desk: Desk, handed: Handed, *tags: str, **more: str) -> Handed:
    return desk.do(words.patch_job, NAME, handed.job.id, Rewording(add=tags, **more))


def lines(desk: Desk, columns: Columns) -> Lines:
    def look(context: Context) -> Lines:
        return columns.lines(context, context.experiment(NAME))

    return desk.do(look)


def log_of(desk: Desk, job_id: str | None = None) -> list[str]:
    return [line.what for line in desk.do(history.log, NAME, job_id=job_id, limit=100)[0]]


@pytest.fixture
def search(desk: Desk) -> Desk:
    desk.experiment()
    return desk


def test_a_job_has_the_words_that_were_put_on_it(search: Desk) -> None:
    handed = search.add()
    assert tag(search, handed, "gpu", note="slow").words == Words(tags=("gpu",), note="slow")
    assert search.do(words.of_job, NAME, handed.job.id).tags == ("gpu",)
    [listed] = search.do(listing.page, NAME, limit=10).jobs
    assert listed.words == Words(tags=("gpu",), note="slow")


def test_an_experiment_has_words_of_its_own(search: Desk) -> None:
    handed = search.add()
    change = Alteration(words=Rewording(tags=["vision"], note="# Why"))
    experiment = search.do(experiments.patch, NAME, change)
    found = search.do(words.describe_all, [experiment])
    assert [each.words for each in found] == [Words(tags=("vision",), note="# Why")]
    assert search.do(words.of_job, NAME, handed.job.id) == NO_WORDS


def test_words_change_nothing_about_how_an_experiment_runs(search: Desk) -> None:
    before = search.do(experiments.get, NAME)
    after = search.do(experiments.patch, NAME, Alteration(words=Rewording(note="x")))
    assert replace(after, revision=before.revision) == before
    assert after.revision == before.revision + 1


def test_settings_and_words_change_together(search: Desk) -> None:
    change = Alteration(status=ExperimentStatus.DONE, words=Rewording(add=["old"]))
    search.do(experiments.patch, NAME, change)
    assert search.do(experiments.get, NAME).status == "DONE"
    assert log_of(search)[1:] == ["experiment changed", "tagged old"]


def test_a_worker_ends_its_job_although_somebody_tagged_it(shift: Shift) -> None:
    shift.desk.add()
    handed = shift.claim()
    tagged = tag(shift.desk, handed, "gpu", note="watch this one")
    assert tagged.job == handed.job
    finished = shift.end(handed, Status.DONE, results={"loss": 1})
    assert not isinstance(finished, Refused)
    assert shift.job(handed).status is Status.DONE
    assert shift.desk.do(words.of_job, NAME, handed.job.id).tags == ("gpu",)


def test_an_old_worker_s_tag_stays_good(search: Desk) -> None:
    handed = search.add()
    tag(search, handed, "gpu")
    outcome = search.do(
        jobs.put, NAME, handed.job.id, wish(Status.DONE, results={"x": 1}), condition=(handed.tag,)
    )
    assert isinstance(outcome, Handed)


def test_tables_learn_of_new_words(search: Desk) -> None:
    columns, handed = Columns(), search.add()
    assert lines(search, columns)[0].words == NO_WORDS
    tag(search, handed, "gpu")
    assert lines(search, columns)[0].value("tag") == ("gpu",)
    search.do(jobs.put, NAME, handed.job.id, wish(Status.DONE), condition=None)
    assert lines(search, columns)[0].value("tags") == ("gpu",)
    search.do(words.patch_job, NAME, handed.job.id, Rewording(tags=[]))
    assert lines(search, columns)[0].words == NO_WORDS
    assert lines(search, Columns()) == lines(search, columns)


def test_what_changes_nothing_is_no_change(search: Desk) -> None:
    handed = search.add()
    tag(search, handed, "gpu")
    revision = search.do(experiments.get, NAME).revision
    tag(search, handed, "gpu")
    assert search.do(experiments.get, NAME).revision == revision
    assert log_of(search, handed.job.id) == ["added", "tagged gpu"]


def test_the_log_says_who_wrote_what_and_why(search: Desk) -> None:
    handed = search.add()
    search.advance(seconds=1)
    tag(search, handed, "gpu", reason="for the paper")
    tag(search, handed, note="good")
    *_, first, second = search.do(history.log, NAME, limit=100)[0]
    assert (first.job, first.what, first.reason) == (handed.job.id, "tagged gpu", "for the paper")
    assert (second.what, second.actor) == ("note written", search.ana.actor)


def test_the_log_is_whole_whatever_its_pages(search: Desk) -> None:
    for _ in range(3):
        tag(search, search.add(), "a")
    search.do(experiments.patch, NAME, Alteration(words=Rewording(note="x")))
    whole, _ = search.do(history.log, NAME, limit=100)
    found, after = [], None
    while True:
        page, after = search.do(history.log, NAME, after=after, limit=1)
        found += page
        if after is None:
            break
    assert [line.what for line in found] == [line.what for line in whole]
    assert len(whole) == 8


def test_words_go_with_their_job(search: Desk) -> None:
    handed = search.add()
    tag(search, handed, "gpu")
    search.do(jobs.delete, NAME, handed.job.id, must_exist=True)
    again = search.do(jobs.put, NAME, handed.job.id, wish(Status.QUEUED), condition=None)
    assert isinstance(again, Handed)
    assert search.do(words.of_job, NAME, handed.job.id) == NO_WORDS


def test_words_go_with_their_experiment(search: Desk) -> None:
    tag(search, search.add(), "gpu")
    search.do(experiments.patch, NAME, Alteration(words=Rewording(note="x")))
    search.do(experiments.delete, NAME, must_exist=True)
    search.advance(seconds=1)
    again = search.experiment()
    assert search.do(words.describe, again).words == NO_WORDS
    assert log_of(search) == ["experiment created"]


def test_words_that_can_not_be_kept_change_nothing(search: Desk) -> None:
    handed = search.add()
    with pytest.raises(Invalid):
        tag(search, handed, "ok", "not ok")
    with pytest.raises(NotFound):
        search.do(words.patch_job, NAME, "none", Rewording(add=["x"]))
    assert search.do(words.of_job, NAME, handed.job.id) == NO_WORDS


def test_two_writers_of_a_note_hear_of_each_other(search: Desk) -> None:
    handed = search.add()
    tag(search, handed, note="first", note_before="")
    with pytest.raises(Conflict):
        tag(search, handed, note="second", note_before="")


def test_a_claim_does_not_read_words(shift: Shift) -> None:
    tag(shift.desk, shift.desk.add(), "gpu")
    claimed = shift.desk.do(claims.claim, NAME, claim_id="c", worker="w").handed
    assert claimed is not None
    assert claimed.words is None


# Saved views


def test_a_view_is_found_again(search: Desk) -> None:
    search.do(views.save, "best", experiment_name=NAME, address="/e/digits/jobs?sort=best")
    search.do(views.save, "mine", experiment_name=None, address="/experiments?tag=mine")
    found = search.do(views.saved)
    assert [(each.name, each.experiment) for each in found] == [("mine", None), ("best", NAME)]
    assert [each.name for each in search.do(views.saved, experiment_name=NAME)] == ["best"]


def test_a_view_is_replaced_and_forgotten(search: Desk) -> None:
    for address in ("/a", "/b"):
        search.do(views.save, "v", experiment_name=None, address=address)
    assert [each.address for each in search.do(views.saved)] == ["/b"]
    search.do(views.forget, "v", experiment_name=None)
    with pytest.raises(NotFound):
        search.do(views.forget, "v", experiment_name=None)


@pytest.mark.parametrize("address", ["", "jobs", "//evil.test/", "/\\evil", "/a\nb", "/" * 9000])
def test_a_view_leads_nowhere_else(search: Desk, address: str) -> None:
    with pytest.raises(Invalid, match=r"^address: "):
        search.do(views.save, "v", experiment_name=None, address=address)


def test_views_are_their_owner_s_and_go_with_their_experiment(search: Desk) -> None:
    search.do(views.save, "v", experiment_name=NAME, address="/e/digits")
    assert search.do_as(search.bob, views.saved) == []
    search.do(experiments.delete, NAME, must_exist=True)
    assert search.do(views.saved) == []
