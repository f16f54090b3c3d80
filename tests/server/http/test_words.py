"""Tags, notes, actions on many jobs and saved views, as they travel."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedy_server.model.accounts import Scope
from tests.server.http.asking import Answer, Server, server

DIGITS = "/experiments/digits/"


class Person:
    """Somebody with a token."""

    def __init__(self, schedy: Server, scope: Scope = Scope.ADMIN) -> None:
        self._schedy = schedy
        self._token = schedy.door.new_token(scope=scope, name=scope.value).text

    async def ask(self, method: str, url: str, body: object = None, **headers: str) -> Answer:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._schedy.ask(method, url, body, token=self._token, headers=lines)

    async def act(self, action: str, key: str | None = None, **more: Any) -> Answer:
        headers = {} if key is None else {"Idempotency_Key": key}
        return await self.ask("POST", f"{DIGITS}actions/", {"action": action, **more}, **headers)

    async def ids(self, wanted: str = "") -> list[str]:
        found = await self.ask("GET", f"{DIGITS}table/?size=500&sort=number&f={wanted}")
        return [job["id"] for job in found.json["items"]]


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


@pytest.fixture
async def ana(schedy: Server) -> Person:
    ana = Person(schedy)
    await ana.ask("PUT", DIGITS, {"scheduler": {"Manual": None}})
    for job in ("a", "b", "c"):
        await ana.ask("PUT", f"{DIGITS}jobs/{job}/", {"status": "DONE"})
    return ana


async def test_everybody_who_looks_at_a_job_sees_its_words(ana: Person) -> None:
    words = {"tags": ["gpu", "slow"], "note": "# Odd"}
    patched = await ana.ask("PATCH", f"{DIGITS}jobs/b/", words)
    assert patched.status == 200
    table = await ana.ask("GET", f"{DIGITS}table/?f=tag:gpu")
    listed = await ana.ask("GET", f"{DIGITS}jobs/?sort=-modified")
    exported = await ana.ask("GET", f"{DIGITS}export/?format=json&f=note~odd")
    job = await ana.ask("GET", f"{DIGITS}jobs/b/")
    found = [patched.json, job.json, table.json["items"][0], exported.json[0]]
    found += [each for each in listed.json["items"] if each["id"] == "b"]
    assert [{name: each[name] for name in words} for each in found] == [words] * 5


async def test_words_leave_the_tag_as_it_was(ana: Person) -> None:
    before = await ana.ask("GET", f"{DIGITS}jobs/a/")
    await ana.ask("PATCH", f"{DIGITS}jobs/a/", {"add_tags": ["gpu"]})
    again = await ana.ask(
        "PUT", f"{DIGITS}jobs/a/", {"status": "PRUNED"}, If_Match=before.headers["etag"]
    )
    assert again.status == 200


async def test_workers_hear_nothing_of_words(ana: Person) -> None:
    await ana.ask("PUT", f"{DIGITS}jobs/d/", {})
    await ana.ask("PATCH", f"{DIGITS}jobs/d/", {"add_tags": ["gpu"]})
    for look in (
        await ana.ask("GET", f"{DIGITS}nextjob/"),
        await ana.ask("POST", f"{DIGITS}claims/", {"claim_id": "c"}),
    ):
        assert look.json["id"] == "d"
        assert not {"tags", "note"} & look.json.keys()


async def test_an_experiment_is_found_with_its_words(ana: Person) -> None:
    patched = await ana.ask("PATCH", DIGITS, {"add_tags": ["vision"], "note": "*why*"})
    assert patched.json["tags"] == ["vision"]
    [listed] = (await ana.ask("GET", "/experiments/")).json["items"]
    assert (listed["tags"], listed["note"]) == (["vision"], "*why*")
    assert (await ana.ask("GET", f"{DIGITS}note/")).json == {
        "note": "*why*",
        "html": "<p><em>why</em></p>\n",
    }


async def test_a_note_that_somebody_else_wrote_meanwhile_is_kept(ana: Person) -> None:
    for path in (DIGITS, f"{DIGITS}jobs/a/"):
        await ana.ask("PATCH", path, {"note": "theirs"})
        refused = await ana.ask("PATCH", path, {"note": "mine", "note_before": ""})
        assert refused.status == 409
        assert (await ana.ask("GET", path)).json["note"] == "theirs"


@pytest.mark.parametrize(
    "body",
    [
        {"tags": "gpu"},
        {"tags": ["a b"]},
        {"add_tags": ["x" * 65]},
        {"tags": [f"t{n}" for n in range(33)]},
        {"note": "x" * 70_000},
        {"note": "nul \0"},
        {"note": 1},
    ],
)
async def test_words_that_can_not_be_kept_are_refused(ana: Person, body: object) -> None:
    for path in (DIGITS, f"{DIGITS}jobs/a/"):
        answer = await ana.ask("PATCH", path, body)
        assert answer.status == 400
        assert len(answer.text) < 200


async def test_a_preview_is_harmless_and_kept_nowhere(ana: Person) -> None:
    answer = await ana.ask("POST", "/notes/preview/", {"note": "<script>x</script>"})
    assert answer.json["html"] == "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"


# Many jobs


async def test_jobs_are_changed_by_ids_and_by_a_filter(ana: Person) -> None:
    by_ids = await ana.act("tag", ids=["a", "b", "a"], tag="odd")
    assert by_ids.json == {"matched": 2, "changed": 2, "refused": [], "more": False}
    by_filter = await ana.act("requeue", filter="tag:odd", reason="once more")
    assert by_filter.json["changed"] == 2
    assert await ana.ids("status:queued") == ["a", "b"]


async def test_a_dry_run_changes_nothing(ana: Person) -> None:
    told = (await ana.act("delete", filter="", dry_run=True)).json
    assert (told["matched"], told["changed"]) == (3, 3)
    assert await ana.ids() == ["a", "b", "c"]


async def test_what_can_not_be_done_is_told(ana: Person) -> None:
    told = (await ana.act("cancel", ids=["a", "none"])).json
    assert told["matched"] == 2
    assert [each["id"] for each in told["refused"]] == ["a", "none"]
    assert told["refused"][1]["reason"] == "There is no job 'none'."


async def test_many_are_done_part_by_part_and_a_repeat_does_nothing_more(ana: Person) -> None:
    jobs = [{"status": "DONE", "results": {"x": n}} for n in range(1_200)]
    await ana.ask("POST", f"{DIGITS}batches/", {"jobs": jobs})
    first = await ana.act("requeue", filter="status:done", key="k")
    assert first.json["changed"] == 1_203
    await ana.ask("POST", f"{DIGITS}claims/", {"claim_id": "c"})
    again = await ana.act("requeue", filter="status:done", key="k")
    assert again.json == first.json
    assert len(await ana.ids("status:running")) == 1
    other = await ana.act("void", filter="status:done", key="k")
    assert other.status == 422


@pytest.mark.parametrize(
    "body",
    [
        {"action": "explode", "ids": []},
        {"action": "cancel"},
        {"action": "cancel", "ids": [], "filter": ""},
        {"action": "tag", "ids": []},
        {"action": "tag", "ids": [], "tag": "a b"},
        {"action": "cancel", "ids": [], "tag": "x"},
        {"action": "cancel", "filter": "lr<abc"},
        {"action": "cancel", "ids": ["x" * 501]},
    ],
)
async def test_what_makes_no_sense_is_refused(ana: Person, body: object) -> None:
    assert (await ana.ask("POST", f"{DIGITS}actions/", body)).status == 400


async def test_an_experiment_that_is_not_there_has_no_jobs(ana: Person) -> None:
    whom: list[dict[str, object]] = [{"ids": []}, {"filter": ""}, {"ids": ["a"], "dry_run": True}]
    for more in whom:
        body = {"action": "delete", **more}
        assert (await ana.ask("POST", "/experiments/none/actions/", body)).status == 404


async def test_who_may_only_read_changes_no_words(schedy: Server, ana: Person) -> None:
    reader = Person(schedy, Scope.READ)
    assert (await reader.act("tag", ids=["a"], tag="x")).status == 403
    assert (await reader.ask("PATCH", f"{DIGITS}jobs/a/", {"add_tags": ["x"]})).status == 403
    assert (await reader.ask("GET", f"{DIGITS}jobs/a/note/")).status == 200


# Exports and tables


async def test_an_export_has_the_columns_asked_for(ana: Person) -> None:
    await ana.ask("PUT", f"{DIGITS}jobs/a/", {"hyperparameters": {"lr": 1e-3}, "results": {"x": 1}})
    await ana.ask("PATCH", f"{DIGITS}jobs/a/", {"tags": ["b", "a"]})
    asked = f"{DIGITS}export/?f=tag:a&fields=id,lr,results.x,tags,none"
    assert (await ana.ask("GET", asked)).text == "id,lr,results.x,tags,none\r\na,0.001,1,b a,\r\n"
    found = json.loads((await ana.ask("GET", f"{asked}&format=jsonl")).text)
    assert found == {"id": "a", "lr": 1e-3, "results.x": 1, "tags": "b a", "none": None}


async def test_an_export_has_columns_of_words_where_there_are_some(ana: Person) -> None:
    assert "tags" not in (await ana.ask("GET", f"{DIGITS}export/")).text
    await ana.ask("PATCH", f"{DIGITS}jobs/a/", {"tags": ["x"], "note": "=1+1"})
    head, first, *_ = (await ana.ask("GET", f"{DIGITS}export/")).text.split("\r\n")
    assert head.endswith(",tags,note")
    assert first.endswith(",x,'=1+1")


async def test_the_schema_knows_the_tags(ana: Person) -> None:
    await ana.ask("PATCH", f"{DIGITS}jobs/a/", {"tags": ["b", "a"]})
    fields = (await ana.ask("GET", f"{DIGITS}schema/")).json["fields"]
    [tags] = [each for each in fields if each["name"] == "tags"]
    assert (tags["categories"], tags["missing"], tags["kind"]) == (["a", "b"], 2, "other")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("tag:gpu", ["a"]),
        ("tag=gpu", ["a"]),
        ("tags:GPU,slow", ["a", "b"]),
        ("tag!=gpu", ["b", "c"]),
        ("tag~lo", ["b"]),
        ("note~odd", ["c"]),
        ("tag:gpu note~odd", []),
        ("tag>1", []),
    ],
)
async def test_filters_look_at_words(ana: Person, wanted: str, found: list[str]) -> None:
    await ana.ask("PATCH", f"{DIGITS}jobs/a/", {"tags": ["gpu", "x"]})
    await ana.ask("PATCH", f"{DIGITS}jobs/b/", {"tags": ["slow"]})
    await ana.ask("PATCH", f"{DIGITS}jobs/c/", {"note": "Odd one"})
    assert await ana.ids(wanted.replace(" ", "%20").replace(">", "%3E")) == found


# Saved views


async def test_views_are_saved_listed_and_deleted(ana: Person) -> None:
    for query in ("", "?experiment=digits"):
        saved = await ana.ask("PUT", f"/views/best%20ones/{query}", {"address": "/e/digits"})
        assert saved.status == 200
    listed = (await ana.ask("GET", "/views/")).json["items"]
    assert [(each["name"], each["experiment"]) for each in listed] == [
        ("best ones", None),
        ("best ones", "digits"),
    ]
    assert (await ana.ask("DELETE", "/views/best%20ones/")).status == 204
    assert (await ana.ask("DELETE", "/views/best%20ones/")).status == 404
    assert len((await ana.ask("GET", "/views/?experiment=digits")).json["items"]) == 1


async def test_a_view_is_of_an_experiment_that_is_there_and_leads_nowhere_else(ana: Person) -> None:
    missing = await ana.ask("PUT", "/views/v/?experiment=none", {"address": "/x"})
    away = await ana.ask("PUT", "/views/v/", {"address": "https://evil.test/"})
    assert (missing.status, away.status) == (404, 400)
