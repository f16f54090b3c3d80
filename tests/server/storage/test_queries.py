"""Each query is good SQL on each database, and both take and give the same."""

import re
from collections.abc import Iterator
from contextlib import closing

import apsw
import psycopg
import pytest

from schedy_server.storage.opening import migrate_database, sqlite_path
from schedy_server.storage.queries import load, numbered
from tests.databases import fresh_database, shared_server

NAMES = sorted(load("sqlite"))
# Those that PostgreSQL has for itself, because only there is somebody to be waited for, or asked.
ONLY_POSTGRES = {
    "experiment_by_name_if_free",
    "no_server_at_work",
    "server_settings",
    "servers_at_work",
    "synchronous_standbys",
    "tell_of_migration",
}
PLACEHOLDER = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def postgres() -> Iterator[psycopg.Connection]:
    with fresh_database(shared_server()) as url:
        migrate_database(url)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


@pytest.mark.parametrize("name", NAMES)
def test_sqlite_understands_it(sqlite_url: str, name: str) -> None:
    migrate_database(sqlite_url)
    with closing(apsw.Connection(str(sqlite_path(sqlite_url)))) as connection:
        sql = load("sqlite")[name]
        parameters = dict.fromkeys(re.findall(r":(\w+)", sql))
        connection.execute(f"EXPLAIN {sql}", parameters)


@pytest.mark.postgres
@pytest.mark.parametrize("name", sorted(load("postgres")))
def test_postgres_understands_it(postgres: psycopg.Connection, name: str) -> None:
    sql, _ = numbered(load("postgres")[name])
    result = postgres.pgconn.prepare(b"", sql.encode())
    assert result.error_message == b""


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_the_same_and_gives_the_same_everywhere(name: str) -> None:
    here, there = (load(dialect)[name] for dialect in ("sqlite", "postgres"))
    assert numbered(here)[1] == numbered(there)[1]
    assert here.partition(" FROM ")[0] == there.partition(" FROM ")[0] or name == "lock_migrations"


def test_only_what_must_differ_differs() -> None:
    here, there = load("sqlite"), load("postgres")
    assert there.keys() - here.keys() == ONLY_POSTGRES
    assert {name for name in here if here[name] != there[name]} == {
        "experiment_by_name_locked",
        "lock_migrations",
        "server_is_at_work",
    }


def test_every_fragment_was_found() -> None:
    assert not [name for name, sql in load("postgres").items() if PLACEHOLDER.search(sql)]


def test_parameters_are_numbered_in_the_order_in_which_they_come() -> None:
    sql = "SELECT 'a:b', x::text FROM t WHERE x = :x AND y > :y AND z < :x"
    assert numbered(sql) == (
        "SELECT 'a:b', x::text FROM t WHERE x = $1 AND y > $2 AND z < $1",
        ["x", "y"],
    )
