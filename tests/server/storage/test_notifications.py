"""Servers on one PostgreSQL hear what the others did, or that they may have missed something."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from schedy_server.storage import migrate
from schedy_server.storage.migrate import Migration, MigrationUnsafe, SchemaTooNew
from schedy_server.storage.notifications import _experiments, _payload
from schedy_server.storage.opening import migrate_database, open_storage
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage
from tests.databases import PostgresServer, postgres_server
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

LISTENERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks
 WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
"""


class Server:
    """A server as the storage knows it, and what it heard."""

    def __init__(self, url: str) -> None:
        self.storage: Storage = open_storage(url, serving=True)
        self.heard: list[set[int]] = []
        self.gaps: list[None] = []
        self.ends: list[Exception] = []
        self.storage.on_commit(self.heard.append)
        self.storage.on_gap(lambda: self.gaps.append(None))
        self.storage.on_end(self.ends.append)

    def commit(self, *experiments: int) -> None:
        """Commit what makes jobs of these experiments available."""
        self.storage.write_now(lambda ledger: ledger.touched.update(experiments))

    @property
    def known(self) -> set[int]:
        return set().union(*self.heard)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def servers(postgres_url: str, stack: ExitStack) -> list[Server]:
    return [started(postgres_url, stack) for _ in range(3)]


def started(url: str, stack: ExitStack) -> Server:
    server = Server(url)
    stack.callback(server.storage.close)
    return server


def test_the_others_hear_of_a_commit_and_oneself_once(servers: list[Server]) -> None:
    servers[0].commit(7, 8)
    servers[1].commit(9)
    wait_until(lambda: all(server.known == {7, 8, 9} for server in servers))
    assert [keys for keys in servers[0].heard if 7 in keys] == [{7, 8}]
    assert not any(server.gaps for server in servers)


def test_many_commits_are_told_together(servers: list[Server]) -> None:
    for key in range(300):
        servers[0].commit(key)
    wait_until(lambda: servers[1].known == set(range(300)))
    assert len(servers[1].heard) < 150


def test_what_is_too_much_to_be_told_is_a_gap(servers: list[Server]) -> None:
    servers[0].commit(*range(10**6, 10**6 + 2000))
    wait_until(lambda: bool(servers[1].gaps) and bool(servers[2].gaps))


def test_the_last_commit_before_the_end_is_told(servers: list[Server]) -> None:
    for key in (1, 2):  # the second one has to wait a little
        servers[0].commit(key)
    servers[0].storage.close()
    wait_until(lambda: servers[1].known == {1, 2})


def test_a_lost_connection_is_a_gap_and_then_all_is_well(
    servers: list[Server], postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(LISTENERS)
    wait_until(lambda: all(len(server.gaps) == 2 for server in servers))  # when lost, when back
    assert {server.storage.look_again for server in servers} == {10.0}
    servers[0].commit(5)
    wait_until(lambda: all(5 in server.known for server in servers))


@pytest.mark.slow
def test_when_the_database_is_back_after_a_crash_all_is_well(stack: ExitStack) -> None:
    postgres = stack.enter_context(postgres_server())
    servers = [started(postgres.url(), stack) for _ in range(2)]
    with psycopg.connect(postgres.url()) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)  # the others have to go, too
    wait_until(lambda: all(len(server.gaps) == 2 for server in servers))  # when lost, when back
    wait_until(lambda: commits(servers[0], 7))
    wait_until(lambda: 7 in servers[1].known)


def commits(server: Server, key: int) -> bool:
    try:
        server.commit(key)
    except DatabaseFailed:
        return False  # it is still on its way up
    return True


def test_without_others_nobody_has_to_look_again(sqlite_url: str, postgres_url: str) -> None:
    with open_storage(sqlite_url, serving=True) as storage:
        assert storage.look_again == float("inf")
    with open_storage(postgres_url) as storage:
        assert storage.look_again == 1.0


@pytest.mark.slow
def test_while_the_database_says_nothing_waiting_workers_look_more_often(stack: ExitStack) -> None:
    postgres = stack.enter_context(postgres_server())
    server = started(postgres.url(), stack)
    with stopped(postgres):
        wait_until(lambda: server.storage.look_again == 1.0)
    wait_until(lambda: server.storage.look_again == 10.0)
    assert server.gaps


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    """Have all processes of a database server stand still for a while."""
    postmaster = int(Path(server.folder, "data", "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    processes = [postmaster, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):  # whose connection was given up
                os.kill(process, signal.SIGCONT)


# Migrations while servers are at work -------------------------------------------------------------


@contextmanager
def later_version(compatible: str) -> Iterator[None]:
    """Be a later version for a while, with a step that older servers can, or can't go on with."""
    known = migrate.migrations
    step = Migration(9000, "later", f"-- compatible: {compatible}\nCREATE TABLE later (x BIGINT);")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda dialect: [*known(dialect), step])
        yield


def test_a_migration_waits_until_no_server_is_at_work_that_it_would_break(
    postgres_url: str, stack: ExitStack
) -> None:
    with ExitStack() as old:
        started(postgres_url, old)
        with later_version("no"), pytest.raises(MigrationUnsafe, match=r"9000_later.*--force"):
            open_storage(postgres_url, serving=True)
    with later_version("no"):
        assert started(postgres_url, stack).storage.look_again == 10.0


def test_a_migration_that_breaks_nothing_waits_for_nobody(
    postgres_url: str, stack: ExitStack
) -> None:
    old = started(postgres_url, stack)
    with later_version("yes"):
        assert started(postgres_url, stack).storage.look_again == 10.0
    other_old = started(postgres_url, stack)
    other_old.commit(3)
    wait_until(lambda: 3 in old.known)
    assert not old.ends


def test_servers_stop_when_a_migration_is_forced_upon_them(
    postgres_url: str, stack: ExitStack
) -> None:
    old = started(postgres_url, stack)
    with later_version("no"):
        assert migrate_database(postgres_url, force=True) == ["9000_later"]
    wait_until(lambda: bool(old.ends))
    assert isinstance(old.ends[0], SchemaTooNew)
    with pytest.raises(SchemaTooNew):
        open_storage(postgres_url)


def test_a_server_that_heard_nothing_of_it_stops_once_it_does(
    postgres_url: str, stack: ExitStack
) -> None:
    old = started(postgres_url, stack)
    with psycopg.connect(postgres_url, autocommit=True) as connection, later_version("no"):
        connection.execute(LISTENERS)
        migrate_database(postgres_url, force=True)
    wait_until(lambda: bool(old.ends))


# What is said -------------------------------------------------------------------------------------


def test_what_is_said_is_understood() -> None:
    assert _experiments({"1", "22"}) == {1, 22}
    assert _experiments(set(_payload({5, 6}).decode().split(","))) == {5, 6}


def test_what_is_not_understood_may_concern_anything() -> None:
    assert _experiments({"1", "what a later version says"}) is None
    assert _payload(range(10**6, 10**6 + 2000)) == b"*"
