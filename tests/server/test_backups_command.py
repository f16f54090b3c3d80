"""`schedy-server backup` and `restore`, as one types them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schedy_server import cli
from schedy_server.sole_server import only_server_on
from schedy_server.storage.opening import open_storage
from tests.server.desk import Desk

Run = Callable[..., int]
Said = pytest.CaptureFixture[str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SCHEDY_SERVER_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
        desk = Desk(storage)
        desk.experiment()
        desk.add()
        desk.claim()
    return lambda *arguments: cli.main(arguments)


def test_a_backup_says_what_it_holds(run: Run, capsys: Said) -> None:
    assert run("backup", "copy.db") == 0
    said = capsys.readouterr()
    assert said.out.startswith("copy.db is complete and checked: ")
    assert said.out.endswith("It holds 2 accounts, 1 experiment and 1 job (1 running).\n")
    assert said.err == ""


def test_a_second_backup_needs_another_name(run: Run, capsys: Said) -> None:
    assert [run("backup", "copy.db"), run("backup", "copy.db")] == [0, 1]
    assert capsys.readouterr().err == (
        "schedy-server: copy.db exists already; a backup overwrites nothing.\n"
    )


def test_a_restore_says_what_it_means_for_workers(run: Run, capsys: Said) -> None:
    run("backup", "copy.db")
    assert run("restore", "copy.db", "--data", "new") == 0
    assert "kept aside (new epoch)" in capsys.readouterr().out
    assert run("restore", "copy.db", "--data", "moved", "--keep-epoch") == 0
    assert "Workers can go on" in capsys.readouterr().out


def test_a_restore_replaces_only_when_told(run: Run, capsys: Said) -> None:
    run("backup", "copy.db")
    assert [run("restore", "copy.db"), run("restore", "copy.db", "--replace")] == [1, 0]
    assert "--replace" in capsys.readouterr().err


def test_a_restore_waits_for_no_server(run: Run, capsys: Said, tmp_path: Path) -> None:
    run("backup", "copy.db")
    with only_server_on(f"sqlite:///{tmp_path}/schedy.db"):
        assert run("restore", "copy.db", "--replace") == 1
    assert "A server is at work on the database: stop it first." in capsys.readouterr().err


@pytest.mark.parametrize("file", ["none.db", ".", "/none/at/all"])
def test_what_is_no_file_cannot_be_restored(run: Run, capsys: Said, file: str) -> None:
    assert run("restore", file, "--data", "new") == 2
    assert "There is no file" in capsys.readouterr().err


def test_a_backup_into_no_folder_is_one_line(run: Run, capsys: Said) -> None:
    assert run("backup", "none/copy.db") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
