"""Whatever others call their things, and whatever a server says: a terminal obeys none of it."""

import os
import re
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from fcntl import ioctl
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy import Experiment, ManualSearch, SchedyDB
from schedy.cli.parser import build_parser
from schedy.cli.text import clean
from tests.client.cli.command import Schedy, start
from tests.client.peer import Peer, reply
from tests.running import RunningServer

# What a terminal obeys, or shows something else for: all that is below but tab and newline.
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
HOSTILE = [
    *("\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x9b31m", "\x90q\x9c", "\x1bP$q\x1b\\", "\x07\x08\x08"),
    *("\rroot#", "\u202eevil", "\u2066x\u2069", "\x1b]8;;http://evil.example\x07y", "\x7f", "\x00"),
]
KEPT = [each for each in HOSTILE if "\x00" not in each]  # no database keeps NUL
NAME = "hostile \u202esearch\u2066"
# These take the terminal for themselves, ask there, or hand on the output of another program.
APART = {"autocomplete", "completion", "login", "run", "watch"}
COMMANDS = sorted(
    {
        name
        for action in build_parser()._actions
        if isinstance(action.choices, dict)
        for name in action.choices
    }
    - APART
)


@pytest.fixture
def experiment(db: SchedyDB) -> Iterator[Experiment]:
    added = ManualSearch(NAME, minimize=KEPT[0])
    db.add_experiment(added)
    hyperparameters = {each: each for each in HOSTILE}
    for at in range(3):
        added.add_job(hyperparameters, results={KEPT[0]: at}, status="DONE")
    added.add_job(hyperparameters)
    path, reason = f"experiments/{quote(NAME)}/", "".join(KEPT)
    ask = db.connection.request
    claim = {"claim_id": token_hex(), "worker": f"{reason}{token_hex()}:1"}
    job = ask("POST", f"{path}claims/", claim).json()
    crash = {"lease_id": job["lease_id"], "status": "CRASHED", "reason": reason}
    ask("POST", f"{path}jobs/{job['id']}/finish/", crash, headers={"If-Match": job["etag"]})
    yield added
    for each in db.get_experiments():
        each.delete()


def variants(command: str, job_id: str) -> Iterator[Sequence[str]]:
    """Yield ways to call a command that may make sense."""
    for options in ((), ("--json",)):
        for arguments in ((), (NAME,), (NAME, job_id), (NAME, "".join(KEPT)), (job_id,)):
            yield [*options, command, *arguments]


def assert_harmless(text: str) -> None:
    found = OBEYED.search(text)
    assert found is None, ascii(text)


@pytest.mark.slow
@pytest.mark.parametrize("command", [each for each in COMMANDS if each != "export"])
def test_no_command_hands_on_what_a_terminal_obeys(
    schedy: Schedy, experiment: Experiment, command: str
) -> None:
    [*_, job] = experiment.all_jobs()
    for arguments in variants(command, job.job_id):
        outcome = schedy(*arguments)
        assert_harmless(outcome.out + outcome.err)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_does_so_on_a_terminal(
    server: RunningServer, home: Path, experiment: Experiment, command: str
) -> None:
    [*_, job] = experiment.all_jobs()
    for arguments in ([command], [command, NAME], [command, NAME, job.job_id]):
        assert_harmless(COLOUR.sub("", on_terminal(server, home, arguments)))


def on_terminal(server: RunningServer, home: Path, arguments: Sequence[str]) -> str:
    """Return what a command writes to a terminal, which answers no question."""
    ours, theirs = os.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with start(server, home, *arguments, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        while piece := read(ours):
            shown += piece
    os.close(ours)
    return shown.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # this is how Linux says that nobody writes any more
        return b""


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 418, 500])
@pytest.mark.parametrize("command", [["list"], ["show", "x"], ["best", "x"], ["rm", "-f", "x"]])
def test_an_error_of_a_server_is_one_harmless_line(
    command_line: Schedy, monkeypatch: pytest.MonkeyPatch, command: Sequence[str], status: int
) -> None:
    body = "".join(HOSTILE).encode("utf-8", "surrogatepass")
    with Peer() as peer:
        peer.will(*[reply(status, body)] * 9)
        configuration = peer.connection().configuration
        monkeypatch.setenv("SCHEDY_ROOT", configuration.root)
        monkeypatch.setenv("SCHEDY_EMAIL", "ana@lab.org")
        monkeypatch.setenv("SCHEDY_TOKEN", "t")
        outcome = command_line("--patience", "0", *command)
    assert outcome.code != 0
    assert_harmless(outcome.out + outcome.err)


@given(st.text(st.characters()))
def test_what_was_cleaned_is_harmless_and_stays_as_it_is(text: str) -> None:
    assert_harmless(clean(text))
    assert clean(clean(text)) == clean(text)
    assert clean(text, but="\n\t").count("\n") == text.count("\n")
