"""A database comes to the current schema whatever it was before, once, and the same everywhere."""

import re
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest

from schedy_server.model.words import Rewording
from schedy_server.service import history, words
from schedy_server.service.context import Context
from schedy_server.sole_server import only_server_on
from schedy_server.storage import migrate
from schedy_server.storage.migrate import Migration, MigrationUnsafe, SchemaTooNew
from schedy_server.storage.opening import dialect_of, migrate_database, open_storage, sqlite_path
from schedy_server.storage.queries import Dialect
from schedy_server.storage.session import DatabaseFailed
from tests.architecture.tree import ROOT
from tests.server.desk import NAME, Desk
from tests.server.storage.schemas import schema_of
from tests.server.storage.stock import NOON

CURRENT = [f"{step.number:04d}_{step.name}" for step in migrate.migrations("sqlite")]
TABLE = "CREATE TABLE {0} (x BIGINT PRIMARY KEY, y BIGINT NOT NULL); CREATE INDEX {0}_y ON {0} (y);"
MIGRATE = """
import sys
from schedy_server.storage.opening import migrate_database
print("ready", flush=True)
sys.stdin.readline()
print(len(migrate_database(sys.argv[1])))
"""
# Waits after each step, until it is told to go on.
MIGRATE_SLOWLY = """
import sys
from schedy_server.storage import migrate
from schedy_server.storage.opening import migrate_database

run = migrate._run

def run_slowly(session, step):
    run(session, step)
    print(step.number, flush=True)
    sys.stdin.readline()

migrate._run = run_slowly
migrate_database(sys.argv[1])
"""
# An update of the operating system may change the order, and then they are broken.
INDEXES_BY_LANGUAGE = """
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace = 'public'::regnamespace AND '"default"'::regcollation = ANY (indcollation)
"""
HEADER = re.compile("^-- compatible: (yes|no)", re.MULTILINE)
Extend = Callable[..., None]


@pytest.fixture
def extend(monkeypatch: pytest.MonkeyPatch) -> Extend:
    """Return a function that adds steps to the schema."""

    def extend(*scripts: str) -> None:
        known = migrate.migrations

        def more(dialect: Dialect) -> list[Migration]:
            steps = known(dialect)
            new = enumerate(scripts, len(steps) + 1)
            return [*steps, *(Migration(number, f"step{number}", sql) for number, sql in new)]

        monkeypatch.setattr(migrate, "migrations", more)

    return extend


def label(number: int) -> str:
    """Return what the steps that a test adds are called."""
    number += len(CURRENT)
    return f"{number:04d}_step{number}"


def epoch_of(url: str) -> str:
    with open_storage(url) as storage:
        return storage.read_now(lambda ledger: ledger.epoch)


def test_both_kinds_have_the_same_steps() -> None:
    assert [step.name for step in migrate.migrations("postgres")] == [
        step.name for step in migrate.migrations("sqlite")
    ]
    assert [step.number for step in migrate.migrations("sqlite")] == [
        *range(1, len(CURRENT) + 1),
    ]


@pytest.mark.postgres
def test_both_kinds_have_the_same_tables(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url):
        migrate_database(url)
    assert schema_of(sqlite_url) == schema_of(postgres_url)


