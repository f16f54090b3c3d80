"""What does not fit together is found, each in words of its own; what does fit is not."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from schedy_server import cli
from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Status
from schedy_server.model.words import Rewording
from schedy_server.service import experiments, jobs, words
from schedy_server.service.verify import Audited, Finding, verify
from schedy_server.storage.integrity import open_books
from schedy_server.storage.opening import open_storage
from schedy_server.storage.session import DatabaseFailed
from tests.databases import fresh_database, shared_server
from tests.server.desk import NAME, UNIFORM, Desk, wish
from tests.server.storage.stock import Worker, fresh_experiment

Said = pytest.CaptureFixture[str]


def found(url: str) -> list[str]:
    with open_books(url) as books:
        return [str(each) for each in verify(books, Audited(), lambda *_: None)]


def busy_day(url: str) -> None:
    """Have a job of each kind, one that was deleted, and one that was done again."""
    with open_storage(url) as storage:
        desk = Desk(storage)
        desk.experiment(UNIFORM)
        done, gone = desk.add(), desk.add()
        again = desk.add(Status.DONE, results={"x": 1})
        for _ in range(3):
            desk.claim()
        desk.do(jobs.delete, NAME, gone.job.id, must_exist=True)
        for handed, status in ((done, Status.DONE), (again, Status.RUNNING)):
            desk.do(jobs.put, NAME, handed.job.id, wish(status, results={"y": 2}), condition=None)
        crashed = desk.add(Status.CRASHED)
        for tag in ("a", "b"):
            desk.do(words.patch_job, NAME, crashed.job.id, Rewording(add=[tag]))
        desk.do(experiments.patch, NAME, experiments.Alteration(words=Rewording(note="why")))


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/schedy.db"
    busy_day(url)
    return url


def test_a_busy_day_is_in_order(url: str) -> None:
    assert found(url) == []


@pytest.mark.postgres
def test_a_busy_day_on_postgresql_is_in_order() -> None:
    with fresh_database(shared_server()) as url:
        busy_day(url)
        assert found(url) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE job SET results = '{}' WHERE number = 1", "hyperparameters or results are not"),
        ("UPDATE job SET hyperparameters = '{}' WHERE number = 4", "hyperparameters or results"),
        ("UPDATE job SET version = 9 WHERE number = 1", "its version is 9, but its last change"),
        ("UPDATE job SET attempt = 7 WHERE number = 1", "its attempt is 7"),
        ("UPDATE job SET base_tag = 'x' WHERE number = 1", "its tag is x"),
        ("UPDATE job SET modified = 1 WHERE number = 1", "its time of change is 1970"),
        ("UPDATE job SET status = 'PRUNED' WHERE number = 1", "its status is PRUNED"),
        ("UPDATE job SET finished = NULL WHERE number = 1", "it is DONE and has no end"),
        ("UPDATE job SET lease_id = NULL WHERE number = 4", "it is RUNNING and has no lease"),
        ("UPDATE job SET lease_id = 'x' WHERE number = 4", "of its attempts runs: 1"),
        ("UPDATE attempt SET state = 'DONE', ended = 1 WHERE number = 4", "attempts runs: none"),
        ("DELETE FROM attempt WHERE number = 1", "1 times, but 0 attempts are known"),
        ("DELETE FROM job_write WHERE number = 1", "beginning of its history is missing"),
        ("DELETE FROM job_write WHERE number = 1 AND version = 1", "beginning of its history"),
        ("DELETE FROM job_write WHERE number = 1 AND version = 2", "changes are missing"),
        ("UPDATE job_write SET from_status = 'PRUNED' WHERE version = 2", "found it PRUNED"),
        ("UPDATE job_write SET from_status = 'DONE' WHERE version = 1", "begins with a change of"),
        ("UPDATE job_write SET attempt = 5 WHERE number = 1 AND version = 2", "went from 0 to 5"),
        ("UPDATE job SET quality = 4 WHERE number = 1", "its quality is 4.0, but its results say"),
        ("UPDATE experiment SET done = 9", "it counts 9 jobs as DONE, and has 1"),
        ("UPDATE experiment SET jobs_created = 99", "are neither there nor deleted"),
        ("UPDATE experiment SET jobs_created = 1", "have numbers beyond the 1"),
        ("UPDATE experiment SET revision = 1", "it is at revision 1, and its jobs are beyond"),
        ("DELETE FROM tombstone", "of 5 jobs, 1 are neither there nor deleted"),
        ("UPDATE job_words SET tags = 'a c'", "are not those that were written last"),
        ("UPDATE experiment_words SET note = ''", "are not those that were written last"),
        ("DELETE FROM job_words", "are not those that were written last"),
        ("DELETE FROM words_write WHERE number IS NULL", "nobody is known to have written"),
        ("UPDATE job_words SET revision = 1", "but were written last at"),
        ("UPDATE tombstone SET number = 1", "are there and deleted"),
        ("UPDATE job SET revision = 3 WHERE number IN (1, 4)", "changed by the same revision"),
    ],
)
def test_what_somebody_changed_by_hand_is_found(url: str, damage: str, words: str) -> None:
    tamper(url, damage)
    assert words in "\n".join(found(url))


def tamper(url: str, damage: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("DROP INDEX attempt_running")
        assert connection.execute(damage).rowcount > 0
    connection.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE job SET modified = 290002742551835200", "not all of its jobs can be read"),
        ("UPDATE experiment SET limits = '{'", "not all experiments can be read"),
    ],
)
def test_what_cannot_be_read_is_told(url: str, damage: str, words: str) -> None:
    tamper(url, damage)
    assert words in "\n".join(found(url))


def test_two_owners_of_one_job_are_found(url: str) -> None:
    tamper(
        url,
        "INSERT INTO attempt (experiment_key, number, n, state, lease_id, account_key, started,"
        " seen) SELECT experiment_key, number, 2, 'RUNNING', 'rival', account_key, started, seen"
        " FROM attempt WHERE number = 4",
    )
    assert "of its attempts runs: 1, 2" in "\n".join(found(url))


def test_a_finding_names_its_job(url: str) -> None:
    tamper(url, "UPDATE job SET id = 'it', results = '{}' WHERE number = 1")
    [line] = found(url)
    assert line.startswith("experiment 'digits' of ana@lab.org, job 1 ('it'): its hyperparameters")


def test_changes_of_before_digests_were_kept_are_no_problem(url: str) -> None:
    tamper(url, "UPDATE job_write SET state_digest = NULL")
    assert found(url) == []


def test_more_jobs_than_are_read_at_once_are_all_seen(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/many.db"
    with open_storage(url) as storage:
        storage.write_now(Worker(fresh_experiment(storage)).add_many(2345))
    audited, told = Audited(), []
    with open_books(url) as books:
        progress: Callable[[str, int, int], None] = lambda *it: told.append(it)  # noqa: E731
        assert list(verify(books, audited, progress)) == []
    assert audited == Audited(experiments=1, jobs=2345, changes=2345)
    assert told[-1] == ("verifying", 2345, 2345)


def test_the_command_is_brief_when_all_is_well(url: str, capsys: Said) -> None:
    assert cli.main(["verify", "--database", url]) == 0
    assert capsys.readouterr().out == "1 experiments, 4 jobs, 7 changes: in order.\n"


def test_the_command_tells_each_problem_in_a_line(url: str, capsys: Said) -> None:
    tamper(url, "UPDATE experiment SET done = 9, queued = 9")
    assert cli.main(["verify", "--database", url]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[-1] == "1 experiments, 4 jobs, 7 changes: 2 problems."


def test_the_command_speaks_json(url: str, capsys: Said) -> None:
    tamper(url, "UPDATE job SET results = '{}' WHERE number = 1")
    assert cli.main(["verify", "--json", "--database", url]) == 1
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["experiment"], finding["number"]) == (NAME, 1)
    assert Finding(**finding).number == 1


def test_a_damaged_file_is_told_and_not_read(url: str, capsys: Said) -> None:
    with Path(url.removeprefix("sqlite:///")).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    assert cli.main(["verify", "--database", url]) == 1
    assert capsys.readouterr().out.startswith("the file is damaged: ")


def test_a_schema_of_before_is_to_be_migrated_first(url: str) -> None:
    tamper(url, "DELETE FROM migration WHERE number = 2")
    with pytest.raises(DatabaseFailed, match="schedy-server migrate"):
        found(url)


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no file"):
        found(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def content(url: str) -> list[tuple[object, ...]]:
    with open_books(url) as books:
        return [
            (it.job.number, it.job.status, it.job.attempt, it.job.hyperparameters, it.job.results)
            for it in books.trails(1)
        ]


@pytest.mark.slow
def test_no_flipped_bit_changes_a_job_without_being_found(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/schedy.db", tmp_path / "schedy.db"
    with open_storage(url) as storage:
        storage.write_now(Worker(fresh_experiment(storage)).add_many(300, results='{"x": 1.5}'))
    before, sound = content(url), file.read_bytes()
    noticed = 0
    for at in Random(7).sample(range(len(sound)), 60):
        file.write_bytes(sound[:at] + bytes([sound[at] ^ 4]) + sound[at + 1 :])
        is_found = cli.main(["verify", "--database", url]) == 1
        noticed += is_found
        assert is_found or content(url) == before, at
    assert noticed


def test_it_goes_on_beside_a_server(url: str) -> None:
    with open_storage(url) as storage:
        worker = Worker(fresh_experiment(storage))
        for _ in range(3):
            storage.write_now(worker.add())
            assert found(url) == []
