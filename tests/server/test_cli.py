"""The command `schedy-server`, but for `serve`."""

import io
import json
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from schedy_server import cli
from schedy_server.model.accounts import Scope
from schedy_server.service.accounts import account_of
from schedy_server.settings import OPTIONS
from schedy_server.sole_server import only_server_on
from schedy_server.storage.migrate import migrations
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.server.doorkeeping import ANA, PHRASE

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command on a database of its own; `typed` is its standard input."""
    monkeypatch.setenv("SCHEDY_SERVER_DATA", str(tmp_path))

    def command(*arguments: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return cli.main(arguments)

    return command


@pytest.fixture
def ana(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "add", ANA, "--password-stdin", typed=PHRASE + "\n") == 0
    capsys.readouterr()


Said = pytest.CaptureFixture[str]
with_ana = pytest.mark.usefixtures("ana")


def opened(tmp_path: Path) -> Storage:
    return open_storage(f"sqlite:///{tmp_path}/schedy.db")


def test_adding_a_user_says_what_comes_next(run: Run, capsys: Said) -> None:
    assert run("user", "add", "Ana@Lab.org", "--password-stdin", typed=PHRASE) == 0
    assert f"schedy login --root http://127.0.0.1:8080/ {ANA}" in capsys.readouterr().out


@with_ana
def test_a_user_is_added_once(run: Run, capsys: Said) -> None:
    assert run("user", "add", ANA, "--password-stdin", typed=PHRASE) == 1
    assert capsys.readouterr().err == f"schedy-server: {ANA} has an account already.\n"


@pytest.mark.parametrize("typed", ["", "short\n", "password1234\n"])
def test_a_bad_password_makes_no_account(run: Run, capsys: Said, typed: str) -> None:
    assert run("user", "add", ANA, "--password-stdin", typed=typed) == 2
    capsys.readouterr()
    assert run("user", "list") == 0
    assert capsys.readouterr().out == ""


def test_without_a_terminal_the_option_for_passwords_is_named(run: Run, capsys: Said) -> None:
    assert run("user", "add", ANA) == 2
    assert "--password-stdin" in capsys.readouterr().err


@with_ana
def test_users_are_listed(run: Run, capsys: Said) -> None:
    run("user", "list")
    assert capsys.readouterr().out.startswith(f"{ANA}  since 20")
    run("user", "list", "--json")
    assert [user["email"] for user in json.loads(capsys.readouterr().out)] == [ANA]


@with_ana
def test_removing_a_user_takes_a_yes(run: Run, capsys: Said) -> None:
    assert run("user", "remove", ANA) == 2
    assert "--yes" in capsys.readouterr().err
    assert run("user", "remove", ANA, "--yes") == 0
    assert f"{ANA} with its 0 experiments" in capsys.readouterr().out
    assert run("user", "remove", ANA, "--yes") == 1


@with_ana
def test_a_password_is_reset(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as storage:
        before = storage.read_now(lambda ledger: account_of(ledger, ANA)).password_hash
    assert run("user", "reset-password", ANA, "--password-stdin", typed=PHRASE[::-1]) == 0
    with opened(tmp_path) as storage:
        after = storage.read_now(lambda ledger: account_of(ledger, ANA)).password_hash
    assert before != after


@pytest.mark.parametrize(
    "command",
    [("user", "reset-password", ANA), ("token", "create", ANA), ("token", "list", ANA)],
)
def test_a_missing_account_is_named(run: Run, capsys: Said, command: tuple[str, ...]) -> None:
    run("migrate")
    capsys.readouterr()
    assert run(*command) == 1
    assert capsys.readouterr().err == f"schedy-server: {ANA} has no account.\n"


@with_ana
def test_a_new_token_is_alone_on_standard_output(run: Run, capsys: Said) -> None:
    assert run("token", "create", ANA) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("sdy_a_")


@with_ana
def test_tokens_are_listed_without_their_secrets(run: Run, capsys: Said) -> None:
    run("token", "create", ANA, "--name", "laptop", "--scope", "admin", "--expires-in", "1d")
    token = capsys.readouterr().out.strip()
    run("token", "list", ANA)
    table = capsys.readouterr().out
    assert "laptop" in table
    assert token not in table
    run("token", "list", ANA, "--json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["scope"], listed["hint"]) == (Scope.ADMIN, f"sdy_a_…{token[-4:]}")


@with_ana
def test_a_token_is_revoked_by_its_id(run: Run, capsys: Said) -> None:
    run("token", "create", ANA)
    run("token", "list", ANA, "--json")
    token_id = json.loads(capsys.readouterr().out.partition("\n")[2])[0]["id"]
    assert run("token", "revoke", token_id) == 0
    assert run("token", "revoke", "nope") == 1
    capsys.readouterr()
    run("token", "list", ANA, "--json")
    assert json.loads(capsys.readouterr().out) == []


@with_ana
def test_a_client_configuration_is_written_for_its_owner_alone(
    run: Run, capsys: Said, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "client.json"
    for _ in range(2):  # again: replaced
        assert run("token", "create", ANA, "--client-config", str(file)) == 0
    written = json.loads(file.read_text())
    token = written.pop("token")
    expected = {"root": "http://127.0.0.1:8080/", "email": ANA, "token_type": "api_token"}
    assert written == expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token not in "".join(capsys.readouterr())
    assert [path.name for path in file.parent.iterdir()] == ["client.json"]


@with_ana
def test_a_client_configuration_can_be_printed(run: Run, capsys: Said) -> None:
    url = "https://schedy.lab.org"
    run("token", "create", ANA, "--client-config", "-", "--public-url", url)
    assert json.loads(capsys.readouterr().out)["root"] == url + "/"


@with_ana
@pytest.mark.parametrize(
    "options",
    [("--expires-in", "soon"), ("--expires-in", "0"), ("--name", ""), ("--name", "default")],
)
def test_an_impossible_token_is_refused(run: Run, capsys: Said, options: tuple[str, str]) -> None:
    assert run("token", "create", ANA, *options) == 2
    assert capsys.readouterr().err.startswith("schedy-server: ")


def test_migrating_says_what_it_did(run: Run, capsys: Said) -> None:
    assert [run("migrate"), run("migrate", "--force")] == [0, 0]
    steps = "".join(f"done: {step.label}\n" for step in migrations("sqlite"))
    assert capsys.readouterr().out == f"{steps}The schema is current.\n"


def test_under_a_server_that_could_not_go_on_it_does_not_migrate(
    run: Run, capsys: Said, tmp_path: Path
) -> None:
    with opened(tmp_path) as storage, only_server_on(f"sqlite:///{tmp_path}/schedy.db"):
        storage.write_now(
            lambda ledger: ledger.session.script("DELETE FROM migration WHERE number > 1")
        )
        assert run("migrate") == 1
    assert capsys.readouterr().err.endswith("that can't go on with it: stop it first.\n")


@pytest.mark.parametrize(
    "options",
    [("--database", "mysql://x"), ("--config", "/none"), ("--database", "sqlite:////proc/x/y.db")],
)
def test_a_wrong_setting_is_one_line_and_no_traceback(
    run: Run, capsys: Said, options: tuple[str, str]
) -> None:
    assert run("user", "list", *options) in {1, 2}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("schedy-server: ")


@pytest.mark.parametrize(
    "command",
    [
        ("user", "list"),
        ("user", "remove", ANA, "--yes"),
        ("token", "list", ANA),
        ("maintenance", "on"),
        ("maintenance", "status"),
    ],
)
def test_a_folder_that_is_misspelled_is_no_new_database(
    run: Run, capsys: Said, tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "typo"
    assert run(*command, "--data", str(folder)) == 2
    assert f"There is no file {folder}/schedy.db" in capsys.readouterr().err
    assert not folder.exists()


def test_a_place_where_no_database_can_be_is_named(run: Run, capsys: Said, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for folder in (file, file / "below"):
        assert run("user", "add", ANA, "--data", str(folder)) == 2
        assert f"can't be in {folder}: " in capsys.readouterr().err
    (tmp_path / "schedy.db").mkdir()
    assert run("user", "list") == 2
    assert capsys.readouterr().err == f"schedy-server: {tmp_path}/schedy.db is no file.\n"


def test_the_file_of_another_program_is_left_alone(run: Run, capsys: Said, tmp_path: Path) -> None:
    file = tmp_path / "schedy.db"
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()
    assert run("migrate") == 2
    assert "is the database of another program: it holds 'recipes'" in capsys.readouterr().err
    assert file.read_bytes()[100:] == before[100:]
    file.write_bytes(b"no database at all" * 100)
    assert run("user", "list") != 0
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize("command", [(), ("user",), ("token",), ("user", "add"), ("nonsense",)])
def test_an_incomplete_command_explains_the_usage(
    run: Run, capsys: Said, command: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*command)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: schedy-server")


def test_the_help_shows_examples(run: Run, capsys: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--help")
    assert ended.value.code == 0
    assert "schedy-server user add ana@lab.org" in capsys.readouterr().out


def test_the_help_of_serve_shows_every_setting(run: Run, capsys: Said) -> None:
    with pytest.raises(SystemExit):
        run("serve", "--help")
    text = capsys.readouterr().out
    for option in OPTIONS:
        assert option.flag in text
        assert option.variable in text
