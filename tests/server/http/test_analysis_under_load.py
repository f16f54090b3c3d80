"""Nobody waits for an analysis but those who asked for it, and none is worked out twice."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedy_server.service.calculator import Calculator
from tests.server.http.asking import Answer, Server, server
from tests.server.http.test_analysis import bowl, random_jobs
from tests.waiting import wait_until

IMPORTANCE = "/experiments/busy/analysis/importance/"


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


@pytest.fixture
def token(schedy: Server) -> str:
    return schedy.door.new_token().text


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which tasks went to the process."""
    seen: list[str] = []
    calculate = Calculator.calculate

    async def counted(self: Calculator, task: Any, kind: type[Any]) -> Any:
        seen.append(type(task).__name__)
        return await calculate(self, task, kind)

    monkeypatch.setattr(Calculator, "calculate", counted)
    return seen


async def fill(schedy: Server, token: str, jobs: int = 400) -> None:
    body = {"scheduler": {"Manual": None}, "objective": {"result": "loss", "direction": "min"}}
    await schedy.ask("PUT", "/experiments/busy/", body, token=token)
    body = {"jobs": [*random_jobs(jobs, bowl), *[{}] * 20]}
    assert (await schedy.ask("POST", "/experiments/busy/batches/", body, token=token)).status == 201


async def test_jobs_are_handed_out_while_a_model_is_fitted(schedy: Server, token: str) -> None:
    await fill(schedy, token, 3000)
    analysis = asyncio.ensure_future(schedy.ask("GET", IMPORTANCE, token=token))
    claimed = 0
    while not analysis.done() and claimed < 20:
        claimed += 1
        body = {"claim_id": f"c{claimed}"}
        answer = await schedy.ask("POST", "/experiments/busy/claims/", body, token=token)
        assert answer.status == 200
    assert claimed == 20
    assert not analysis.done()
    assert (await analysis).status == 200


async def test_what_was_found_is_found_no_second_time(
    schedy: Server, token: str, tasks: list[str]
) -> None:
    await fill(schedy, token, 40)
    first = await schedy.ask("GET", IMPORTANCE, token=token)
    again = await schedy.ask("GET", IMPORTANCE, token=token)
    assert (first.body, tasks) == (again.body, ["Importance"])
    await schedy.ask("GET", f"{IMPORTANCE}?f=layers>1", token=token)
    await schedy.ask("POST", "/experiments/busy/jobs/", {"status": "DONE"}, token=token)
    later = await schedy.ask("GET", IMPORTANCE, token=token)
    assert later.json["revision"] == first.json["revision"] + 1
    assert tasks == ["Importance"] * 3


async def test_a_new_objective_is_a_new_question(
    schedy: Server, token: str, tasks: list[str]
) -> None:
    await fill(schedy, token, 40)
    await schedy.ask("GET", IMPORTANCE, token=token)
    change = {"objective": {"result": "other", "direction": "min"}}
    await schedy.ask("PATCH", "/experiments/busy/", change, token=token)
    assert (await schedy.ask("GET", IMPORTANCE, token=token)).json["used"] == 0


async def test_those_who_ask_the_same_meanwhile_wait_for_one_answer(
    schedy: Server, token: str, tasks: list[str]
) -> None:
    await fill(schedy, token, 40)
    asked = [schedy.ask("GET", IMPORTANCE, token=token) for _ in range(30)]
    answers: list[Answer] = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert tasks == ["Importance"]


async def test_too_many_questions_at_once_are_told_when_to_come_back(
    schedy: Server, token: str
) -> None:
    await fill(schedy, token, 40)
    asked = [schedy.ask("GET", f"{IMPORTANCE}?f=lr<{at}", token=token) for at in range(1, 30)]
    answers = await asyncio.gather(*asked)
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.status for answer in answers} == {200, 503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert (await schedy.ask("GET", f"{IMPORTANCE}?f=lr<29", token=token)).status == 200


async def test_if_the_process_dies_the_next_request_works(schedy: Server, token: str) -> None:
    await fill(schedy, token, 3000)
    calculator = schedy.app.state.core.calculator
    first = asyncio.ensure_future(schedy.ask("GET", IMPORTANCE, token=token))
    await asyncio.to_thread(wait_until, lambda: calculator.pid is not None)
    os.kill(calculator.pid, signal.SIGKILL)
    answer = await first
    assert (answer.status, "try again" in answer.text) == (503, True)
    assert "retry-after" in answer.headers
    assert (await schedy.ask("GET", f"{IMPORTANCE}?f=lr<0.001", token=token)).status == 200
