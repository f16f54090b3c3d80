"""Servers go on while the schema becomes one that they can work with, and stop if it does not."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from schedy import ManualSearch, SchedyDB
from schedy_server.storage import migrate
from schedy_server.storage.migrate import Migration, MigrationUnsafe, SchemaTooNew
from schedy_server.storage.opening import check_database, migrate_database, open_storage
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@contextmanager
def later_version(compatible: str) -> Iterator[None]:
    """Be a later version, with a step that older servers can, or can't go on with."""
    known = migrate.migrations
    step = Migration(9000, "later", f"-- compatible: {compatible}\nCREATE TABLE later (x BIGINT);")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda dialect: [*known(dialect), step])
        yield


@pytest.fixture
def servers(database: str) -> Iterator[list[RunningServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running_server(database)) for _ in range(2)]


def test_servers_go_on_with_what_was_only_added_to(
    servers: list[RunningServer], database: str
) -> None:
    with later_version("yes"):
        assert migrate_database(database) == ["9000_later"]
    with running_server(database) as another:
        SchedyDB(config_override=another.client).add_experiment(ManualSearch("e"))
        for server in servers:
            SchedyDB(config_override=server.client).get_experiment("e").add_job({"x": 1})
    assert [server.stop() for server in servers] == [0, 0]


def test_servers_that_could_not_go_on_keep_the_schema_from_changing(
    servers: list[RunningServer], database: str
) -> None:
    with later_version("no"):
        with pytest.raises(MigrationUnsafe, match="stop it first"):
            open_storage(database, serving=True)
        with pytest.raises(MigrationUnsafe):
            check_database(database, as_successor=True)
        assert servers[0].stop() == 0
        check_database(database, as_successor=True)  # for the last one is its predecessor
        assert servers[1].stop() == 0
        open_storage(database, serving=True).close()


def test_servers_stop_when_it_changes_nevertheless(
    servers: list[RunningServer], database: str
) -> None:
    with later_version("no"):
        migrate_database(database, force=True)
    assert [server.process.wait(20) for server in servers] == [1, 1]
    assert "later version of Schedy (migration 9000)" in servers[0].log.read_text()
    with pytest.raises(SchemaTooNew):
        open_storage(database, serving=True)


def test_a_successor_that_does_not_know_the_schema_does_not_replace(
    servers: list[RunningServer], database: str
) -> None:
    server = servers[0]
    with later_version("yes"):
        migrate_database(database)
    started = "Schedy listens on"
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count(started) == 2)
