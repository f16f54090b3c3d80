"""A server whose clock stands still, in this process, with some searches in it."""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import uvicorn

from schedy_server.app import create_app
from schedy_server.model.accounts import Caller, Scope
from schedy_server.service import credentials, names
from schedy_server.service.accounts import add_account
from schedy_server.service.passwords import profile
from schedy_server.service.setup import new_setup_code
from schedy_server.settings import Settings
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage

NOW = datetime(2026, 5, 12, 14, 32, tzinfo=UTC)
ADA, BOB = "ada@lab.example", "bob@lab.example"
PASSWORD = "a password for pictures"  # noqa: S105  of accounts that are gone with the pictures
_START = 20.0  # seconds

Filling = Callable[[Ledger, Caller], None]


@dataclass(frozen=True, slots=True)
class House:
    """A server that answers.

    Attributes:
        root: Its URL, ending in a slash.
        token: An API token of Ada's.
        setup: The address where the first account is made; empty if there is one.
    """

    root: str
    token: str
    setup: str


@contextmanager
def house(folder: Path, *fillings: Filling) -> Iterator[House]:
    """Run a server with Ada's searches in it; without any, nobody has an account yet."""
    settings = Settings.load({"data": str(folder), "port": "0"}, {})
    with open_storage(settings.database, serving=True) as storage:
        token = storage.write_now(_furnished(fillings)) if fillings else ""
        code = storage.write_now(lambda ledger: new_setup_code(ledger, NOW))
        with _served(settings, storage) as root:
            yield House(root, token, f"{root}setup/?code={code}" if code else "")


def _furnished(fillings: tuple[Filling, ...]) -> Callable[[Ledger], str]:
    hashed = profile().hash(PASSWORD)

    def work(ledger: Ledger) -> str:
        for email in (ADA, BOB):
            add_account(ledger, email=email, password_hash=hashed, now=NOW, actor="pictures")
        account = ledger.accounts.find(ADA)
        if account is None:
            raise LookupError(ADA)
        caller = Caller(account.key, ADA, Scope.ADMIN, "pictures", ADA, None)
        with patch.object(names, "secrets", _Dice()):  # ids that are the same each time
            for fill in fillings:
                fill(ledger, caller)
        wish = credentials.Wish("cluster-a", Scope.ADMIN)
        return credentials.create_token(ledger, account, wish, now=NOW, actor=ADA).text

    return work


class _Dice:
    """What `names` asks of the standard library's `secrets`, from a seed."""

    def __init__(self) -> None:
        self._dice = random.Random(0)

    def token_bytes(self, count: int) -> bytes:
        return self._dice.randbytes(count)

    def token_urlsafe(self, count: int) -> str:
        return self._dice.randbytes(count).hex()


@contextmanager
def _served(settings: Settings, storage: Storage) -> Iterator[str]:
    app = create_app(settings, storage, clock=lambda: NOW)
    logging.getLogger("schedy").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app, port=0, loop="asyncio", lifespan="on", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    # Pages follow events for as long as they are open: nobody waits for those to end.
    config.timeout_graceful_shutdown = 1
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + _START
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join(_START)
