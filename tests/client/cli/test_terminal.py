"""What people see: on a terminal of 80 columns, everything fits and nothing obeys."""

import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.client.cli.command import COMMAND, environment, start
from tests.running import RunningServer

COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    many = {f"hyperparameter_{at}": "\x1b[2Jwide" * 9 for at in range(9)}
    added.add_job(many, status="DONE", results={"loss": 0.25, "note": "\x9b31m"})
    return added


def seen(server: RunningServer, home: Path, *arguments: str) -> str:
    """Return what a command writes to a terminal, without colours."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with start(server, home, *arguments, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
    os.close(ours)
    assert process.returncode == 0, shown
    return COLOUR.sub("", shown.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # this is how Linux says that nobody writes any more
        return b""


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["list", "%"], ["show", "%"], ["best", "%"], ["watch", "--until-done", "%"]],
    ids=lambda arguments: arguments[0] + str(len(arguments)),
)
def test_it_fits(
    server: RunningServer, home: Path, experiment: Experiment, arguments: list[str]
) -> None:
    arguments = [experiment.name if word == "%" else word for word in arguments]

    shown = seen(server, home, *arguments)

    assert not {"\x1b", "\x9b"} & set(shown)
    assert max(len(line) for line in re.split("[\r\n]+", shown)) <= 80
    assert experiment.name in shown or "0.25" in shown


def test_a_job_is_shown_in_full(server: RunningServer, home: Path, experiment: Experiment) -> None:
    [job] = experiment.all_jobs()

    assert r"\x1b[2Jwide" in seen(server, home, "show", experiment.name, job.job_id)


def test_an_export_is_shown_and_not_obeyed(
    server: RunningServer, home: Path, experiment: Experiment
) -> None:
    shown = seen(server, home, "export", experiment.name)
    assert "\\x9b31m" in shown
    assert "\\x1b[2Jwide" in shown
    assert "\x9b" not in shown


def test_who_closes_the_output_gets_no_error(server: RunningServer, home: Path) -> None:
    command = shlex.join([*COMMAND, "list"])
    done = subprocess.run(  # noqa: S602 - a shell is what closes it
        f"{command} >&-",
        shell=True,
        env=environment(server, home),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
