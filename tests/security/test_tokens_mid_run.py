"""A token that is replaced or revoked while its worker computes: nothing computed is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedy_server.model.accounts import Scope
from schedy_server.service.credentials import NewToken
from tests.server.doorkeeping import ANA
from tests.server.http.asking import Answer, Server, server

E = "/experiments/x/"
RESULTS = {"loss": 0.25}


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


async def claimed(schedy: Server, token: str) -> dict[str, Any]:
    admin = schedy.door.new_token("admin", Scope.ADMIN).text
    await schedy.ask("PUT", E, {"scheduler": {"Manual": None}}, token=admin)
    await schedy.ask("POST", f"{E}jobs/", {}, token=admin)
    job = await schedy.ask("POST", f"{E}claims/", {"claim_id": "c"}, token=token)
    assert job.status == 200
    found: dict[str, Any] = job.json
    return found


async def finish(
    schedy: Server, job: dict[str, Any], token: str, *, lease: str | None = None, pad: int = 0
) -> Answer:
    results = {**RESULTS, "pad": "x" * pad}
    body = {"lease_id": lease or job["lease_id"], "status": "DONE", "results": results}
    condition = {"if-match": job["etag"]}
    return await schedy.ask(
        "POST", f"{E}jobs/{job['id']}/finish/", body, token=token, headers=condition
    )


async def kept(schedy: Server) -> list[dict[str, Any]]:
    admin = schedy.door.new_token("reader", Scope.ADMIN).text
    found: list[dict[str, Any]] = (await schedy.ask("GET", f"{E}kept/", token=admin)).json["items"]
    return found


async def revoke(schedy: Server, new: NewToken) -> None:
    admin = schedy.door.new_token("revoker", Scope.ADMIN).text
    answer = await schedy.ask("DELETE", f"/tokens/{new.credential.id}/", token=admin)
    assert answer.status == 204


async def sign_in(schedy: Server, token: str) -> Answer:
    return await schedy.ask("POST", "/token/", {"email": ANA, "token": token})


# Revoked


@pytest.mark.parametrize("pad", [0, 300_000], ids=["short", "long"])
@pytest.mark.parametrize("by_session", [False, True])
async def test_results_that_come_with_a_revoked_token_are_refused_and_kept(
    schedy: Server, pad: int, by_session: bool
) -> None:
    new = schedy.door.new_token()
    token = (await sign_in(schedy, new.text)).json["token"] if by_session else new.text
    job = await claimed(schedy, token)
    await revoke(schedy, new)
    answers = [(await finish(schedy, job, token, pad=pad)).status for _ in range(3)]
    assert answers == [401] * 3
    [found] = await kept(schedy)
    assert (found["job"], found["results"]["loss"], found["status"]) == (job["id"], 0.25, "DONE")


async def test_what_was_kept_can_be_had_count(schedy: Server) -> None:
    new = schedy.door.new_token()
    job = await claimed(schedy, new.text)
    await revoke(schedy, new)
    await finish(schedy, job, new.text)
    [found] = await kept(schedy)
    admin = schedy.door.new_token("adopter", Scope.ADMIN).text
    adopted = await schedy.ask("POST", f"{E}kept/{found['id']}/adopt/", {}, token=admin)
    assert (adopted.status, adopted.json["status"]) == (200, "DONE")


async def test_whoever_was_shut_out_does_not_fill_the_disk(schedy: Server) -> None:
    new = schedy.door.new_token()
    job = await claimed(schedy, new.text)
    await revoke(schedy, new)
    for pad in range(30):
        await finish(schedy, job, new.text, pad=pad)
    assert len(await kept(schedy)) == 20


async def test_a_revoked_token_without_the_lease_gets_nothing_kept(schedy: Server) -> None:
    new = schedy.door.new_token()
    job = await claimed(schedy, new.text)
    await revoke(schedy, new)
    assert (await finish(schedy, job, new.text, lease="another")).status == 401
    assert await kept(schedy) == []


async def test_a_lease_without_a_token_that_ever_was_gets_nothing_kept(schedy: Server) -> None:
    job = await claimed(schedy, schedy.door.new_token().text)
    for token in ("a.b.c", "sdy_w_" + "0" * 38):
        assert (await finish(schedy, job, token)).status == 401
    assert await kept(schedy) == []


async def test_a_revoked_token_of_another_account_gets_nothing_kept(schedy: Server) -> None:
    job = await claimed(schedy, schedy.door.new_token().text)
    schedy.door.ana = schedy.door.add("bea@elsewhere.org")
    other = schedy.door.new_token()
    schedy.door.act(
        schedy.door.new_token("all", Scope.ADMIN).text,
        lambda context: context.ledger.accounts.revoke(other.credential.id, context.now),
    )
    assert (await finish(schedy, job, other.text)).status == 401
    schedy.door.ana = schedy.door.storage.read_now(lambda ledger: ledger.accounts.all()[0])
    assert await kept(schedy) == []


# Replaced


async def default_token(schedy: Server) -> str:
    admin = schedy.door.new_token("resetter", Scope.ADMIN).text
    token: str = (await schedy.ask("POST", "/resettoken/", token=admin)).json["token"]
    return token


async def replaced(schedy: Server) -> tuple[dict[str, Any], str]:
    """Return a job and the token with which it was begun, which then was replaced."""
    old = await default_token(schedy)
    job = await claimed(schedy, old)
    assert (await schedy.ask("POST", "/resettoken/", token=old)).status == 200
    return job, old


async def test_a_worker_ends_its_job_days_after_its_token_was_replaced(schedy: Server) -> None:
    job, old = await replaced(schedy)
    schedy.clock.advance(days=6)
    session = (await sign_in(schedy, old)).json["token"]
    assert (await finish(schedy, job, session)).status == 200


async def test_it_need_not_sign_in_for_that(schedy: Server) -> None:
    job, old = await replaced(schedy)
    beat = {"lease_id": job["lease_id"]}
    path = f"{E}jobs/{job['id']}/"
    assert (await schedy.ask("POST", f"{path}heartbeat/", beat, token=old)).status == 200
    assert (await schedy.ask("GET", path, token=old)).status == 200
    assert (await finish(schedy, job, old)).status == 200


async def test_a_replaced_token_begins_nothing(schedy: Server) -> None:
    _, old = await replaced(schedy)
    schedy.clock.advance(seconds=1)
    for token in (old, (await sign_in(schedy, old)).json["token"]):
        for method, path in (("GET", f"{E}nextjob/"), ("POST", f"{E}jobs/"), ("GET", "/tokens/")):
            assert (await schedy.ask(method, path, token=token)).status == 403


async def test_sessions_from_before_go_on_to_their_end(schedy: Server) -> None:
    old = await default_token(schedy)
    session = (await sign_in(schedy, old)).json["token"]
    await schedy.ask("POST", "/resettoken/", token=old)
    schedy.clock.advance(minutes=59)
    assert (await schedy.ask("GET", "/tokens/", token=session)).status == 200
    schedy.clock.advance(minutes=1)
    assert (await schedy.ask("GET", "/tokens/", token=session)).status == 403


async def test_after_a_week_a_replaced_token_is_nothing(schedy: Server) -> None:
    job, old = await replaced(schedy)
    schedy.clock.advance(days=7)
    assert (await sign_in(schedy, old)).status == 403
    assert (await finish(schedy, job, old)).status == 401