@pytest.mark.postgres
def test_no_index_depends_on_how_a_language_sorts(postgres_url: str) -> None:
    migrate_database(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute(INDEXES_BY_LANGUAGE).fetchall()
    assert found == []


def test_a_new_database_gets_every_step(url: str) -> None:
    assert migrate_database(url) == CURRENT


def test_a_current_one_gets_none_and_keeps_its_epoch(url: str) -> None:
    epoch = epoch_of(url)
    assert migrate_database(url) == []
    assert epoch_of(url) == epoch


def test_each_database_has_an_epoch_of_its_own(sqlite_url: str) -> None:
    assert epoch_of(sqlite_url) != epoch_of(f"{sqlite_url}.other")


def test_only_the_missing_steps_are_run(url: str, extend: Extend) -> None:
    migrate_database(url)
    extend(TABLE.format("one"))
    assert migrate_database(url) == [label(1)]
    extend(TABLE.format("two"), "INSERT INTO two SELECT 1, 2; INSERT INTO two SELECT 3, 4;")
    assert migrate_database(url) == [label(2), label(3)]
    assert migrate_database(url) == []


def test_step_by_step_comes_to_the_same_as_all_at_once(
    url: str, extend: Extend, sqlite_url: str
) -> None:
    migrate_database(url)
    for name in ("one", "two"):
        extend(TABLE.format(name))
        migrate_database(url)
    at_once = f"{sqlite_url}.other"
    migrate_database(at_once)
    assert schema_of(url) == schema_of(at_once)


def test_a_step_that_fails_leaves_all_as_it_was(url: str, extend: Extend) -> None:
    migrate_database(url)
    before = schema_of(url)
    extend(TABLE.format("one"), TABLE.format("two") + "DROP TABLE nowhere;")
    with pytest.raises(Exception, match="nowhere"):
        migrate_database(url)
    assert schema_of(url) == before


@pytest.mark.parametrize("killed_after", range(1, len(CURRENT) + 1))
def test_a_migration_that_is_killed_leaves_all_as_it_was(url: str, killed_after: int) -> None:
    command = [sys.executable, "-c", MIGRATE_SLOWLY, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for number in range(1, killed_after + 1):
            assert process.stdout.readline() == f"{number}\n"
            if number < killed_after:
                process.stdin.write("go on\n")
                process.stdin.flush()
        process.kill()
    assert migrate_database(url) == CURRENT


def test_a_later_version_s_database_is_refused(url: str) -> None:
    with pytest.MonkeyPatch.context() as later:
        steps = migrate.migrations(dialect_of(url))
        new = Migration(len(steps) + 1, "later", TABLE.format("later"))
        later.setattr(migrate, "migrations", lambda dialect: [*steps, new])
        migrate_database(url)
    before = schema_of(url)
    with pytest.raises(SchemaTooNew, match=rf"later version of Schedy \(migration {new.number}\)"):
        open_storage(url)
    assert schema_of(url) == before


def test_each_step_but_the_first_says_whether_older_servers_can_go_on() -> None:
    for dialect in ("sqlite", "postgres"):
        steps = migrate.migrations(dialect)
        assert all(HEADER.search(step.sql) for step in steps[1:])
        assert not steps[0].is_compatible


def test_both_kinds_agree_on_it() -> None:
    here, there = migrate.migrations("sqlite"), migrate.migrations("postgres")
    assert [step.is_compatible for step in here] == [step.is_compatible for step in there]


def test_an_older_version_goes_on_where_only_something_was_added(url: str) -> None:
    with pytest.MonkeyPatch.context() as later:
        steps = [*migrate.migrations(dialect_of(url))]
        for compatible in ("no", "yes"):
            number = len(steps) + 1
            sql = f"-- compatible: {compatible}\n" + TABLE.format(f"t{number}")
            steps.append(Migration(number, "later", sql))
        later.setattr(migrate, "migrations", lambda dialect: steps)
        migrate_database(url)
        later.setattr(migrate, "migrations", lambda dialect: steps[:-1])
        open_storage(url).close()
        later.setattr(migrate, "migrations", lambda dialect: steps[:-2])
        with pytest.raises(SchemaTooNew, match=rf"migration {len(steps)}"):
            open_storage(url)


@pytest.fixture
def used(sqlite_url: str) -> Path:
    """Return the path of a database with an account."""
    with open_storage(sqlite_url) as storage:
        storage.write_now(lambda ledger: ledger.accounts.add("a@b.c", password_hash=None, now=NOON))
    return sqlite_path(sqlite_url)


def test_a_file_with_data_is_copied_before(used: Path, sqlite_url: str, extend: Extend) -> None:
    before = schema_of(sqlite_url)
    extend(TABLE.format("one"), TABLE.format("two"))
    migrate_database(sqlite_url)
    copy = Path(f"{used}.before-{len(CURRENT) + 1:04d}")
    assert schema_of(f"sqlite:///{copy}") == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(apsw.Connection(str(copy))) as connection:
        assert connection.execute("SELECT email FROM account").fetchall() == [("a@b.c",)]


def test_what_needs_no_migration_is_not_copied(used: Path, sqlite_url: str) -> None:
    migrate_database(sqlite_url)
    assert not [*used.parent.glob("*.before-*")]


def test_what_holds_nothing_is_not_copied(sqlite_url: str, extend: Extend) -> None:
    migrate_database(sqlite_url)
    extend(TABLE.format("one"))
    migrate_database(sqlite_url)
    assert not [*sqlite_path(sqlite_url).parent.glob("*.before-*")]


def test_a_copy_that_fails_leaves_all_as_it_was(
    used: Path, sqlite_url: str, extend: Extend
) -> None:
    before = schema_of(sqlite_url)
    extend(TABLE.format("one"))
    Path(f"{used}.before-{len(CURRENT) + 1:04d}").mkdir()
    with pytest.raises(DatabaseFailed, match="can't copy the database"):
        migrate_database(sqlite_url)
    assert schema_of(sqlite_url) == before
    assert not [*used.parent.glob("*.unfinished")]


def test_under_a_server_that_runs_a_file_is_changed_only_compatibly(
    sqlite_url: str, extend: Extend
) -> None:
    migrate_database(sqlite_url)
    with only_server_on(sqlite_url):
        extend(f"-- compatible: yes\n{TABLE.format('one')}")
        assert migrate_database(sqlite_url) == [label(1)]
        extend(f"-- compatible: no\n{TABLE.format('two')}")
        for force in (False, True):
            with pytest.raises(MigrationUnsafe, match="stop it first"):
                migrate_database(sqlite_url, force=force)
        assert migrate_database(sqlite_url, serving=True) == [label(2)]


BEFORE_WORDS = """
DROP TABLE words_write; DROP TABLE job_words; DROP TABLE experiment_words; DROP TABLE saved_view;
ALTER TABLE event DROP COLUMN reason; ALTER TABLE attempt DROP COLUMN progress_deadline;
DELETE FROM migration WHERE number >= 4;
"""


def test_jobs_of_before_there_were_words_get_some(url: str) -> None:
    with open_storage(url) as storage:
        desk = Desk(storage)
        desk.experiment()
        handed = desk.add(results={"x": 1})
        desk.claim()
    _run(url, BEFORE_WORDS)
    assert migrate_database(url) == CURRENT[3:]
    with open_storage(url) as storage:
        again = storage.read_now(lambda ledger: ledger.jobs.find(1, handed.job.id))
        assert again is not None
        assert again.results == handed.job.results
        caller = desk.ana
        storage.write_now(
            lambda ledger: words.patch_job(
                Context(ledger, caller, NOON), NAME, handed.job.id, Rewording(add=["old"])
            )
        )
        log = storage.read_now(
            lambda ledger: history.log(Context(ledger, caller, NOON), NAME, limit=100)[0]
        )
    assert [line.what for line in log if line.job is None] == ["experiment created"]
    assert "tagged old" in [line.what for line in log]


def _run(url: str, script: str) -> None:
    if dialect_of(url) == "sqlite":
        with closing(apsw.Connection(str(sqlite_path(url)))) as connection:
            connection.execute(script)
        return
    with psycopg.connect(url) as connection:
        connection.execute(script.encode())


def test_servers_that_start_at_once_migrate_once(url: str) -> None:
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
    for server in servers:
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    answers = [server.communicate(timeout=60)[0] for server in servers]
    assert sorted(answers) == ["0\n", "0\n", f"{len(CURRENT)}\n"]
