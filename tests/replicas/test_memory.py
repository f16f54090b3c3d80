"""What one server knows, the others know: nothing that matters is in the memory of one process."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import psycopg
import pytest

from schedy_server.storage.migrate import migrations
from tests.databases import fresh_database, shared_server
from tests.replicas.asking import Answer, Asked, bare_servers
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.postgres

SERVERS = 3
MANUAL = {"status": "RUNNING", "scheduler": {"Manual": None}}
ADA = {"email": EMAIL, "token": PASSWORD}


@pytest.fixture(scope="module")
def shared_database() -> Iterator[str]:
    with fresh_database(shared_server()) as url:
        yield url


@pytest.fixture(scope="module")
def servers(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Asked]]:
    """Yield servers that started at the same moment, on a database that was empty."""
    folder = tmp_path_factory.mktemp("servers")
    with bare_servers(shared_database, folder, SERVERS) as servers:
        # The link that one of them printed is good at any other.
        account = {"code": servers[0].setup_code, "email": EMAIL, "password": PASSWORD}
        assert servers[1].ask("POST", "setup/", account).status == 201
        yield servers


@pytest.fixture(scope="module")
def sessions(servers: list[Asked]) -> list[str]:
    """Return a session token from each server."""
    return [server.ask("POST", "passauth/", ADA).json["token"] for server in servers]


@pytest.fixture
def experiment(servers: list[Asked], sessions: list[str], request: pytest.FixtureRequest) -> str:
    """Return the path of an experiment of its own."""
    path = f"experiments/{request.node.name}/"
    assert servers[0].ask("PUT", path, MANUAL, sessions[0]).status in {200, 201}
    return path


def at_once(servers: list[Asked], *request: Any, **headers: str) -> list[Answer]:
    """Send the same request to every server at the same moment."""
    with ThreadPoolExecutor(len(servers)) as pool:
        asked = [pool.submit(server.ask, *request, **headers) for server in servers]
        return [each.result() for each in asked]


def test_they_have_migrated_once(servers: list[Asked], shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        done = connection.execute("SELECT number FROM migration ORDER BY number").fetchall()
    assert done == [(step.number,) for step in migrations("postgres")]


def test_a_session_is_good_at_all_of_them(servers: list[Asked], sessions: list[str]) -> None:
    answers = [
        it.ask("GET", "experiments/", None, token) for it, token in product(servers, sessions)
    ]
    assert [answer.status for answer in answers] == [200] * SERVERS**2


def test_the_link_of_every_server_is_used_up(servers: list[Asked]) -> None:
    for server, other in product(servers, servers):
        account = {"code": other.setup_code, "email": "eve@lab.org", "password": PASSWORD}
        assert server.ask("POST", "setup/", account).status == 403


def test_a_revoked_token_is_refused_everywhere_at_once(
    servers: list[Asked], sessions: list[str]
) -> None:
    made = servers[0].ask("POST", "tokens/", {"name": "t"}, sessions[0]).json
    assert {it.ask("GET", "experiments/", None, made["token"]).status for it in servers} == {200}
    assert servers[1].ask("DELETE", f"tokens/{made['id']}/", None, sessions[1]).status == 204
    assert {it.ask("GET", "experiments/", None, made["token"]).status for it in servers} == {401}


def test_who_guesses_at_one_is_slowed_down_at_all(servers: list[Asked]) -> None:
    guess = {"email": "nobody@lab.org", "token": "wrong, wrong, wrong"}
    # Four guesses are free at one server.
    answers = [server.ask("POST", "passauth/", guess) for _ in range(4) for server in servers]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert "Retry-After" in refused[0].headers


def test_a_key_makes_one_job_wherever_it_arrives(
    servers: list[Asked], sessions: list[str], experiment: str
) -> None:
    body = {"status": "QUEUED", "hyperparameters": {"x": 1}}
    request = ("POST", f"{experiment}jobs/", body, sessions[0])
    answers = [it for _ in range(3) for it in at_once(servers, *request, Idempotency_Key="k")]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert {answer.status for answer in answers} <= {200, 201}


def test_a_claim_gets_one_job_wherever_it_arrives(
    servers: list[Asked], sessions: list[str], experiment: str
) -> None:
    for x in range(3):
        job = {"status": "QUEUED", "hyperparameters": {"x": x}}
        servers[x].ask("POST", f"{experiment}jobs/", job, sessions[x])
    claim = ("POST", f"{experiment}claims/", {"claim_id": "c"}, sessions[0])
    answers = [it for _ in range(2) for it in at_once(servers, *claim)]
    assert len({answer.json["id"] for answer in answers}) == 1


def test_of_two_old_workers_that_saw_the_same_job_one_gets_it(
    servers: list[Asked], sessions: list[str], experiment: str
) -> None:
    job = {"status": "QUEUED", "hyperparameters": {"x": 1}}
    servers[0].ask("POST", f"{experiment}jobs/", job, sessions[0])
    seen = at_once(servers, "GET", f"{experiment}nextjob/", None, sessions[0])
    path = f"{experiment}jobs/{seen[0].json['id']}/"
    start = {"status": "RUNNING", "hyperparameters": {"x": 1}}
    answers = [
        server.ask("PUT", path, start, sessions[0], If_Match=answer.headers["ETag"])
        for server, answer in zip(servers, seen, strict=True)
    ]
    assert Counter(answer.status for answer in answers) == {200: 1, 412: SERVERS - 1}


def test_the_same_job_added_twice_is_two_jobs_wherever_it_arrives(
    servers: list[Asked], sessions: list[str], experiment: str
) -> None:
    job = {"status": "QUEUED", "hyperparameters": {"x": 1}}
    added = [
        server.ask("POST", f"{experiment}jobs/", job, sessions[0])
        for _ in range(3)
        for server in servers
    ]
    assert len({answer.json["id"] for answer in added}) == 3 * SERVERS
