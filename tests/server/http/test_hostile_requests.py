"""Requests that no client of ours sends: they are refused in a sentence, and nothing breaks."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy_server.model.accounts import Scope
from tests.server.http.asking import Answer, Server, server

JOBS = "/experiments/x/jobs/"
STRANGERS = "sdy_made_up"
HALF = b"\\ud800"


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


async def ask(schedy: Server, method: str, url: str, body: object = None, **kwargs: str) -> Answer:
    token = schedy.door.new_token(scope=Scope.ADMIN).text
    return await schedy.ask(method, url, body, token=token, headers=kwargs)


async def claimed(schedy: Server) -> Answer:
    scheduler = {"RandomSearch": {"lr": {"uniform": {"low": 0, "high": 1}}}}
    await ask(schedy, "PUT", "/experiments/x/", {"scheduler": scheduler})
    return await ask(schedy, "POST", "/experiments/x/claims/", {"claim_id": "c"})


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70, -1])
@pytest.mark.parametrize("order", ["number", "-number", "created"])
async def test_a_page_token_can_not_be_made_up(schedy: Server, number: int, order: str) -> None:
    await claimed(schedy)
    token = base64.urlsafe_b64encode(json.dumps([0, 1, number]).encode()).decode()
    answer = await ask(schedy, "GET", f"{JOBS}?sort={order}&start={token.rstrip('=')}")
    assert (answer.status, answer.text) == (400, "start: is no page token of this list.")


async def test_a_stranger_gets_no_long_body_read(schedy: Server) -> None:
    body = b"[" * 300_000
    answer = await schedy.ask("POST", JOBS, body, token=STRANGERS)
    assert answer.status == 401
    assert (await ask(schedy, "POST", JOBS, body)).status == 400


@pytest.mark.parametrize("verb", ["finish", "report", "heartbeat"])
async def test_a_lease_of_half_a_character_is_refused(schedy: Server, verb: str) -> None:
    job = (await claimed(schedy)).json
    body = b'{"status": "DONE", "lease_id": "' + HALF + b'"}'
    condition = {"if-match": job["etag"]}
    answer = await ask(schedy, "POST", f"{JOBS}{job['id']}/{verb}/", body, **condition)
    assert answer.status == 400
