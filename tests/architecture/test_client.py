"""A training script pays for the client and nothing else."""

import subprocess
import sys
from importlib.metadata import requires

import pytest

HEAVY = ("apsw", "argcomplete", "asyncio", "msgspec", "numpy", "rich", "schedy_server", "starlette")


def modules_after(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return set(run.stdout.split())


def test_the_client_needs_three_packages() -> None:
    always = [line for line in requires("schedy") or [] if "extra ==" not in line]
    names = sorted(line.split(">")[0].split("<")[0] for line in always)
    assert names == ["argcomplete", "rich", "urllib3"]


@pytest.mark.parametrize("package", HEAVY)
def test_importing_schedy_does_not_load(package: str, loaded: set[str]) -> None:
    assert package not in loaded


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return modules_after("import schedy")


def test_the_server_s_command_says_what_it_lacks_beside_the_client_alone() -> None:
    script = (
        "import sys; sys.modules['apsw'] = None; "
        "from schedy_server.command import main; sys.exit(main())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, text=True
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "schedy-server: this needs the server's packages (apsw is missing): "
        "pip install 'schedy[server]'\n"
    )
