"""Who is compared: Schedy, the database alone, and Optuna with and without its gRPC proxy."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.cycles.pool import ROOT, Tally, WorkerPool
from schedy_server.storage.migrate import migrations
from schedy_server.storage.sqlite import connect
from tests.databases import PostgresServer, fresh_database, postgres_server
from tests.running import running_server

SCHEDY = "Schedy"
DATABASE_ALONE = "database alone"
OPTUNA_RDB = "Optuna RDB"
OPTUNA_GRPC = "Optuna gRPC"

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_ACCOUNT = "INSERT INTO account (email, created) VALUES ('benchmark', 0)"
_PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Contender:
    """One system on one database.

    Attributes:
        process: The server between workers and database, if there is one.
    """

    name: str
    database: str
    pool: WorkerPool
    order: Mapping[str, Any]
    process: int | None = None

    def run(self, name: str, *, workers: int, seconds: float) -> Tally:
        """Let workers run cycles of a new experiment of this name."""
        return self.pool.run({**self.order, "name": name}, workers=workers, seconds=seconds)


@contextmanager
def contenders(
    databases: Sequence[str], folder: Path, *, workers: int, tell: Callable[[str], None]
) -> Iterator[list[Contender]]:
    """Start everything that is compared; all of it is gone afterwards.

    Args:
        databases: Keys of `DATABASES`.
        folder: For the files of SQLite.
        workers: The most that will be asked for at once.
        tell: Told what is being started.
    """
    with ExitStack() as stack:
        schedy, sqlite, postgres, optuna = (
            stack.enter_context(WorkerPool(f"benchmarks.cycles.{name}_worker", workers, python))
            for name, python in (
                ("schedy", sys.executable),
                ("sqlite", sys.executable),
                ("postgres", sys.executable),
                ("optuna", python_of_peers()),
            )
        )
        places: list[_Place] = []
        if "sqlite" in databases:
            places.append(_in_files(folder, sqlite))
        if "postgres" in databases:
            tell("starting PostgreSQL")
            server = stack.enter_context(postgres_server(max_connections="200"))
            places.append(_on_server(server, postgres, stack))
        compared = []
        for place in places:
            tell(f"starting the servers on {place.database}")
            compared += _all_on(place, schedy, optuna, stack)
        yield compared


def python_of_peers() -> str:
    """Return the interpreter that has Optuna; this one, if `make bench` did not make another."""
    own = ROOT / ".venvs/bench/bin/python"
    return str(own) if own.exists() else sys.executable


@dataclass(frozen=True, slots=True)
class _Place:
    """A database of its own for each system."""

    database: str
    schedy: Mapping[str, Any]
    alone: Contender
    optuna: str
    optuna_behind_proxy: str


def _in_files(folder: Path, pool: WorkerPool) -> _Place:
    path = folder / "alone.db"
    with closing(connect(path)) as connection:
        for step in migrations("sqlite"):
            connection.execute(step.sql)
        connection.execute(_ACCOUNT)
    title = DATABASES["sqlite"]
    return _Place(
        title,
        {"data": folder / "schedy"},
        Contender(DATABASE_ALONE, title, pool, {"path": str(path)}),
        f"sqlite:///{folder}/optuna.db",
        f"sqlite:///{folder}/optuna-behind-proxy.db",
    )


def _on_server(server: PostgresServer, pool: WorkerPool, stack: ExitStack) -> _Place:
    schedy, alone, *optuna = (stack.enter_context(fresh_database(server)) for _ in range(4))
    with psycopg.connect(alone, autocommit=True) as connection:
        for step in migrations("postgres"):
            connection.execute(step.sql.encode())
        connection.execute(_ACCOUNT)
    direct, behind_proxy = (url.replace("postgresql:", "postgresql+psycopg:") for url in optuna)
    title = DATABASES["postgres"]
    return _Place(
        title,
        {"database_url": schedy},
        Contender(DATABASE_ALONE, title, pool, {"url": alone}),
        direct,
        behind_proxy,
    )


def _all_on(
    place: _Place, schedy: WorkerPool, optuna: WorkerPool, stack: ExitStack
) -> list[Contender]:
    server = stack.enter_context(running_server(**place.schedy, log_level="warning"))
    port, proxy = stack.enter_context(_proxy(place.optuna_behind_proxy))
    database = place.database
    return [
        Contender(SCHEDY, database, schedy, {"config": server.client}, server.process.pid),
        place.alone,
        Contender(OPTUNA_RDB, database, optuna, {"url": place.optuna, "proxy": None}),
        Contender(OPTUNA_GRPC, database, optuna, {"proxy": port}, proxy),
    ]


@contextmanager
def _proxy(url: str) -> Iterator[tuple[int, int]]:
    """Run Optuna's proxy and yield its port and process; if it can't start, its workers say so."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    command = [python_of_peers(), "-m", "benchmarks.cycles.optuna_proxy", url, str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        try:
            _wait_for(port, process)
            yield port, process.pid
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
