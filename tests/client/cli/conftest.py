"""A server for each module, and the command line to use it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy import SchedyDB
from schedy.cli import main
from tests.client.cli.command import Outcome, Schedy, environment
from tests.running import RunningServer, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as started:
        yield started


@pytest.fixture
def db(server: RunningServer) -> SchedyDB:
    return SchedyDB(config_override=server.client)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """The name of an experiment that no other test uses."""
    return str(request.node.name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Schedy]:
    """The command, in this process; whatever it does to the logger is undone."""
    logger = logging.getLogger("schedy")
    before = (logger.handlers, logger.propagate)

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:  # argparse ends like this
            code = int(end.code or 0)
        return Outcome(code, *capsys.readouterr())

    monkeypatch.setenv("COLUMNS", "80")
    yield run
    logger.handlers, logger.propagate = before


@pytest.fixture
def schedy(
    command_line: Schedy, server: RunningServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Schedy:
    """The command of a user of the server."""
    monkeypatch.delenv("SCHEDY_OUTBOX")  # it is in the home of that user
    for variable, value in environment(server, home).items():
        monkeypatch.setenv(variable, value)
    return command_line
