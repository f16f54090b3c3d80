"""Backups hold what was there at one instant, and make a database of either kind again."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedy_server.model.accounts import Caller, Scope
from schedy_server.model.errors import Conflict, Invalid
from schedy_server.model.jobs import Job, Status
from schedy_server.model.words import Rewording
from schedy_server.service import experiments, views, words
from schedy_server.service.context import Context
from schedy_server.sole_server import only_server_on
from schedy_server.storage.backup import Contents, back_up, restore
from schedy_server.storage.migrate import SchemaTooNew
from schedy_server.storage.opening import open_storage
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage
from tests.databases import fresh_database, shared_server
from tests.server.desk import NAME, Desk
from tests.server.storage.stock import Worker, fresh_experiment
from tests.waiting import wait_until

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def ignore(doing: str, done: int, total: int) -> None:
    pass


def backed_up(url: str, folder: Path, name: str = "copy.db") -> Path:
    back_up(url, folder / name, now=NOW, progress=ignore)
    return folder / name


def restored(file: Path, url: str, *, keep_epoch: bool = False, replace: bool = False) -> Contents:
    return restore(file, url, now=NOW, keep_epoch=keep_epoch, replace=replace, progress=ignore)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return an empty database to restore into, of both kinds one after the other."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/other/schedy.db"
        return
    with fresh_database(shared_server()) as url:
        yield url


def jobs_of(url: str) -> list[Job]:
    with open_storage(url) as storage:
        return storage.read_now(lambda ledger: ledger.jobs.page(1, limit=1000))


def words_of(url: str) -> list[object]:
    with open_storage(url) as storage:
        return storage.read_now(
            lambda ledger: [
                ledger.words.of_experiment(1),
                ledger.words.of_jobs(1, [1, 1000]),
                ledger.views.all(1),
            ]
        )


def epoch_of(url: str) -> str:
    with open_storage(url) as storage:
        return storage.read_now(lambda ledger: ledger.epoch)


def filled(storage: Storage) -> Desk:
    """Leave a job of each status behind, odd values included."""
    desk = Desk(storage)
    desk.experiment()
    odd = {"text": "ünï\U0001f600\\u0000\n", "big": 10**40, "nan": float("nan"), "e": 1e-320}
    for _ in range(3):
        desk.add(hyperparameters=odd)
    desk.claim()
    desk.add(Status.DONE, results=odd)
    crashed = desk.add(Status.CRASHED)
    note = "*ünï* \U0001f600\n| a |\n"
    desk.do(words.patch_job, NAME, crashed.job.id, Rewording(add=["a", "ü"], note=note))
    desk.do(experiments.patch, NAME, experiments.Alteration(words=Rewording(add=["x"])))
    desk.do(views.save, "best", experiment_name=NAME, address="/e/digits/jobs?sort=best")
    desk.do(views.save, "all", experiment_name=None, address="/?tag=x")
    return desk


def test_a_backup_makes_the_same_database_again(url: str, other_url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        filled(storage)
    before = jobs_of(url)
    contents = restored(backed_up(url, tmp_path), other_url)
    assert jobs_of(other_url) == before
    assert words_of(other_url) == words_of(url)
    assert (contents.rows["job"], contents.running, contents.made) == (5, 1, NOW)


def test_whatever_way_it_goes_nothing_is_changed(url: str, other_url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        filled(storage)
    first = backed_up(url, tmp_path)
    restored(first, other_url, keep_epoch=True)
    assert rows(backed_up(other_url, tmp_path, "second.db")) == rows(first)


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that a backup holds, but for what every copy says of itself."""
    with sqlite3.connect(file) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        found = {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
            for (name,) in tables.fetchall()
        }
    connection.close()
    found["meta"] = [row for row in found["meta"] if row[0] != "backup"]
    found["migration"] = [row[:2] for row in found["migration"]]
    found["event"] = [row for row in found["event"] if row[4] != "database.moved"]
    found["sqlite_sequence"] = [row for row in found["sqlite_sequence"] if row[0] in found]
    return found


