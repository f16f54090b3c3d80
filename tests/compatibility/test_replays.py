"""Requests that arrive again, late, or from a rival: told apart by the tag of who read what."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient
from tests.compatibility.wire import Answer, Wire

pytestmark = [pytest.mark.compat, on_both_databases]


class Site:
    """One experiment with one job, on the wire."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire = wire
        self.jobs = f"/experiments/{name}/jobs/"
        self._next = f"/experiments/{name}/nextjob/"
        self.added = wire.ask("POST", self.jobs, {"status": "QUEUED", "hyperparameters": {"a": 1}})
        self.job = f"{self.jobs}{self.added.json['id']}/"

    def look(self) -> str:
        """Return the tag that a worker gets who looks for a job."""
        return self.wire.ask("GET", self._next).etag

    def put(self, status: str, tag: str = "", **results: object) -> Answer:
        """Send what a worker sends who holds a tag; without one, unconditionally."""
        body = {"status": status, "hyperparameters": {"a": 1}}
        if results:
            body["results"] = results
        return self.wire.ask("PUT", self.job, body, if_match=tag)

    @property
    def now(self) -> tuple[str, object]:
        """Return status and results."""
        job = self.wire.ask("GET", self.job).json
        return job["status"], job["results"]


@pytest.fixture
def site(wire: Wire, manual: OldClient) -> Site:
    return Site(wire, manual.name)


@pytest.mark.parametrize("source", ["POST", "GET", "nextjob", "PUT", "unsafe PUT"])
def test_a_tag_of_any_answer_is_good_for_a_put(site: Site, source: str) -> None:
    tags = {"POST": site.added.etag, "nextjob": site.look()}
    tags["GET"] = site.wire.ask("GET", site.job).etag
    if "PUT" in source:
        condition = site.added.etag if source == "PUT" else ""
        tags[source] = site.put("QUEUED", condition, epoch=1).etag
    tag = tags[source]
    assert tag.startswith('"')
    assert tag.isascii()
    assert site.put("RUNNING", tag).status == 200


def test_looking_at_a_job_changes_no_tag(site: Site) -> None:
    first = site.look()
    tags = {site.look() for _ in range(3)} | {site.wire.ask("GET", site.job).etag}
    site.wire.ask("GET", site.jobs)
    assert first not in tags
    assert site.put("RUNNING", first).status == 200


def test_of_two_workers_that_saw_the_same_job_one_gets_it(site: Site) -> None:
    mine, theirs = site.look(), site.look()
    assert site.put("RUNNING", mine).status == 200
    assert site.put("RUNNING", theirs).status == 412  # byte for byte the same request, but for tag
    assert site.put("RUNNING", mine).status == 200


def test_a_put_that_arrives_again_succeeds_and_is_done_once(site: Site) -> None:
    claimed = site.put("RUNNING", site.look())
    first = site.put("RUNNING", claimed.etag, epoch=1)
    again = site.put("RUNNING", claimed.etag, epoch=1)
    assert [first.status, again.status] == [200, 200]
    assert site.put("RUNNING", first.etag, epoch=2).status == 200  # there was no second change
    assert site.now == ("RUNNING", {"epoch": 2})


def test_the_tag_of_a_repeats_answer_is_good(site: Site) -> None:
    tag = site.look()
    site.put("RUNNING", tag)
    again = site.put("RUNNING", tag)
    assert site.put("DONE", again.etag, loss=1).status == 200


def test_a_repeat_may_come_over_another_connection(site: Site) -> None:
    tag = site.look()
    site.put("RUNNING", tag)
    site.wire.connect()
    assert site.put("RUNNING", tag).status == 200


def test_a_repeated_end_succeeds_even_after_the_job_went_on(site: Site) -> None:
    tag = site.put("RUNNING", site.look()).etag
    done = site.put("DONE", tag, loss=1)
    site.put("DONE", done.etag, loss=1, note="of somebody else")
    assert site.put("DONE", tag, loss=1).status == 200
    assert site.now == ("DONE", {"loss": 1, "note": "of somebody else"})


def test_a_claim_that_was_taken_away_is_not_confirmed(site: Site) -> None:
    tag = site.look()
    claimed = site.put("RUNNING", tag)
    site.put("QUEUED", claimed.etag)
    assert site.put("RUNNING", tag).status == 412
    assert site.now[0] == "QUEUED"


