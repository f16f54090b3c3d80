"""Who may ask what: every row of the URL table, asked by everybody.

What is asked is the example of the API's description, and what is expected follows from the scope
in the URL table: so whoever adds an endpoint has it judged here.
"""

import re
import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from schedy_server.http.endpoint import Endpoint
from schedy_server.http.routes import ENDPOINTS
from tests.security.identities import BEA, SCOPE_OF, Identity, token_of, token_of_account
from tests.server.doorkeeping import ANA
from tests.server.http.asking import Answer, Server, server
from tests.server.http.described import operations
from tests.server.http.examples import prepared, typed

EXAMPLES = {each["operationId"]: each["x-codeSamples"][0]["source"] for *_, each in operations()}
OPEN = [each for each in ENDPOINTS if each.need is None]
GUARDED = [each for each in ENDPOINTS if each.need is not None]
NAMING = [each for each in GUARDED if "{" in each.path]
LISTING = [each for each in GUARDED if "{" not in each.path]
SEED = re.compile(rb'"seed":[0-9]+')  # what is drawn for a new experiment of her own
TIMED = 200
MOST_APART = 0.002  # seconds, on a machine with nothing else to do


def name_of(endpoint: Endpoint) -> str:
    return endpoint.handler.__name__


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "first") as running:
        yield running


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    """A second server, on which Ana has nothing."""
    with server(tmp_path / "second") as running:
        yield running


async def ask(
    schedy: Server, endpoint: Endpoint, values: Mapping[str, str], token: str | None
) -> Answer:
    command = EXAMPLES[name_of(endpoint)]
    if token is None:
        command = command.replace('-H "Authorization: Bearer $SCHEDY_TOKEN"', "")
    return await typed(schedy, command, {**values, "$SCHEDY_TOKEN": token or ""})


def owed(endpoint: Endpoint, identity: Identity) -> int | None:
    """Return the status that a request is refused with; None if it is not."""
    if endpoint.need is None:
        return None
    if identity not in SCOPE_OF:
        return 401
    suffices = SCOPE_OF[identity].includes(endpoint.need)
    return None if suffices and (identity is not Identity.REPLACED or endpoint.reports) else 403


async def everything_of_ana(schedy: Server, token: str) -> list[Any]:
    """Return what she has, without what changes by looking at it."""
    paths = ["/experiments/", "/experiments/mnist/jobs/", "/tokens/"]
    items = [(await schedy.ask("GET", path, token=token)).json["items"] for path in paths]
    return [{**each, "etag": None, "last_used": None} for found in items for each in found]


# Within an account


def test_every_endpoint_can_be_asked() -> None:
    assert {name_of(each) for each in ENDPOINTS} == set(EXAMPLES)


@pytest.mark.parametrize("endpoint", GUARDED, ids=name_of)
async def test_who_may_not_is_refused_and_changes_nothing(
    schedy: Server, endpoint: Endpoint
) -> None:
    values = await prepared(schedy)
    tokens = {each: token_of(each, schedy.door) for each in Identity}
    before = await everything_of_ana(schedy, values["$SCHEDY_TOKEN"])
    refused = [each for each in Identity if owed(endpoint, each) is not None]
    found = {each: (await ask(schedy, endpoint, values, tokens[each])).status for each in refused}
    assert found == {each: owed(endpoint, each) for each in refused}
    assert await everything_of_ana(schedy, values["$SCHEDY_TOKEN"]) == before


@pytest.mark.parametrize("identity", SCOPE_OF)
@pytest.mark.parametrize("endpoint", GUARDED, ids=name_of)
async def test_who_may_is_served(schedy: Server, endpoint: Endpoint, identity: Identity) -> None:
    if owed(endpoint, identity) is None:
        values = await prepared(schedy)
        answer = await ask(schedy, endpoint, values, token_of(identity, schedy.door))
        assert answer.status in {200, 201, 204, 409}  # 409 where a job is in no state for it


@pytest.mark.parametrize("endpoint", OPEN, ids=name_of)
async def test_what_is_open_is_answered_alike_to_everybody(
    schedy: Server, endpoint: Endpoint
) -> None:
    values = await prepared(schedy)
    tokens = [token_of(each, schedy.door) for each in Identity]
    found = [(await ask(schedy, endpoint, values, token)).status for token in tokens]
    assert len(set(found)) == 1
    assert 401 not in found


# Between accounts


async def as_bea(
    schedy: Server, endpoint: Endpoint, values: Mapping[str, str], token: str
) -> tuple[int, Mapping[str, str], bytes]:
    answer = await ask(schedy, endpoint, values, token)
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    body = SEED.sub(b"", answer.body)
    if body != answer.body:  # a seed has more or fewer digits
        headers["content-length"] = str(len(body))
    return answer.status, headers, body


def bea_on(schedy: Server) -> str:
    return token_of_account(schedy.door, schedy.door.add(BEA))


@pytest.mark.parametrize("endpoint", NAMING, ids=name_of)
async def test_what_others_have_is_not_there(
    schedy: Server, empty: Server, endpoint: Endpoint
) -> None:
    values = await prepared(schedy)
    before = await everything_of_ana(schedy, values["$SCHEDY_TOKEN"])
    found = [await as_bea(each, endpoint, values, bea_on(each)) for each in (schedy, empty)]
    assert found[0] == found[1]
    assert found[0][0] != 403
    assert await everything_of_ana(schedy, values["$SCHEDY_TOKEN"]) == before


@pytest.mark.parametrize("endpoint", LISTING, ids=name_of)
async def test_lists_hold_nothing_of_others(schedy: Server, endpoint: Endpoint) -> None:
    values = await prepared(schedy)
    tokens = await schedy.ask("GET", "/tokens/", token=values["$SCHEDY_TOKEN"])
    _, _, body = await as_bea(schedy, endpoint, values, bea_on(schedy))
    secrets = {ANA, "mnist", *(each["id"] for each in tokens.json["items"])}
    assert not [text for text in secrets if text.encode() in body]


async def medians(schedy: Server, endpoint: Endpoint, *worlds: Mapping[str, str]) -> list[float]:
    """Return how long it takes Bea to be told that there is nothing, by turns."""
    token = bea_on(schedy)
    times: list[list[float]] = [[] for _ in worlds]
    for _ in range(TIMED):
        for values, found in zip(worlds, times, strict=True):
            started = time.perf_counter()
            await ask(schedy, endpoint, values, token)
            found.append(time.perf_counter() - started)
    return [statistics.median(each) for each in times]


@pytest.mark.slow
@pytest.mark.parametrize(
    "endpoint", [each for each in NAMING if name_of(each) != "put_experiment"], ids=name_of
)
async def test_what_others_have_takes_no_more_time(schedy: Server, endpoint: Endpoint) -> None:
    values = await prepared(schedy)
    elsewhere = {"mnist": "mnisu", "bqkvw7zt3x": "bqkvw7zt3y", "Zl5tTn8yBH": "Zl5tTn8yBI"}
    elsewhere["Q4m7sVzK2p"] = "Q4m7sVzK2q"
    theirs, nobodys = await medians(schedy, endpoint, values, {**values, **elsewhere})
    assert abs(theirs - nobodys) < max(MOST_APART, nobodys / 2)