def test_keys_of_what_is_gone_are_not_used_again(url: str, other_url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        gone = fresh_experiment(storage)
        storage.write_now(lambda ledger: ledger.experiments.delete(gone))
    restored(backed_up(url, tmp_path), other_url)
    with open_storage(other_url) as storage:
        assert fresh_experiment(storage).key > gone.key


def test_events_go_on_after_a_restore(url: str, other_url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        Desk(storage)
    restored(backed_up(url, tmp_path), other_url)
    with open_storage(other_url) as storage:
        caller = Caller(1, "ana@lab.org", Scope.ADMIN, "credential", "ana", "request")
        storage.write_now(lambda ledger: Context(ledger, caller, NOW).note("x", "y"))


def test_a_move_keeps_the_epoch_and_a_restore_does_not(
    url: str, other_url: str, tmp_path: Path
) -> None:
    with open_storage(url) as storage:
        Desk(storage)
    file = backed_up(url, tmp_path)
    restored(file, other_url)
    assert epoch_of(other_url) != epoch_of(url)
    restored(file, other_url, keep_epoch=True, replace=True)
    assert epoch_of(other_url) == epoch_of(url)


def test_a_backup_has_all_or_nothing_of_what_is_written_meanwhile(url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage, Writing(storage):
        for i in range(20):
            contents = back_up(url, tmp_path / f"{i}.db", now=NOW, progress=ignore)
            with sqlite3.connect(tmp_path / f"{i}.db") as connection:
                found = connection.execute(
                    "SELECT jobs_created, (SELECT count(*) FROM job), (SELECT max(number) FROM"
                    " job), (SELECT count(*) FROM job_write) FROM experiment"
                ).fetchone()
            connection.close()
            assert found == (contents.rows["job"],) * 4


class Writing:
    """Adds jobs in a thread, three in each transaction, as long as it is entered."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._worker = Worker(fresh_experiment(storage))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.written = 0

    def _run(self) -> None:
        while not self._stop.is_set():
            self._storage.write_now(self._worker.add_many(3, results='{"x": 1}'))
            self.written += 1

    def __enter__(self) -> None:
        self._thread.start()
        wait_until(lambda: self.written > 3)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_a_backup_is_its_owners_alone_and_leaves_nothing_else(tmp_path: Path, url: str) -> None:
    with open_storage(url) as storage:
        Desk(storage)
    (tmp_path / "there").mkdir()
    file = backed_up(url, tmp_path / "there")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_backup_overwrites_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with open_storage(sqlite_url):
        pass
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(Conflict, match="exists already"):
        backed_up(sqlite_url, tmp_path)
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_backup_of_nothing_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no file"):
        backed_up(f"sqlite:///{tmp_path}/none.db", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_a_postgresql_database_of_something_else_is_not_backed_up(
    postgres_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="nothing of Schedy"):
        backed_up(postgres_url, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_ends_with_all_of_it(url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        filled(storage)
    seen: dict[str, tuple[int, int]] = {}

    def note(doing: str, done: int, total: int) -> None:
        seen[doing] = (done, total)

    back_up(url, tmp_path / "copy.db", now=NOW, progress=note)
    assert all(done == total > 0 for done, total in seen.values())
    assert set(seen) == {"copying", "checking"}


def test_a_database_with_accounts_is_not_overwritten(url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        Desk(storage)
    file = backed_up(url, tmp_path)
    with pytest.raises(Conflict, match="--replace"):
        restored(file, url)


def test_what_is_replaced_is_put_aside(sqlite_url: str, tmp_path: Path) -> None:
    with open_storage(sqlite_url) as storage:
        Desk(storage)
    file = backed_up(sqlite_url, tmp_path)
    with open_storage(sqlite_url) as storage:
        later = fresh_experiment(storage)
    restored(file, sqlite_url, replace=True)
    aside = tmp_path / "schedy.db.replaced-20260501-000000"
    for url, is_there in ((sqlite_url, False), (f"sqlite:///{aside}", True)):
        with open_storage(url) as storage:
            found = storage.read_now(
                lambda ledger: ledger.experiments.find(later.account_key, later.name)
            )
        assert (found is not None) == is_there


def test_a_restore_does_not_mix_in_what_a_killed_server_left(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_storage(sqlite_url) as storage:
        Desk(storage)
        file = backed_up(sqlite_url, tmp_path)
        left = {path: path.read_bytes() for path in tmp_path.glob("schedy.db-*")}
    for path, content in left.items():
        path.write_bytes(content)
    restored(file, sqlite_url, replace=True)
    assert not list(tmp_path.glob("schedy.db-*"))


@pytest.mark.parametrize("step", ["os.link", "pathlib.Path.rename", "pathlib.Path.replace"])
def test_an_interrupted_restore_leaves_the_database_as_it_was(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*_: object) -> None:
        raise OSError("power cut")

    with open_storage(sqlite_url) as storage:
        Desk(storage)
        file = backed_up(sqlite_url, tmp_path)
        later = fresh_experiment(storage)
        left = {path: path.read_bytes() for path in tmp_path.glob("schedy.db*")}
    for path, content in left.items():  # as a killed server leaves it, with a log
        path.write_bytes(content)
    with monkeypatch.context() as patch, suppress(OSError):
        patch.setattr(step, interrupted)
        restored(file, sqlite_url, replace=True)
    with open_storage(sqlite_url) as storage:
        place = (later.account_key, later.name)
        assert storage.read_now(lambda ledger: ledger.experiments.find(*place))


def test_a_restored_database_says_so_in_its_events(
    url: str, other_url: str, tmp_path: Path
) -> None:
    with open_storage(url) as storage:
        Desk(storage)
    restored(backed_up(url, tmp_path), other_url)
    events = rows(backed_up(other_url, tmp_path, "second.db"))["event"]
    assert [row[4:7] for row in events if "database" in str(row[4])] == [
        ("database.restored", "copy.db", "as of 2026-05-01 00:00:00 UTC")
    ]


def spoil_page(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(3 * 4096)
        stream.write(b"\xff" * 4096)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def fill_with_words(file: Path) -> None:
    file.write_text("no database at all\n" * 500)


@pytest.mark.parametrize("damage", [spoil_page, cut, fill_with_words])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    sqlite_url: str, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with open_storage(sqlite_url) as storage:
        Desk(storage)
    file = backed_up(sqlite_url, tmp_path)
    before = (tmp_path / "schedy.db").read_bytes()
    damage(file)
    with pytest.raises(DatabaseFailed):
        restored(file, sqlite_url, replace=True)
    assert (tmp_path / "schedy.db").read_bytes() == before


def test_another_sqlite_file_is_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    with pytest.raises(Invalid, match="no backup of Schedy"):
        restored(tmp_path / "notes.db", sqlite_url)


def test_a_backup_of_a_later_version_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    with open_storage(sqlite_url):
        pass
    file = backed_up(sqlite_url, tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO migration VALUES (9999, 'later', 0)")
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('needed_migration', '9999')")
    connection.close()
    with pytest.raises(SchemaTooNew):
        restored(file, sqlite_url, replace=True)


def test_the_file_of_a_stopped_server_can_be_moved_as_it_is(
    sqlite_url: str, other_url: str, tmp_path: Path
) -> None:
    with open_storage(sqlite_url) as storage:
        filled(storage)
    restored(tmp_path / "schedy.db", other_url, keep_epoch=True)
    assert jobs_of(other_url) == jobs_of(sqlite_url)


def test_the_file_of_a_server_at_work_cannot_be_moved(
    sqlite_url: str, other_url: str, tmp_path: Path
) -> None:
    with (
        open_storage(sqlite_url),
        only_server_on(sqlite_url),
        pytest.raises(Conflict, match="stop it"),
    ):
        restored(tmp_path / "schedy.db", other_url)


@pytest.mark.postgres
def test_a_database_with_servers_at_work_is_not_restored(postgres_url: str, tmp_path: Path) -> None:
    with open_storage(postgres_url, serving=True):
        file = backed_up(postgres_url, tmp_path)
        with pytest.raises(Conflict, match="stop them"):
            restored(file, postgres_url, replace=True)


def test_a_worker_goes_on_after_a_move(url: str, other_url: str, tmp_path: Path) -> None:
    with open_storage(url) as storage:
        desk = Desk(storage)
        desk.experiment()
        desk.add()
        held = desk.claim()
    assert held is not None
    restored(backed_up(url, tmp_path), other_url, keep_epoch=True)
    with open_storage(other_url) as storage:
        desk.storage = storage
        assert held.tag.matches(desk.get(held).job, epoch=epoch_of(other_url))
