"""What the tab key offers, asked as a shell asks."""

import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from schedy.cli.fields import complete_fields
from tests.client.cli.command import COMMAND, Schedy, environment
from tests.running import RunningServer


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch("".join(filter(str.isalnum, name)), minimize="loss")
    db.add_experiment(added)
    for values in ({"lr": 1, "\x1b[2J": 1}, {"lr": 2, "layers": 3}):
        added.add_job(values, status="DONE", results={"loss": 1, "losses": [1], "l\x07": 1})
    added.add_job({"late": 1})
    return added


def completed(server: RunningServer, home: Path, line: str) -> list[str]:
    """Return what a shell is told to offer behind a line."""
    file = home / "offered"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(file),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    subprocess.run(COMMAND, env={**environment(server, home), **asked}, check=True, timeout=60)
    offered = (each.strip() for each in file.read_text().split("\n"))
    return [each for each in offered if each and not each.startswith("-")]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("surface % ", ["lr", "layers", "late"]),
        ("surface % lr la", ["layers", "late"]),
        ("surface % lr layers --target ", ["quality", "seconds", "loss", "losses"]),
        ("curves % lo", ["loss", "losses"]),
        ("distribution % l", ["loss", "losses", "lr", "layers", "late"]),
        ("importance % --target s", ["seconds"]),
        ("predictions % --target lo", ["loss", "losses"]),
    ],
)
def test_the_tab_key_completes_fields(
    server: RunningServer, home: Path, experiment: Experiment, line: str, offered: list[str]
) -> None:
    assert sorted(completed(server, home, f"schedy {line.replace('%', experiment.name)}")) == (
        sorted(offered)
    )


@pytest.mark.parametrize(
    "command", ["progress", "distribution", "surface", "predictions", "curves"]
)
def test_the_tab_key_completes_the_experiment(
    server: RunningServer, home: Path, experiment: Experiment, command: str
) -> None:
    assert completed(server, home, f"schedy {command} {experiment.name[:-2]}") == [experiment.name]


@pytest.mark.parametrize("known", [{}, {"experiment": None}, {"experiment": "no such"}])
def test_without_an_experiment_no_field_is_offered(schedy: Schedy, known: dict[str, str]) -> None:
    assert complete_fields("", Namespace(**known), ("results",), ("quality",)) == []
