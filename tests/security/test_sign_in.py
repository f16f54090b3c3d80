"""Guessing a password is slow, and tells nothing: neither who has an account, nor by the time."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.server.doorkeeping import ANA, PHRASE
from tests.server.http.asking import Answer, Server, server

UNKNOWN = "noa@lab.org"
SAMPLES = 200
ALIKE = 0.05  # the least p of Kolmogorov and Smirnov
ROUNDS = 4  # of which one has to look alike: even equals look different once in 20 times


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


async def sign_in(schedy: Server, email: str, password: str, address: str = "192.0.2.1") -> Answer:
    body = {"email": email, "token": password}
    return await schedy.ask("POST", "/passauth/", body, address=address)


def without_id(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status, headers, answer.body


async def test_ten_wrong_passwords_make_everybody_wait_and_the_right_one_works_then(
    schedy: Server,
) -> None:
    tried = [(await sign_in(schedy, ANA, "wrong")).status for _ in range(10)]
    assert tried == [403] * 5 + [429] * 5
    answer = await sign_in(schedy, ANA, PHRASE)
    assert answer.status == 429
    schedy.clock.advance(seconds=float(answer.headers["retry-after"]))
    assert (await sign_in(schedy, ANA, PHRASE)).status == 200


async def test_nobody_is_locked_out_for_longer_than_a_minute(schedy: Server) -> None:
    for _ in range(100):
        answer = await sign_in(schedy, ANA, "wrong")
        schedy.clock.advance(seconds=float(answer.headers.get("retry-after", 0)))
    schedy.clock.advance(minutes=1)
    assert (await sign_in(schedy, ANA, PHRASE, "192.0.2.2")).status == 200


async def test_an_account_answers_as_if_it_were_none(schedy: Server) -> None:
    for number in range(12):
        address = f"2001:db8:{number}::1"
        answers = [await sign_in(schedy, each, "wrong", address) for each in (ANA, UNKNOWN)]
        assert without_id(answers[0]) == without_id(answers[1])


def alike(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the chance that samples of one kind differ as much (two-sided, asymptotically)."""
    both = np.sort(np.concatenate([one, other]))
    parts = [
        np.searchsorted(np.sort(each), both, side="right") / len(each) for each in (one, other)
    ]
    scaled = np.max(np.abs(parts[0] - parts[1])) * np.sqrt(len(one) * len(other) / len(both))
    terms = [2 * (-1) ** (k - 1) * np.exp(-2 * (k * scaled) ** 2) for k in range(1, 101)]
    return float(min(1.0, sum(terms))) if scaled > 0 else 1.0


def test_times_are_told_apart_where_they_differ() -> None:
    random = Random(1)
    noise = [[random.gauss(1, 0.1) for _ in range(SAMPLES)] for _ in range(2)]
    assert alike(*noise) > ALIKE
    assert alike(noise[0], [each + 0.05 for each in noise[1]]) < ALIKE


async def times(schedy: Server, random: Random) -> tuple[list[float], list[float]]:
    """Return how long it takes to be refused, with an account and without one."""
    taken: dict[str, list[float]] = {ANA: [], UNKNOWN: []}
    for _ in range(SAMPLES):
        for email in random.sample([ANA, UNKNOWN], 2):
            schedy.clock.advance(hours=2)  # what was counted is forgotten
            await asyncio.sleep(0)
            started = time.perf_counter()
            assert (await sign_in(schedy, email, "wrong")).status == 403
            taken[email].append(time.perf_counter() - started)
    return taken[ANA], taken[UNKNOWN]


@pytest.mark.long
async def test_an_account_takes_no_more_time_than_none(schedy: Server) -> None:
    random = Random(2)
    assert max([alike(*await times(schedy, random)) for _ in range(ROUNDS)]) > ALIKE
