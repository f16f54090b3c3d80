"""A database comes to the current schema whatever it was before, once, and the same everywhere."""

import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest

from schedy_server.storage import migrate
from schedy_server.storage.migrate import Migration, SchemaTooNew
from schedy_server.storage.opening import dialect_of, migrate_database, open_storage
from schedy_server.storage.queries import Dialect
from tests.architecture.tree import ROOT
from tests.server.storage.schemas import schema_of

CURRENT = [f"{step.number:04d}_{step.name}" for step in migrate.migrations("sqlite")]
TABLE = "CREATE TABLE {0} (x BIGINT PRIMARY KEY, y BIGINT NOT NULL); CREATE INDEX {0}_y ON {0} (y);"
MIGRATE = """
import sys
from schedy_server.storage.opening import migrate_database
print("ready", flush=True)
sys.stdin.readline()
print(len(migrate_database(sys.argv[1])))
"""
# An update of the operating system may change the order, and then they are broken.
INDEXES_BY_LANGUAGE = """
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace = 'public'::regnamespace AND '"default"'::regcollation = ANY (indcollation)
"""
Extend = Callable[..., None]


@pytest.fixture
def extend(monkeypatch: pytest.MonkeyPatch) -> Extend:
    """Return a function that adds steps to the schema."""

    def extend(*scripts: str) -> None:
        known = migrate.migrations

        def more(dialect: Dialect) -> list[Migration]:
            steps = known(dialect)
            new = enumerate(scripts, len(steps) + 1)
            return steps + [Migration(number, f"step{number}", sql) for number, sql in new]

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
