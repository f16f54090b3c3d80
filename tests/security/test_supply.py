"""What Schedy is made of is little, is listed, and is looked up among what is broken."""

import json
from importlib.metadata import requires
from pathlib import Path

import pytest

from scripts.audited import judge

SOUND = {"name": "a", "version": "1", "vulns": []}
HOLE = {"id": "CVE-1", "fix_versions": ["2"]}
BROKEN = {"name": "b", "version": "1", "vulns": [HOLE]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


def judged(folder: Path, *packages: object) -> tuple[str, int]:
    file = folder / "audit.json"
    file.write_text(json.dumps({"dependencies": packages}))
    return judge(file)


def test_a_known_hole_fails_the_check(tmp_path: Path) -> None:
    said, code = judged(tmp_path, SOUND, BROKEN, SKIPPED)
    assert code == 1
    assert said.splitlines() == [
        "b 1: CVE-1, mended in 2",
        "audit: 1 known holes in 2 of 3 packages",
    ]


def test_without_holes_it_passes(tmp_path: Path) -> None:
    assert judged(tmp_path, SOUND) == ("audit: 0 known holes in 1 of 1 packages", 0)


@pytest.mark.parametrize("packages", [[], [SKIPPED]])
def test_what_could_not_be_looked_up_fails_nothing(tmp_path: Path, packages: list[object]) -> None:
    said, code = judged(tmp_path, *packages)
    assert (code, len(said.splitlines())) == (0, 1)
    assert judge(tmp_path / "missing") == (said, 0)


def test_what_the_server_installs_is_a_short_list() -> None:
    lines = [line for line in requires("schedy") or [] if "extra == 'server'" in line]
    lines = lines or [line for line in requires("schedy") or [] if 'extra == "server"' in line]
    assert 0 < len(lines) <= 14
