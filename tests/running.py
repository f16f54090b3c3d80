"""A real server in a process of its own, with an account to use it, for as long as a test needs it.

    with running_server() as server:                        # SQLite in a folder of its own
        db = schedy.SchedyDB(config_override=server.client)

    with running_server(url, token_lifetime="1m") as server:    # PostgreSQL, and another setting
        ...

Given the same database again, it is the same account: so a test can restart a server. The log is
printed at the end, which pytest shows if the test failed. Whatever happens, the process does not
outlive the tests.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schedy_server.model.accounts import Scope
from schedy_server.service import accounts, credentials
from schedy_server.service.passwords import profile
from schedy_server.settings import Settings
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from tests.waiting import wait_until

EMAIL = "ada@example.org"
PASSWORD = "tea for two, at eight"  # noqa: S105  of an account that nobody else can reach

_START = 20.0  # seconds
_STOP = 40.0  # a little more than the server gives to requests under way
_COMMAND = (
    sys.executable,
    "-c",
    "import sys; from schedy_server.cli import main; sys.exit(main())",
)
_LISTENS = re.compile(r"^Schedy listens on (http\S+)$", re.MULTILINE)

# Kills a process ($1) and removes a folder ($2) if the guard's input ends before a line came.
_GUARD = 'read -r _ || { kill -KILL "$1"; rm -rf "$2"; }'


class ServerFailed(Exception):
    """The server did not start, or not stop; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers.

    Attributes:
        root: Its URL, ending in a slash.
        token: An API token of the account with scope admin.
        config: A configuration file for the client.
        data: The folder of its database, if that is SQLite.
    """

    root: str
    email: str
    password: str
    token: str
    config: Path
    data: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def client(self) -> dict[str, str]:
        """The configuration of the client, for `SchedyDB(config_override=...)`."""
        configuration: dict[str, str] = json.loads(self.config.read_text())
        return configuration

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which the client finds the server and its account."""
        return {"SCHEDY_ROOT": self.root, "SCHEDY_EMAIL": self.email, "SCHEDY_TOKEN": self.token}

    def stop(self) -> int:
        """Ask the server to stop, as an operator does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"it did not stop:\n{self.log.read_text()}") from None

    def kill(self) -> None:
        """End the server without a chance to tidy up, as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_server(
    database_url: str | None = None, data: Path | None = None, **settings: object
) -> Iterator[RunningServer]:
    """Run a server with an account, on an SQLite file unless a PostgreSQL database is named.

    Args:
        database_url: The PostgreSQL database to use.
        data: The server's folder; by default one that is gone afterwards.
        settings: Options of `schedy-server serve`, e.g. `token_lifetime="1m"`.

    Raises:
        ServerFailed: It does not start; the message has its log.
    """
    with tempfile.TemporaryDirectory(prefix="schedy-server-") as folder:
        options = {
            "port": 0,
            "data": data or Path(folder, "data"),
            **({} if database_url is None else {"database": database_url}),
            **settings,
        }
        token = api_token(Settings.load({name: str(it) for name, it in options.items()}, {}))
        log = Path(folder, "log")
        with _process(options, log) as process:
            root = _root(process, log)
            config = Path(folder, "client.json")
            configuration = {"root": root, "email": EMAIL, "token": token}
            config.write_text(json.dumps({**configuration, "token_type": "api_token"}))
            yield RunningServer(
                root, EMAIL, PASSWORD, token, config, Path(str(options["data"])), log, process
            )


def api_token(settings: Settings) -> str:
    """Return a new API token of the account, which is made if it is not there yet."""

    def make(ledger: Ledger) -> str:
        now = datetime.now(UTC)
        account = ledger.accounts.find(EMAIL)
        if account is None:
            account = accounts.add_account(
                ledger, email=EMAIL, password_hash=password_hash, now=now, actor="tests"
            )
        wish = credentials.Wish("tests", Scope.ADMIN)
        return credentials.create_token(ledger, account, wish, now=now, actor="tests").text

    password_hash = profile().hash(PASSWORD)
    with open_storage(settings.database) as storage:
        return storage.write_now(make)


@contextmanager
def _process(options: Mapping[str, object], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SCHEDY_")
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_COMMAND, "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**environment, "PYTHONWARNINGS": "error"},
            start_new_session=True,  # Ctrl-C is for the tests
        )
    try:
        with _guarded(process, log.parent):
            yield process
            _end(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        sys.stderr.write(_LISTENS.sub("", log.read_text(errors="replace")).lstrip())


@contextmanager
def _guarded(process: subprocess.Popen[bytes], folder: Path) -> Iterator[None]:
    with subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "server-guard", str(process.pid), folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as guard:
        try:
            yield
        finally:
            guard.communicate(b"released\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the server if the test left it running; it may be stopped or paused already."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(_STOP)


def _root(process: subprocess.Popen[bytes], log: Path) -> str:
    def has_spoken() -> bool:
        return process.poll() is not None or _LISTENS.search(log.read_text()) is not None

    try:
        wait_until(has_spoken, seconds=_START)
    except TimeoutError:
        raise ServerFailed(f"it does not say where it listens:\n{log.read_text()}") from None
    said = _LISTENS.search(log.read_text())
    if said is None:
        raise ServerFailed(f"it ended with {process.returncode}:\n{log.read_text()}")
    return said[1]
