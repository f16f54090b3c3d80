"""What tutorials, how-to guides and examples tell the reader to type does what they say."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schedy
from tests.docs.pages import DOCS, Block, blocks, commands, matches
from tests.running import RunningServer, running_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]

ROOT = DOCS.parent
# Each with the best result that it finds.
EXAMPLES = {"any-language": "-0.75", "past-results": "0.94"}
STORIES = sorted(
    str(path.relative_to(DOCS))
    for folder in ("tutorial", "howto")
    for path in (DOCS / folder).glob("*.md")
    if any(block.language in {"python", "console"} for block in blocks(path.read_text("utf-8")))
)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _desk(server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sit the reader down where the commands are, signed in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SCHEDY_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("SCHEDY_SERVER_DATA", str(server.data))
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value.rstrip("/"))
    for experiment in schedy.SchedyDB().get_experiments():
        experiment.delete()


@pytest.mark.parametrize("story", STORIES)
def test_a_story_can_be_typed(story: str) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks((DOCS / story).read_text("utf-8")):
        where = f"docs/{story}:{block.line}"
        if block.file is not None:
            Path(block.file).write_text(block.content, encoding="utf-8")
        elif block.language == "python":
            run_python(block, names, where)
        elif block.language == "console":
            run_commands(block, where)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_as_its_readme_says(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ROOT / "examples" / example
    monkeypatch.chdir(folder)
    [block] = blocks((folder / "README.md").read_text("utf-8"))
    done = run_in_shell(block.content)
    assert done.returncode == 0, done.stderr
    assert EXAMPLES[example] in done.stdout


def run_python(block: Block, names: dict[str, Any], where: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.content, where, "exec"), names)  # noqa: S102  the reader would, too
    if block.expected is not None:
        assert matches(printed.getvalue(), block.expected), f"{where} prints:\n{printed.getvalue()}"


def run_commands(block: Block, where: str) -> None:
    for command, expected in commands(block):
        done = run_in_shell(command)
        assert done.returncode == 0, f"{where}: {command}{done.stderr}"
        if expected:
            assert matches(done.stdout, expected), f"{where}: {command}{done.stdout}"


def run_in_shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        capture_output=True,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
    )
