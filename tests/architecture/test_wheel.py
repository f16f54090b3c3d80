"""What `pip install schedy` gives: built, installed alone in a fresh environment, and started."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("schedy-*.whl"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of an environment with the client alone."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    constraints = ROOT / "constraints.txt"
    run(folder / "bin/pip", "install", "--constraint", constraints, wheel)
    return folder / "bin"


def test_the_client_alone_brings_at_most_six_small_packages(bare: Path) -> None:
    listed = json.loads(run(bare / "pip", "list", "--format=json"))
    brought = {package["name"].lower() for package in listed} - {"pip", "setuptools", "schedy"}
    assert len(brought) <= 6, brought


def test_its_command_starts(bare: Path) -> None:
    assert run(bare / "schedy", "--help").startswith("usage: schedy")


def test_it_imports_without_the_server(bare: Path) -> None:
    run(bare / "python", "-W", "error", "-c", "import schedy")


def test_the_wheel_holds_all_that_the_server_reads_at_run_time(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    kept = (ROOT / "src").rglob("*.*")
    sources = {
        str(path.relative_to(ROOT / "src")) for path in kept if "__pycache__" not in path.parts
    }
    assert sources <= packed
