"""What is special about SQLite: one file, one writer, other processes beside it."""

import asyncio
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from schedy_server.sole_server import only_server_on
from schedy_server.storage.opening import open_storage
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.sqlite import SQLiteSession, connect
from schedy_server.storage.storage import Storage
from tests.server.storage.stock import Worker, fresh_experiment

FULL = 2
LONG = '{"text": "' + "x" * 1000 + '"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "schedy.db"


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    with open_storage(f"sqlite:///{path}") as storage:
        yield storage


@pytest.fixture
def rival(path: Path, storage: Storage) -> Iterator[SQLiteSession]:
    """Another process's connection."""
    with closing(SQLiteSession(connect(path))) as session:
        yield session


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("setting", "value"), [("journal_mode", "wal"), ("synchronous", FULL), ("foreign_keys", 1)]
)
def test_what_is_committed_is_on_disk(
    path: Path, setting: str, value: str | int, *, read_only: bool
) -> None:
    with closing(connect(path, read_only=read_only)) as connection:
        assert connection.execute(f"PRAGMA {setting}").fetchone() == (value,)


def test_its_sqlite_is_one_that_keeps_what_it_was_given() -> None:
    # Before 3.51.3, two connections that write and checkpoint at once may lose a commit.
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


def test_a_new_database_is_for_its_owner_only(path: Path, storage: Storage) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    with open_storage(f"sqlite:///{tmp_path}/new/folder/schedy.db"):
        assert stat.S_IMODE((tmp_path / "new/folder").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["with space.db", "what?.db", "half#way.db", "50%25.db", "é.db"])
def test_any_name_does_for_the_file(tmp_path: Path, name: str) -> None:
    with open_storage(f"sqlite:///{tmp_path}/{name}"):
        assert (tmp_path / name.replace("%25", "%")).exists()


async def test_it_waits_for_another_process_that_writes(
    storage: Storage, rival: SQLiteSession
) -> None:
    experiment = fresh_experiment(storage)
    rival.begin(writing=True)
    writing = [asyncio.ensure_future(storage.write(Worker(experiment).add())) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rival.commit()
    assert [job.number for job in await asyncio.gather(*writing)] == [1, 2, 3]


async def test_it_reads_while_another_process_writes(
    storage: Storage, rival: SQLiteSession
) -> None:
    experiment = fresh_experiment(storage)
    rival.begin(writing=True)
    rival.run("delete_experiment", key=experiment.key)
    place = experiment.account_key, experiment.name
    assert await storage.read(lambda ledger: ledger.experiments.find(*place)) == experiment
    rival.commit()
    assert await storage.read(lambda ledger: ledger.experiments.find(*place)) is None


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("This is not a database, whatever its name says.")
    with pytest.raises(DatabaseFailed, match="not a database"):
        open_storage(f"sqlite:///{path}")


def test_a_full_disk_undoes_one_transaction_and_no_more(storage: Storage) -> None:
    experiment = fresh_experiment(storage)
    worker = Worker(experiment)
    pages = storage.write_now(lambda ledger: ledger.session.script("PRAGMA max_page_count = 60"))
    assert pages is None
    with pytest.raises(DatabaseFailed, match="full"):
        storage.write_now(worker.add(results='"' + "x" * 1_000_000 + '"'))
    assert storage.write_now(worker.add()).number == 1


def test_only_the_server_moves_the_log_into_the_database(sqlite_url: str, tmp_path: Path) -> None:
    with only_server_on(sqlite_url), open_storage(sqlite_url, serving=True):
        with open_storage(sqlite_url) as guest:
            guest.write_now(Worker(fresh_experiment(guest)).add_many(5000, results=LONG))
        log = tmp_path / "schedy.db-wal"
        assert log.stat().st_size > 5000 * len(LONG)


def test_the_log_does_not_grow_without_end(sqlite_url: str, tmp_path: Path) -> None:
    with open_storage(sqlite_url) as storage:
        worker = Worker(fresh_experiment(storage))
        for _ in range(40):
            storage.write_now(worker.add_many(500, results=LONG))
        assert (tmp_path / "schedy.db-wal").stat().st_size < 16 * 2**20
