"""What is special about PostgreSQL: connections that break, locks that wait, limits to keep."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import LiteralString

import psycopg
import pytest

from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.pipeline import Statement
from schedy_server.storage.postgres import PostgresSession, open_session
from schedy_server.storage.session import DatabaseAway, DatabaseBusy, DatabaseFailed, WouldWait
from schedy_server.storage.storage import Storage
from tests.databases import postgres_server, shared_server
from tests.server.storage.stock import Worker, fresh_experiment
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

SECRET = "hunter2"  # noqa: S105 - that is the point


@pytest.fixture
def storage(postgres_url: str) -> Iterator[Storage]:
    with open_storage(postgres_url) as storage:
        yield storage


@pytest.fixture
def experiment(storage: Storage) -> Experiment:
    return fresh_experiment(storage)


@pytest.fixture
def session(postgres_url: str, storage: Storage) -> Iterator[PostgresSession]:
    with closing(open_session(postgres_url)) as session:
        yield session


@pytest.fixture
def other(postgres_url: str, storage: Storage) -> Iterator[PostgresSession]:
    with closing(open_session(postgres_url)) as session:
        yield session


def place(experiment: Experiment) -> dict[str, object]:
    return {"account_key": experiment.account_key, "name": experiment.name}


def tell(url: str, *statements: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def end_connections(url: str) -> None:
    tell(
        url,
        """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'schedy'""",
    )


# Settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("application_name", "schedy"),
        ("default_transaction_read_only", "off"),
    ],
)
def test_a_session_is_durable_and_patient_within_limits(
    session: PostgresSession, setting: str, value: str
) -> None:
    assert show(session, setting) == value


def test_a_database_that_defaults_to_less_is_overruled(postgres_url: str) -> None:
    tell(postgres_url, "ALTER ROLE postgres SET synchronous_commit = off")
    with closing(open_session(postgres_url)) as session:
        assert show(session, "synchronous_commit") == "on"
    tell(postgres_url, "ALTER ROLE postgres RESET ALL")


def test_a_reader_is_one_by_its_settings_too(postgres_url: str) -> None:
    with closing(open_session(postgres_url, purpose="reading")) as session:
        assert show(session, "default_transaction_read_only") == "on"


def test_a_migration_may_take_its_time(postgres_url: str) -> None:
    with closing(open_session(postgres_url, purpose="migrating")) as session:
        assert [show(session, f"{what}_timeout") for what in ("statement", "lock")] == ["0", "0"]


def show(session: PostgresSession, setting: str) -> str:
    connection = session._connection.pgconn
    connection.exit_pipeline_mode()
    value = connection.exec_(f"SHOW {setting}".encode()).get_value(0, 0)
    connection.enter_pipeline_mode()
    assert value is not None
    return value.decode()


# Connections --------------------------------------------------------------------------------------


def test_a_writer_s_connection_that_broke_is_replaced(
    postgres_url: str, storage: Storage, experiment: Experiment
) -> None:
    for number in range(1, 9):
        end_connections(postgres_url)
        assert storage.write_now(Worker(experiment).add()).number == number


def test_a_connection_that_broke_is_replaced_even_if_nothing_was_to_be_done(
    postgres_url: str, storage: Storage, experiment: Experiment
) -> None:
    for _ in range(3):
        end_connections(postgres_url)
        for _ in range(4):  # of each writer, more than one
            with suppress(DatabaseFailed):  # as whoever only looks how long it takes
                storage.write_now(lambda ledger: None)
    # Every writer is well again.
    for number in range(1, 9):
        assert storage.write_now(Worker(experiment).add()).number == number


def test_a_connection_that_breaks_in_the_middle_is_replaced(
    postgres_url: str, storage: Storage, experiment: Experiment
) -> None:
    tries = []

    def work(ledger: Ledger) -> Job:
        job = Worker(experiment).add()(ledger)
        tries.append(job)
        if len(tries) == 1:
            end_connections(postgres_url)
        return job

    assert storage.write_now(work).number == 1
    assert len(tries) == 2


async def test_readers_connections_that_broke_are_replaced(
    postgres_url: str, storage: Storage, experiment: Experiment
) -> None:
    meeting = threading.Barrier(4)
    await asyncio.gather(*(storage.read(lambda _: meeting.wait(20)) for _ in range(4)))
    end_connections(postgres_url)
    found = storage.read_now(
        lambda ledger: ledger.experiments.find(experiment.account_key, "mnist")
    )
    assert found == experiment


def test_when_the_server_is_back_after_a_crash_everything_goes_on() -> None:
    def works_again(storage: Storage, experiment: Experiment) -> bool:
        try:
            storage.write_now(Worker(experiment).add())
            job = storage.read_now(lambda ledger: ledger.jobs.find(experiment.key, "job-1"))
        except DatabaseFailed:
            return False  # it is still on its way down, or up
        return job is not None

    with postgres_server() as server, open_storage(server.url()) as storage:
        stored = fresh_experiment(storage)
        storage.write_now(Worker(stored).add())
        with psycopg.connect(server.url()) as victim:
            os.kill(victim.info.backend_pid, signal.SIGKILL)  # the others have to go, too
        wait_until(lambda: works_again(storage, stored))


def test_a_server_that_is_away_is_reported() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DatabaseAway, match="refused"):
        open_storage(f"postgresql://127.0.0.1:{port}/x")


def test_a_server_that_says_nothing_is_given_up(postgres_url: str) -> None:
    connection = psycopg.connect(postgres_url, autocommit=True)
    session = PostgresSession(connection, patience=0.05)
    with pytest.raises(DatabaseAway, match="does not answer"):
        sleep(session)
    assert connection.closed


def sleep(session: PostgresSession) -> None:
    session._statements = {"sleep": Statement(b"sleep", b"SELECT pg_sleep(20)", ())}
    session.one("sleep")


@pytest.mark.parametrize(
    "upset",
    [
        "DEALLOCATE ALL",  # what a connection pool between the two may do
        "ALTER TABLE experiment ALTER definition TYPE VARCHAR",  # another server's migration
        "SET default_transaction_read_only = on",  # what a standby is
    ],
)
def test_a_connection_that_has_changed_is_replaced(
    storage: Storage, experiment: Experiment, upset: str
) -> None:
    for number in range(1, 5):
        storage.write_now(lambda ledger: ledger.session.script(upset))
        assert storage.write_now(Worker(experiment).add()).number == number


# Transactions -------------------------------------------------------------------------------------


def test_a_transaction_does_not_wait_while_it_holds_a_lock(
    session: PostgresSession, other: PostgresSession, storage: Storage
) -> None:
    first, second = fresh_experiment(storage), fresh_experiment(storage)
    other.begin(writing=True)
    assert other.one("experiment_by_name_locked", **place(first))
    session.begin(writing=True)
    assert session.one("experiment_by_name_locked", **place(second))
    with pytest.raises(WouldWait):
        session.one("experiment_by_name_locked", **place(first))
    assert session.one("experiment_by_name_locked", **place(second))
    assert session.one("experiment_by_name_locked", account_key=0, name="none") is None


def test_a_transaction_does_not_wait_once_it_has_written(
    session: PostgresSession, other: PostgresSession, experiment: Experiment
) -> None:
    other.begin(writing=True)
    assert other.one("experiment_by_name_locked", **place(experiment))
    session.begin(writing=True)
    session.run("set_meta", name="a", value="b")
    with pytest.raises(WouldWait):
        session.one("experiment_by_name_locked", **place(experiment))


def test_a_lock_is_not_waited_for_for_ever(
    session: PostgresSession, other: PostgresSession, experiment: Experiment
) -> None:
    other.begin(writing=True)
    assert other.one("experiment_by_name_locked", **place(experiment))
    session.script("SET lock_timeout = '10ms'")
    session.begin(writing=True)
    with pytest.raises(DatabaseFailed, match="lock timeout"):
        session.one("experiment_by_name_locked", **place(experiment))


def test_a_statement_does_not_run_for_ever(session: PostgresSession) -> None:
    session.script("SET statement_timeout = '10ms'")
    with pytest.raises(DatabaseFailed, match="statement timeout"):
        sleep(session)


def test_one_of_two_that_wait_for_each_other_gives_way(
    session: PostgresSession, other: PostgresSession
) -> None:
    meeting = threading.Barrier(2)

    def take(session: PostgresSession, *names: str) -> str:
        session.begin(writing=True)
        session.count("set_meta", name=names[0], value="")
        meeting.wait(20)
        try:
            session.count("set_meta", name=names[1], value="")
            session.commit()
        except DatabaseBusy as error:
            session.rollback()
            return str(error)
        return "committed"

    with ThreadPoolExecutor() as pool:
        ends = [pool.submit(take, session, "a", "b"), pool.submit(take, other, "b", "a")]
    assert sorted(end.result() for end in ends) == ["committed", "deadlock detected"]


def test_a_refusal_that_nobody_waited_for_is_told_at_the_commit(session: PostgresSession) -> None:
    session.begin(writing=True)
    session.run("insert_migration", number=None, name="x", at=1)
    with pytest.raises(psycopg.errors.NotNullViolation):
        session.commit()
    session.rollback()
    assert session.one("meta", name="epoch")


def test_a_refusal_of_what_is_undone_anyway_is_not_told(session: PostgresSession) -> None:
    session.begin(writing=True)
    session.run("insert_migration", number=None, name="x", at=1)
    session.rollback()
    session.begin(writing=True)
    session.run("set_meta", name="a", value="b")
    session.commit()
    assert session.one("meta", name="a") == ("b",)


def test_a_failed_transaction_can_t_be_committed(session: PostgresSession) -> None:
    session.begin(writing=True)
    session.run("insert_migration", number=None, name="x", at=1)
    with pytest.raises(psycopg.errors.NotNullViolation):
        session.one("meta", name="epoch")
    with pytest.raises(DatabaseBusy):
        session.commit()


def test_an_error_does_not_quote_the_row(session: PostgresSession) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation) as raised:
        session.count("insert_credential", **dict.fromkeys(CREDENTIAL, None) | {"name": SECRET})
    assert SECRET not in str(raised.value)


CREDENTIAL = ("id", "account_key", "kind", "name", "scope", "digest", "hint", "created", "expires")


# Passwords ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        f"{SECRET}@{SECRET}",
        f"{SECRET}/{SECRET}",
        f"1/{SECRET}@",
        f"{SECRET}%{SECRET}",
        f"{SECRET}:{SECRET}",
        f"{SECRET}?{SECRET}",
        f"{SECRET}#{SECRET}",
        f"[{SECRET}",
        SECRET,
        "",
    ],
)
def test_no_error_tells_the_password(password: str) -> None:
    _, at, rest = shared_server().tcp_url().rpartition("@")
    with pytest.raises((Invalid, DatabaseFailed)) as raised:
        open_storage(f"postgresql://postgres:{password}{at}{rest}")
    assert SECRET not in str(raised.value)


def test_a_password_may_hold_every_character() -> None:
    _, at, place = shared_server().tcp_url("postgres").rpartition("@")
    tell(shared_server().url(), "CREATE ROLE odd LOGIN PASSWORD '@/:%?#[ é'")
    open_session(f"postgresql://odd:%40%2F%3A%25%3F%23%5B%20%C3%A9{at}{place}").close()
    tell(shared_server().url(), "DROP ROLE odd")


def test_a_database_in_another_encoding_is_refused() -> None:
    tell(
        shared_server().url(),
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'",
    )
    with pytest.raises(Invalid, match="UTF-8"):
        open_session(shared_server().url("latin"))
    tell(shared_server().url(), "DROP DATABASE latin")
