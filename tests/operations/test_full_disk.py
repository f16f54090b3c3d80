"""On a full disk, results are taken when nothing else is; and all is well once there is room."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

pytestmark = pytest.mark.slow


def test_results_fit_on_a_full_disk_and_claims_come_back_by_themselves(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or not _may_mount(unshare, tmp_path):
        pytest.skip("this takes a small disk, and so the right to mount one (root)")
    command = [unshare, "-m", sys.executable, "-m", "tests.operations.small_disk", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def _may_mount(unshare: str, folder: Path) -> bool:
    tried = subprocess.run(
        [unshare, "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "none", folder],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
