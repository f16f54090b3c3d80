"""What is checked of a server besides the runs; each returns what is wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw

from schedy_server.storage import opening
from tests.server.doorkeeping import ANA
from tests.server.http.asking import Answer, server
from tests.simulation.run import simulate

Check = Callable[[Path], list[str]]
_FULL = 2
_EXPERIMENT = {"status": "RUNNING", "scheduler": {"Manual": None}}


def simulated(*seeds: int) -> Check:
    """Return the check that runs of these seeds keep all promises."""

    def check(_: Path) -> list[str]:
        for seed in seeds:
            if found := simulate(seed).violations:
                return [str(each) for each in found]
        return []

    return check


def commits_are_synced(folder: Path) -> list[str]:
    """See whether the writing connection has SQLite sync each commit."""
    storage = opening.open_storage(f"sqlite:///{folder}/schedy.db")
    with storage:
        return storage.write_now(lambda ledger: _careless(ledger.session))


def _careless(session: object) -> list[str]:
    connection = getattr(session, "_connection", None)
    assert isinstance(connection, apsw.Connection)
    found = connection.pragma("synchronous")
    return [] if found == _FULL else [f"synchronous is {found}"]


def nothing_is_redirected(folder: Path) -> list[str]:
    """See whether a PUT without the last slash is taken elsewhere."""
    with server(folder) as asked:
        token = asked.door.new_token().text
        answer = asyncio.run(asked.ask("PUT", "/experiments/x", _EXPERIMENT, token=token))
    return [] if answer.status == 404 else [f"{answer.status} {answer.headers}"]


def strangers_learn_nothing(folder: Path) -> list[str]:
    """See whether somebody else's experiment looks different from one that is not there."""

    async def ask(name: str) -> Answer:
        return await asked.ask("GET", f"/experiments/{name}/", token=bobs)

    with server(folder) as asked:
        anas = asked.door.new_token().text
        asyncio.run(asked.ask("PUT", "/experiments/theirs/", _EXPERIMENT, token=anas))
        asked.door.ana = asked.door.add("bob@lab.org")
        bobs = asked.door.new_token().text
        there, absent = asyncio.run(ask("theirs")), asyncio.run(ask("absent"))
    same = (there.status, there.text) == (absent.status, absent.text.replace("absent", "theirs"))
    return [] if same else [f"{ANA}'s: {there.status} {there.text}, none: {absent.status}"]
