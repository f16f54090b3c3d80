"""How a machine gets to know its server."""

import io
import json
import stat
import sys
from pathlib import Path

import pytest

from tests.client.cli.command import Outcome, Schedy
from tests.running import RunningServer


@pytest.fixture
def stranger(
    command_line: Schedy, server: RunningServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Schedy:
    """The command on a machine without configuration; the password comes from a pipe."""
    monkeypatch.setenv("HOME", str(home))
    for variable in ("SCHEDY_ROOT", "SCHEDY_EMAIL", "SCHEDY_TOKEN"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str, password: str = server.password) -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return command_line(*arguments)

    return run


def test_login_stores_a_token_that_works(
    stranger: Schedy, server: RunningServer, home: Path
) -> None:
    done = stranger("login", "--root", server.root, server.email, "--password-stdin")

    assert done.code == 0
    assert "schedy list" in done.out
    assert stranger("list").code == 0


def test_only_the_owner_can_read_it(stranger: Schedy, server: RunningServer, home: Path) -> None:
    stranger("login", "--root", server.root, server.email)

    assert stat.S_IMODE((home / ".schedy" / "client.json").stat().st_mode) == 0o600


def test_the_password_is_not_stored(stranger: Schedy, server: RunningServer, home: Path) -> None:
    file = home / "elsewhere.json"

    stranger("--config", str(file), "login", "--root", server.root, server.email)

    assert server.password not in file.read_text()
    assert json.loads(file.read_text())["token"].startswith("sdy_")


def test_a_second_login_needs_no_root(stranger: Schedy, server: RunningServer) -> None:
    stranger("login", "--root", server.root, server.email)

    again = stranger("login", server.email, "--json")

    assert again.json["root"] == server.root


def test_a_wrong_password_is_no_traceback(
    stranger: Schedy, server: RunningServer, home: Path
) -> None:
    refused = stranger("login", "--root", server.root, server.email, password="wrong")  # noqa: S106

    assert refused.code == 1
    assert "does not accept" in refused.err
    assert not (home / ".schedy" / "client.json").exists()


def test_gen_token_replaces_the_token(stranger: Schedy, server: RunningServer) -> None:
    options = ("--root", server.root, "--email", server.email, "--password", server.password)

    assert stranger("gen-token", *options).code == 0
    assert stranger("list").code == 0