def test_a_claim_is_not_confirmed_once_the_job_is_anothers(site: Site) -> None:
    tag = site.look()
    claimed = site.put("RUNNING", tag)
    site.put("QUEUED", claimed.etag)
    assert site.put("RUNNING", site.look()).status == 200
    assert site.put("RUNNING", tag).status == 412
    assert site.put("DONE", claimed.etag, loss=1).status == 412
    assert site.now == ("RUNNING", {})


@pytest.mark.parametrize("end", ["DONE", "CRASHED", "PRUNED"])
def test_a_worker_that_never_heard_of_its_last_put_can_end_its_job(site: Site, end: str) -> None:
    tag = site.put("RUNNING", site.look()).etag
    site.put("RUNNING", tag, epoch=1)  # its answer is lost, and all repeats as well
    assert site.put(end, tag, epoch=2).status == 200
    assert site.now == (end, {"epoch": 2})


def test_a_worker_that_never_heard_of_its_claim_can_end_its_job(site: Site) -> None:
    tag = site.look()
    site.put("RUNNING", tag)
    assert site.put("CRASHED", tag).status == 200


def test_only_its_end_may_be_put_onto_an_unheard_put(site: Site) -> None:
    tag = site.put("RUNNING", site.look()).etag
    site.put("RUNNING", tag, epoch=1)
    assert site.put("RUNNING", tag, epoch=2).status == 412
    assert site.now == ("RUNNING", {"epoch": 1})


def test_nobody_else_can_end_a_job_with_an_older_tag(site: Site) -> None:
    mine, theirs = site.look(), site.look()
    site.put("RUNNING", mine)
    assert site.put("CRASHED", theirs).status == 412
    assert site.now[0] == "RUNNING"


def test_what_arrives_late_changes_nothing(site: Site) -> None:
    tags = [site.look()]
    sent = [("RUNNING", {}), ("RUNNING", {"epoch": 1}), ("RUNNING", {"epoch": 2}), ("DONE", {})]
    for status, results in sent:
        tags.append(site.put(status, tags[-1], **results).etag)
    for (status, results), tag in zip(sent, tags, strict=False):
        assert site.put(status, tag, **results).status < 500
    assert site.now == ("DONE", {})


def test_an_unconditional_put_that_arrives_again_is_done_once(site: Site) -> None:
    first = site.put("RUNNING", epoch=1)
    assert site.put("RUNNING", epoch=1).status == 200
    assert site.put("RUNNING", first.etag, epoch=2).status == 200


def test_a_job_that_is_gone_is_a_changed_job(site: Site) -> None:
    site.wire.ask("DELETE", site.job, if_match="*")
    assert site.put("RUNNING", site.added.etag).status == 412
    assert site.wire.ask("PUT", site.job, {"status": "DONE"}, if_match="*").status == 412


def test_any_version_will_do_for_a_star(site: Site) -> None:
    site.put("RUNNING")
    assert site.wire.ask("PUT", site.job, {"status": "DONE"}, if_match="*").status == 200


@pytest.mark.parametrize(
    "changed",
    ["W/{}", '{:.-1}-gzip"', '{:.-1}--gzip"', '{:.-1};gzip"', '"other", {}', "  {}  "],
)
def test_a_tag_survives_what_proxies_do_to_it(site: Site, changed: str) -> None:
    tag = site.look()
    sent = changed.replace("{:.-1}", tag[:-1]).replace("{}", tag)
    assert site.put("RUNNING", sent).status == 200
    assert site.put("RUNNING", tag).status == 200  # it is the same tag to a repeat


@pytest.mark.parametrize(
    "tag",
    ['"unknown"', "unknown", '""', "W/", '"e.1.', '"e.99999999999999999999.n"', "\xff", "*,*"],
)
def test_a_tag_that_is_none_matches_nothing(site: Site, tag: str) -> None:
    assert site.put("RUNNING", tag).status == 412
    assert site.now[0] == "QUEUED"


def test_a_job_is_created_once_under_an_id_of_choice(site: Site) -> None:
    body = {"status": "QUEUED"}
    first = site.wire.ask("PUT", f"{site.jobs}mine/", body, if_none_match="*")
    other = site.wire.ask("PUT", f"{site.jobs}mine/", {"status": "DONE"}, if_none_match="*")
    assert [first.status, other.status] == [201, 412]
    assert site.wire.ask("PUT", f"{site.jobs}mine/", body, if_match=first.etag).status == 200


def test_deleting_again_is_refused_or_not_as_asked(site: Site) -> None:
    conditions = ["*", "*", "", ""]
    answers = [site.wire.ask("DELETE", site.job, if_match=condition) for condition in conditions]
    assert [answer.status for answer in answers] == [204, 412, 204, 204]
