"""What the dashboard computes in the browser has tests of its own, which run here, too."""

import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


def test_what_is_computed_in_the_browser_is_right() -> None:
    npx = shutil.which("npx")
    if npx is None or not (FRONTEND / "node_modules" / "vitest").is_dir():
        pytest.skip("Node.js is not installed, or frontend/ has no node_modules: npm ci")
    done = subprocess.run(
        [npx, "vitest", "run"],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
