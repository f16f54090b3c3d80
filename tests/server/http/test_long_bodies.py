"""Several megabytes of results are kept as they are, and nobody else waits for them."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy_server.http import wire
from schedy_server.http.calls import understood
from schedy_server.model.accounts import Scope
from tests.server.http.asking import Server, server

CURVE = [number / 7 for number in range(200_000)]


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


async def test_a_long_curve_comes_back_to_the_last_digit(schedy: Server) -> None:
    token = schedy.door.new_token(scope=Scope.ADMIN).text
    await schedy.ask("PUT", "/experiments/x/", {"scheduler": {"Manual": None}}, token=token)
    body = {"status": "DONE", "results": {"curve": CURVE, "loss": float("nan")}}
    added = await schedy.ask("POST", "/experiments/x/jobs/", body, token=token)
    job = await schedy.ask("GET", f"/experiments/x/jobs/{added.json['id']}/", token=token)
    assert json.dumps(job.json["results"]) == json.dumps(body["results"])


async def test_a_long_body_that_is_wrong_is_refused_like_a_short_one(schedy: Server) -> None:
    token = schedy.door.new_token(scope=Scope.ADMIN).text
    body = b'{"scheduler": [' + b"1, " * 200_000
    answer = await schedy.ask("PUT", "/experiments/x/", body, token=token)
    assert answer.status == 400
    assert answer.text.startswith("The body is no JSON")


async def test_the_event_loop_goes_on_while_a_long_body_is_read() -> None:
    body = json.dumps({"results": {"curve": CURVE}}).encode()
    reading = asyncio.create_task(understood(body, lambda it: wire.job_wish(it, "add")))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 5
