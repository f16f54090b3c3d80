"""What goes wrong, and what one does about it, as it travels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedy_server.model.accounts import Scope
from tests.server.http.asking import Answer, Server, server

DIGITS = "/experiments/digits/"


class Person:
    """Somebody with a token."""

    def __init__(self, schedy: Server, **token: Any) -> None:
        self._schedy = schedy
        self._token = schedy.door.new_token(**token).text

    async def ask(self, method: str, url: str, body: object = None, **headers: str) -> Answer:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._schedy.ask(method, url, body, token=self._token, headers=lines)


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


@pytest.fixture
async def ana(schedy: Server) -> Person:
    ana = Person(schedy, scope=Scope.ADMIN)
    await ana.ask("PUT", DIGITS, {"scheduler": {"Manual": None}})
    await ana.ask("PUT", f"{DIGITS}jobs/a/", {})
    return ana


async def test_the_version_is_told_to_everybody(schedy: Server) -> None:
    for path in ("/version", "/version/"):
        answer = await schedy.ask("GET", path)
        assert answer.status == 200
        assert {"leases", "release"} <= set(answer.json["capabilities"])


async def test_a_steered_job_comes_back_with_its_new_tag(ana: Person) -> None:
    before = await ana.ask("GET", f"{DIGITS}jobs/a/")
    after = await ana.ask("POST", f"{DIGITS}jobs/a/cancel/", {"reason": "why not"})
    assert (after.status, after.json["reason"]) == (200, "cancelled: why not")
    assert after.headers["etag"] != before.headers["etag"]
    assert (
        await ana.ask("PUT", f"{DIGITS}jobs/a/", {}, If_Match=before.headers["etag"])
    ).status == 412


async def test_to_steer_takes_no_body(ana: Person) -> None:
    assert (await ana.ask("POST", f"{DIGITS}jobs/a/cancel/")).json["reason"] == "cancelled"


async def test_a_repeat_with_the_same_key_does_nothing_more(ana: Person) -> None:
    answers = [
        await ana.ask("POST", f"{DIGITS}jobs/a/cancel/", Idempotency_Key="k") for _ in range(2)
    ]
    assert [each.status for each in answers] == [200, 200]
    reused = await ana.ask("POST", f"{DIGITS}jobs/a/requeue/", Idempotency_Key="k")
    assert reused.status == 422


@pytest.mark.parametrize("deed", ["requeue", "cancel", "void"])
async def test_who_may_only_read_may_not_steer(schedy: Server, ana: Person, deed: str) -> None:
    reader = Person(schedy, scope=Scope.READ)
    assert (await reader.ask("POST", f"{DIGITS}jobs/a/{deed}/")).status == 403
    assert (await reader.ask("GET", f"{DIGITS}log/")).status == 200


async def test_a_reason_has_an_end(ana: Person) -> None:
    refused = await ana.ask("POST", f"{DIGITS}jobs/a/cancel/", {"reason": "x" * 1001})
    assert (refused.status, "reason" in refused.text) == (400, True)


async def test_the_log_goes_on_page_by_page(ana: Person) -> None:
    await ana.ask("POST", f"{DIGITS}jobs/a/cancel/")
    first = (await ana.ask("GET", f"{DIGITS}log/?limit=2")).json
    rest = (await ana.ask("GET", f"{DIGITS}log/?limit=2&start={first['next']}")).json
    told = [line["what"] for line in [*first["items"], *rest["items"]]]
    assert told == ["experiment created", "added", "ended PRUNED"]
    assert rest["next"] is None


@pytest.mark.parametrize("room", ["log", "kept"])
@pytest.mark.parametrize("token", ["x", "WzEsMiwzXQ", "WzEsMiwzLCJhIl0", "bnVsbA", "LTE"])
async def test_a_token_of_another_list_is_refused(ana: Person, room: str, token: str) -> None:
    assert (await ana.ask("GET", f"{DIGITS}{room}/?start={token}")).status == 400


async def test_the_log_of_a_job_is_asked_for_by_its_id(ana: Person) -> None:
    lines = (await ana.ask("GET", f"{DIGITS}log/?job=a")).json["items"]
    assert [line["what"] for line in lines] == ["added"]
    assert (await ana.ask("GET", f"{DIGITS}log/?job=b")).status == 404


async def test_kept_results_come_back_as_they_were_sent(ana: Person) -> None:
    tag = (await ana.ask("GET", f"{DIGITS}jobs/a/")).headers["etag"]
    await ana.ask("PUT", f"{DIGITS}jobs/a/", {"status": "RUNNING"}, If_Match=tag)
    late = b'{"status": "DONE", "results": {"loss": NaN, "n": 1.50}}'
    assert (await ana.ask("PUT", f"{DIGITS}jobs/a/", late, If_Match=tag)).status in {200, 412}
    await ana.ask("POST", f"{DIGITS}jobs/a/void/")
    assert (await ana.ask("PUT", f"{DIGITS}jobs/a/", late, If_Match='"x.1.1.y"')).status == 412
    answer = await ana.ask("GET", f"{DIGITS}kept/?job=a")
    assert '{"loss": NaN, "n": 1.50}' in answer.text
    kept = answer.json["items"][-1]["id"]
    adopted = await ana.ask("POST", f"{DIGITS}kept/{kept}/adopt/")
    assert (adopted.status, '{"loss": NaN, "n": 1.50}' in adopted.text) == (200, True)


@pytest.mark.parametrize("which", ["x", "0", "99", "9" * 19, "-1", "%C2%B2"])
async def test_what_was_not_kept_is_not_found(ana: Person, which: str) -> None:
    assert (await ana.ask("POST", f"{DIGITS}kept/{which}/adopt/")).status == 404


async def test_a_quarantined_worker_is_told_why(ana: Person) -> None:
    assert (await ana.ask("POST", "/workers/node7:1/quarantine/", {"reason": "hot"})).status == 204
    claim = {"claim_id": "c", "worker": "node7:2"}
    refused = await ana.ask("POST", f"{DIGITS}claims/", claim)
    assert (refused.status, "hot" in refused.text) == (403, True)
    [seen] = (await ana.ask("GET", "/workers/")).json["items"]
    assert (seen["worker"], seen["quarantined"], seen["reason"]) == ("node7", True, "hot")
    assert (await ana.ask("POST", "/workers/node7/lift/")).status == 204
    assert (await ana.ask("POST", f"{DIGITS}claims/", claim)).status == 200


async def test_a_worker_is_seen_while_it_works(ana: Person) -> None:
    await ana.ask("POST", f"{DIGITS}claims/", {"claim_id": "c", "worker": "node7:2"})
    [seen] = (await ana.ask("GET", "/workers/")).json["items"]
    assert (seen["worker"], seen["running"], seen["quarantined"]) == ("node7:2", 1, False)
    assert [(each["experiment"], each["job"]) for each in seen["jobs"]] == [("digits", "a")]
    assert (seen["done"], seen["failed"], seen["busy"]) == (0, 0, 1)
    of_digits = await ana.ask("GET", "/workers/?experiment=digits&recent=true")
    assert [each["worker"] for each in of_digits.json["items"]] == ["node7:2"]
    assert (await ana.ask("GET", "/workers/?experiment=none")).status == 404
    assert (await ana.ask("GET", "/workers/?recent=perhaps")).status == 400


async def test_a_name_of_a_worker_has_an_end(ana: Person) -> None:
    assert (await ana.ask("POST", f"/workers/{'x' * 201}/lift/")).status == 400


async def test_attempts_are_listed(ana: Person) -> None:
    await ana.ask("POST", f"{DIGITS}claims/", {"claim_id": "c", "worker": "node7:2"})
    [attempt] = (await ana.ask("GET", f"{DIGITS}jobs/a/attempts/")).json["items"]
    assert (attempt["n"], attempt["state"], attempt["worker"]) == (1, "RUNNING", "node7:2")
    assert 0 < attempt["expires_in"] <= 900


async def test_an_old_client_is_said_to_be_silent(schedy: Server, ana: Person) -> None:
    await ana.ask("PUT", f"{DIGITS}jobs/a/", {"status": "RUNNING"})
    assert "silent_since" not in (await ana.ask("GET", f"{DIGITS}jobs/a/")).json
    schedy.clock.advance(hours=7)
    assert (await ana.ask("GET", f"{DIGITS}jobs/a/")).json["silent_since"]
    [attempt] = (await ana.ask("GET", f"{DIGITS}jobs/a/attempts/")).json["items"]
    assert attempt["silent_since"]
