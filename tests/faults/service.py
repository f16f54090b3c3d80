"""A server that a test kills, restarts and cuts off, at one address for the whole run."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from schedy_server.settings import Settings
from tests.architecture.tree import ROOT
from tests.faults.launcher import Orders
from tests.running import EMAIL, ServerFailed, api_token
from tests.waiting import wait_until

_START = 40.0  # seconds; the machine may be busy with other tests
_STOP = 40.0
COMMAND = "import sys; from schedy_server.cli import main; sys.exit(main())"


@dataclass
class Service:
    """A server's life: it may end in any way, and begin again where it was.

    Args:
        folder: For its data, logs and notes.
        database: A PostgreSQL URL; None for SQLite.
        held: Whether somebody else holds its listening socket meanwhile, as systemd can.
        settings: Options of `schedy-server serve`.
        wrapper: A command that runs the server's, e.g. strace.
        environment: Variables for the server.
        source: A folder with another version of the server, to be run as it is.
    """

    folder: Path
    database: str | None = None
    held: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started: list[int] = field(default_factory=list)
    token: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _listener: socket.socket | None = None
    _port: int = 0

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._port = listener.getsockname()[1]
        if self.held:
            self._listener = self._stack.enter_context(listener)
        else:
            listener.close()
        options = json.loads(self.options_as_json())
        self.token = self.token or api_token(Settings.load(options, {}))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.kill()
        self._stack.close()
        if kind is not None:
            sys.stderr.write(self.log())

    @property
    def root(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def client(self) -> dict[str, str]:
        """The configuration of a client."""
        return {
            "root": self.root,
            "email": EMAIL,
            "token": self.token,
            "token_type": "api_token",
        }

    @property
    def seen(self) -> Path:
        """The rare branches that it took."""
        return self.folder / "seen"

    @property
    def where(self) -> Path | str:
        """Its database, for `tests.faults.stored.load`."""
        return self.database or Path(str(self._options()["data"])) / "schedy.db"

    def start(self, orders: Orders | None = None, *, wait: bool = True) -> None:
        """Start it; it has to be dead."""
        orders = replace(orders or Orders(), seen=str(self.seen))
        inherited: tuple[int, ...] = ()
        if self._listener is not None:
            inherited = (self._listener.fileno(),)
            orders = replace(orders, listener=inherited[0])
        arguments = [f"--{n.replace('_', '-')}={value}" for n, value in self._options().items()]
        own = {name: it for name, it in os.environ.items() if not name.startswith("SCHEDY_")}
        with self._log().open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, sys.executable, *self._program(), "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **own,
                    "PYTHONWARNINGS": "error",
                    **orders.environment(),
                    **self._environment(),
                },
                cwd=ROOT,
                pass_fds=inherited,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it answers.

        Raises:
            ServerFailed: It ended, or takes too long; the message has its log.
        """
        try:
            wait_until(lambda: self.is_dead or self.is_ready(), seconds=_START)
        except TimeoutError:
            raise ServerFailed(f"it does not answer:\n{self.log()}") from None
        if self.is_dead:
            raise ServerFailed(f"it ended:\n{self.log()}")
        self.started.append(time.monotonic_ns())

    @property
    def is_dead(self) -> bool:
        """Tell whether there is no process."""
        return self.process is None or self.process.poll() is not None

    def is_ready(self) -> bool:
        """Tell whether it answers requests."""
        try:
            return self._get("/readyz")[0] == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        if self.process is not None:
            if self.process.poll() is None:
                self.signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """Ask it to stop, as an operator does, and return its exit code."""
        if self.process is None:
            raise ServerFailed("it was never started")
        self.signal(signal.SIGTERM)
        return self.process.wait(_STOP)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, and to what wraps it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def metrics(self) -> dict[str, float]:
        """Return what it counts."""
        lines = self._get("/metrics")[1].splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def log(self) -> str:
        """Return what it has said."""
        return self._log().read_text(errors="replace") if self._log().exists() else ""

    def _get(self, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def _log(self) -> Path:
        return self.folder / "log"

    def _program(self) -> tuple[str, ...]:
        return ("-m", "tests.faults.launcher") if self.source is None else ("-c", COMMAND)

    def _environment(self) -> Mapping[str, str]:
        other = {} if self.source is None else {"PYTHONPATH": str(self.source)}
        return {**self.environment, **other}

    def options_as_json(self) -> str:
        """Return its settings, for another Python."""
        return json.dumps({name: str(value) for name, value in self._options().items()})

    def command(self, *arguments: object) -> str:
        """Run a command of `schedy-server` on its database, and return what it says."""
        options = ["--data", self._options()["data"]]
        if self.database is not None:
            options += ["--database", self.database]
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *map(str, arguments), *map(str, options)],
            capture_output=True,
            check=False,
            text=True,
        )
        if done.returncode:
            raise ServerFailed(f"{arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def _options(self) -> dict[str, object]:
        return {
            "port": self._port,
            "data": self.folder / "data",
            "log_format": "json",
            **({} if self.database is None else {"database": self.database}),
            **self.settings,
        }
