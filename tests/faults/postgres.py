"""A PostgreSQL that can be restarted, and a way to it that breaks at the worst moment.

with RestartablePostgres(folder) as postgres, CommitCutter(postgres.port) as way:
    Service(..., database=way.url(postgres))
"""

import contextlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from tests import databases
from tests.waiting import wait_until

_START = 60.0  # seconds
# Ends the server if whoever started it is gone; a line says how else: the name of a signal.
_GUARD = """
exec 3<&0
"$@" &
server=$!
{ read -r how <&3 || how=KILL; kill -s "$how" "$server"; } &
wait "$server"
"""


class RestartablePostgres:
    """A server of its own, at the same port whenever it runs, writing durably."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="schedy-pg-"))
        self.port = databases.free_port()
        self._password = "between us"  # noqa: S105 - of a server that lives for a minute
        self._programs = databases.initialise(self.folder, self._password)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {"listen_addresses": "127.0.0.1", "fsync": "on", "max_connections": "60"}
        self._process = subprocess.Popen(
            [
                *("/bin/sh", "-c", _GUARD, "postgres-guard", self._programs / "postgres"),
                *("-D", self.folder / "data", "-p", str(self.port), "-k", self.folder),
                *(part for name, it in options.items() for part in ("-c", f"{name}={it}")),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            start_new_session=True,
            **databases.server_user(),
        )
        wait_until(self.answers, seconds=_START)

    def stop(self, how: signal.Signals) -> None:
        """Stop it: SIGINT is fast, SIGQUIT immediate, without a checkpoint."""
        if self._process is not None:
            self._process.communicate(how.name.removeprefix("SIG") + "\n", timeout=_START)

    def answers(self) -> bool:
        """Tell whether it lets anybody in."""
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, port: int | None = None) -> str:
        """Return where it is; with a port, where a way to it begins."""
        if port is None:
            return (
                f"postgresql://postgres@/postgres?host={quote(str(self.folder))}&port={self.port}"
            )
        return f"postgresql://postgres:{quote(self._password)}@127.0.0.1:{port}/postgres"

    def end_sessions(self, dice: random.Random, share: float) -> int:
        """End some of the sessions of Schedy, and return how many."""
        ended = 0
        with psycopg.connect(self.url(), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'schedy' ORDER BY pid"
            ).fetchall()
            for (pid,) in rows:
                if dice.random() < share:
                    connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
                    ended += 1
        return ended


_SECRET_REQUESTS = {80877103, 80877104}  # for TLS and for GSSAPI
_RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: no farewell


@dataclass
class CommitCutter:
    """Carries what a server says to PostgreSQL, and cuts the line at commits.

    Sometimes PostgreSQL has committed by then, sometimes not: the server can't know.

    Attributes:
        share: At how many of the commits.
        cut: How often it cut: `applied` after the commit, `unknown` at the same time.
    """

    port: int
    dice: random.Random
    share: float = 0.0
    cut: dict[str, int] = field(default_factory=lambda: {"applied": 0, "unknown": 0})
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _closed: bool = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self.listener.close()

    @property
    def way_in(self) -> int:
        """The port at which it listens."""
        port: int = self.listener.getsockname()[1]
        return port

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError, EOFError),
            client,
            socket.create_connection(("127.0.0.1", self.port)) as server,
        ):
            self._greet(client, server)
            line = _Line(client, server)
            threading.Thread(target=line.answers, daemon=True).start()
            try:
                self._messages(line)
            finally:
                # To close it is not enough while the other thread reads from it: PostgreSQL
                # would never hear of it, and soon have too many clients.
                server.shutdown(socket.SHUT_RDWR)

    def _greet(self, client: socket.socket, server: socket.socket) -> None:
        while True:
            head = _exactly(client, 8)
            size, code = struct.unpack("!II", head)
            rest = _exactly(client, size - 8)
            if code not in _SECRET_REQUESTS:
                server.sendall(head + rest)
                return
            client.sendall(b"N")

    def _messages(self, line: "_Line") -> None:
        while True:
            head = _exactly(line.client, 5)
            kind, size = head[:1], struct.unpack("!I", head[1:])[0]
            body = _exactly(line.client, size - 4)
            if kind == b"B" and body.split(b"\0", 2)[1] == b"commit":
                line.commit_is_coming = True
            is_last = kind in {b"S", b"H"} and line.commit_is_coming
            if is_last and self.dice.random() < self.share:
                self._cut(line, head + body)
                return
            if is_last:
                line.commit_is_coming = False
            line.server.sendall(head + body)

    def _cut(self, line: "_Line", last: bytes) -> None:
        """Let the commit through, and break the line before anybody hears of it."""
        line.is_cut = True
        line.server.sendall(last)
        how = self.dice.choice(["applied", "unknown"])
        if how == "applied":
            line.wait_for_answer()
        self.cut[how] += 1
        line.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        line.client.close()


@dataclass
class _Line:
    client: socket.socket
    server: socket.socket
    commit_is_coming: bool = False
    is_cut: bool = False
    answered: threading.Event = field(default_factory=threading.Event)

    def answers(self) -> None:
        """Carry what PostgreSQL says, until the line is cut."""
        with contextlib.suppress(OSError):
            while data := self.server.recv(65536):
                if self.is_cut and b"COMMIT\0" in data:
                    self.answered.set()
                elif not self.is_cut:
                    self.client.sendall(data)
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)

    def wait_for_answer(self) -> None:
        """Wait until PostgreSQL says that it has committed, or a little longer."""
        self.answered.wait(2)


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = stream.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
