"""Under pressure, each endpoint waits when it is its turn, and says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedy_server.http.admission import WORK
from schedy_server.http.routes import ENDPOINTS
from schedy_server.model.accounts import Scope
from schedy_server.service.pressure import Strain
from schedy_server.storage.session import DatabaseFull
from tests.databases import fresh_database, shared_server
from tests.server.http.asking import Answer, Server, server

E = "/experiments/e/"
MANUAL = {"name": "e", "status": "RUNNING", "scheduler": {"Manual": None}}


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


class Ana:
    """Asks with a token, of an experiment with a job that runs and one that waits."""

    def __init__(self, schedy: Server) -> None:
        self._schedy = schedy
        self._token = schedy.door.new_token(scope=Scope.ADMIN).text
        self._session = ""
        self.lease = self.job = self.tag = ""

    async def ask(self, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        return await self._schedy.ask(method, url, body, token=self._session, headers=headers)

    async def begin(self) -> None:
        body = {"email": "ana@lab.org", "token": self._token}
        self._session = (await self._schedy.ask("POST", "/token/", body)).json["token"]
        await self.ask("PUT", E, MANUAL)
        for _ in range(2):
            await self.ask("POST", E + "jobs/", {"status": "QUEUED"})
        claimed = await self.ask("POST", E + "claims/", {"claim_id": "c", "worker": "w"})
        self.job, self.lease = claimed.json["id"], claimed.json["lease_id"]
        self.tag = claimed.headers["etag"]

    async def all(self) -> dict[str, int]:
        """Ask for one of each kind of work, and return how each was answered."""
        job, lease = f"{E}jobs/{self.job}/", {"lease_id": self.lease}
        match = {"if-match": self.tag}
        asked = {
            "claim": ("POST", E + "claims/", {"claim_id": "c2", "worker": "w"}, {}),
            "look for a job": ("GET", E + "nextjob/", None, {}),
            "add": ("POST", E + "jobs/", {"status": "QUEUED"}, {}),
            "list": ("GET", E + "jobs/", None, {}),
            "beat": ("POST", job + "heartbeat/", lease, {}),
            "report": ("POST", job + "report/", {**lease, "results": {"a": 1}}, match),
            "put": ("PUT", job, {"status": "RUNNING", "results": {}}, {}),
            "look": ("GET", job, None, {}),
            "end": ("PUT", job, {"status": "DONE", "results": {"b": 2}}, {}),
        }
        return {
            name: (await self.ask(method, url, body, **headers)).status
            for name, (method, url, body, headers) in asked.items()
        }


EXPECTED = {
    Strain.MAINTENANCE: {"claim", "look for a job"},
    Strain.BUSY: {"claim", "look for a job"},
    Strain.DISK_LOW: {"claim", "look for a job", "add"},
    Strain.DISK_FULL: {"claim", "look for a job", "add", "report", "put"},
    Strain.OVERLOADED: {"claim", "look for a job", "add", "list", "beat", "report", "put"},
}


@pytest.mark.parametrize("strain", EXPECTED)
async def test_what_can_wait_waits(schedy: Server, strain: Strain) -> None:
    ana = Ana(schedy)
    await ana.begin()
    schedy.app.state.core.pressure.begin(strain)
    answers = await ana.all()
    assert {name for name, status in answers.items() if status == 503} == EXPECTED[strain]
    assert {status for status in answers.values() if status != 503} <= {200, 201}


async def test_without_pressure_nothing_waits(schedy: Server) -> None:
    ana = Ana(schedy)
    await ana.begin()
    assert set((await ana.all()).values()) <= {200, 201, 204}


async def test_signing_in_never_waits(schedy: Server) -> None:
    for strain in Strain:
        schedy.app.state.core.pressure.begin(strain)
    body = {"email": "ana@lab.org", "token": schedy.door.new_token().text}
    assert (await schedy.ask("POST", "/token/", body)).status == 200


async def test_it_says_for_how_long_to_wait(schedy: Server) -> None:
    ana = Ana(schedy)
    await ana.begin()
    schedy.app.state.core.pressure.begin(Strain.DISK_LOW, "20 MiB are free")
    answer = await ana.ask("POST", E + "jobs/", {"status": "QUEUED"})
    assert 30 <= int(answer.headers["retry-after"]) <= 45
    assert answer.text == "The server's disk is nearly full: 20 MiB are free. Try again later."


async def test_being_ready_comes_with_what_is_wrong(schedy: Server) -> None:
    schedy.app.state.core.pressure.begin(Strain.BUSY)
    schedy.app.state.core.pressure.begin(Strain.DISK_LOW, "20 MiB are free")
    answer = await schedy.ask("GET", "/readyz")
    assert (answer.status, answer.text) == (200, "ready\ndisk_low: 20 MiB are free\nbusy")


async def test_metrics_show_every_strain(schedy: Server) -> None:
    schedy.app.state.core.pressure.begin(Strain.BUSY)
    assert 'schedy_strain{strain="busy"} 1.0' in (await schedy.ask("GET", "/metrics")).text
    schedy.app.state.core.pressure.end(Strain.BUSY)
    assert 'schedy_strain{strain="busy"} 0.0' in (await schedy.ask("GET", "/metrics")).text


@pytest.mark.postgres
async def test_of_postgresql_it_is_told_whether_it_replicates(tmp_path: Path) -> None:
    with fresh_database(shared_server()) as url, server(tmp_path, database=url) as schedy:
        answer = await schedy.ask("GET", "/readyz")
    assert answer.text.startswith("ready\nsynchronous replication: off")


async def test_what_did_not_fit_is_tried_again_once_there_is_room(schedy: Server) -> None:
    ana = Ana(schedy)
    await ana.begin()
    core = schedy.app.state.core
    write, tries = core.storage.write, iter([DatabaseFull("full")])

    async def write_once_in_vain(*args: Any, **kwargs: Any) -> Any:
        for error in tries:
            raise error
        return await write(*args, **kwargs)

    core.storage.write = write_once_in_vain
    core.watch.make_room = lambda: True
    url, body = f"{E}jobs/{ana.job}/", {"status": "DONE", "results": {"b": 2}}
    assert (await ana.ask("PUT", url, body)).status == 200


def test_what_workers_ask_for_has_its_place() -> None:
    known = {endpoint.handler for endpoint in ENDPOINTS}
    assert set(WORK) <= known
