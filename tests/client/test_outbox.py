"""Results on their way, in files."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.encoding import encode
from schedy.letters import Letter
from schedy.outbox import Orphan, hold, orphans
from tests.strategies import json_values
from tests.waiting import wait_until

BODY = {"status": "DONE", "results": {"loss": float("inf"), "curve": [0.1] * 3}}


def letter(body: object = BODY) -> Letter:
    return Letter(
        root="http://localhost/",
        email="ada@example.org",
        method="POST",
        path="experiments/mnist/jobs/7xk/finish/",
        etag='"3"',
        lease_id="lease",
        experiment="mnist\ud800",
        job_id="7xk",
        content=encode(body),
    )


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHEDY_OUTBOX", str(tmp_path / "outbox"))
    return tmp_path / "outbox"


def found(outbox: Path) -> list[Orphan]:
    return list(orphans(outbox))


def left_behind(outbox: Path, *, code: str = "") -> None:
    """Hold a letter in a process that ends without a word."""
    script = f"""
import os
from schedy.outbox import hold
from tests.client.test_outbox import letter
held = hold(letter())
{code}
os._exit(0)
"""
    environment = {**os.environ, "SCHEDY_OUTBOX": str(outbox)}
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=root, check=True)


def test_a_letter_says_all_that_it_takes_to_send_it(outbox: Path) -> None:
    held = hold(letter())
    assert held.file is not None
    kept = json.loads(held.file.read_text())
    assert (kept["format"], kept["path"]) == (1, "experiments/mnist/jobs/7xk/finish/")
    assert (kept["method"], kept["etag"], kept["lease_id"]) == ("POST", '"3"', "lease")
    assert kept["body"] == BODY
    assert (kept["root"], kept["email"]) == ("http://localhost/", "ada@example.org")


def test_nobody_else_can_read_it(outbox: Path) -> None:
    held = hold(letter())
    assert held.file is not None
    assert stat.S_IMODE(held.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700


def test_letters_of_the_same_moment_have_files_of_their_own(outbox: Path) -> None:
    assert hold(letter()).file != hold(letter()).file


def test_one_file_serves_many_letters_and_is_empty_between_them(outbox: Path) -> None:
    first = hold(letter({"results": {"long": "x" * 3000}}))
    first.done()
    second = hold(letter())
    assert second.file is not None
    assert second.file == first.file
    assert json.loads(second.file.read_text())["body"] == BODY
    second.done()
    assert found(outbox) == []


def test_a_large_letter_leaves_no_large_file(outbox: Path) -> None:
    held = hold(letter({"results": {"long": "x" * 1_000_000}}))
    held.done()
    assert held.file is not None
    assert held.file.stat().st_size == 0


def test_a_letter_of_a_living_process_is_left_alone(outbox: Path) -> None:
    held = hold(letter())
    [orphan] = found(outbox)
    assert (orphan.is_waiting, orphan.file) == (True, held.file)


def test_a_letter_of_a_killed_process_is_found(outbox: Path) -> None:
    left_behind(outbox)
    [orphan] = found(outbox)
    assert not orphan.is_waiting
    assert orphan.letter is not None
    assert orphan.letter.content == encode(BODY)


def test_a_letter_that_can_not_be_opened_keeps_no_other_back(outbox: Path) -> None:
    left_behind(outbox)
    (outbox / "0.json").mkdir()  # as good as a file of somebody else's, also for root
    closed, left = found(outbox)
    assert (closed.letter, closed.file.name) == (None, "0.json")
    assert "0.json" in closed.problem
    assert left.letter is not None


def test_a_child_does_not_hold_the_letters_of_its_parent(outbox: Path) -> None:
    left_behind(outbox, code="if not os.fork(): import time; time.sleep(5)")
    wait_until(lambda: not found(outbox)[0].is_waiting)


def test_what_was_settled_goes_away(outbox: Path) -> None:
    left_behind(outbox)
    for orphan in orphans(outbox):
        orphan.is_settled = True
    assert list(outbox.iterdir()) == []


def test_empty_files_of_killed_processes_are_tidied_up(outbox: Path) -> None:
    left_behind(outbox, code="held.done()")
    [empty] = outbox.iterdir()
    assert hold(letter()).file != empty
    assert not empty.exists()


def test_a_process_that_ends_well_leaves_nothing(outbox: Path) -> None:
    left_behind(outbox, code="held.done(); raise SystemExit")
    assert list(outbox.iterdir()) == []


def test_a_letter_that_was_torn_by_a_power_cut_is_not_taken_for_one(outbox: Path) -> None:
    left_behind(outbox)
    [file] = outbox.iterdir()
    file.write_bytes(file.read_bytes().replace(b"0.1", b"0.2", 1))
    [orphan] = found(outbox)
    assert orphan.letter is None
    assert "not written to its end" in orphan.problem


def test_a_letter_of_an_earlier_version_is_understood() -> None:
    old = {"format": 1, "root": "r", "email": "e", "method": "PUT", "path": "p", "etag": None}
    old |= {"lease_id": None, "experiment": "x", "job_id": "j", "body": {"a": 1}, "created": 5.0}
    read = Letter.read(json.dumps(old).encode())
    assert (read.content, read.created, read.headers) == (b'{"a":1}', 5.0, {})


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"body": 1}', b"\xff", b'{"crc32":"0'])
def test_what_is_no_letter_is_none(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"letter|JSON|Expecting|codec|end|Unterminated"):
        Letter.read(text)


@given(st.dictionaries(st.text(), json_values()))
def test_a_letter_comes_back_to_the_byte(body: dict[str, object]) -> None:
    sent = letter(body)
    assert Letter.read(sent.written() + b"\n   ") == sent


def test_no_outbox_if_nobody_wants_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDY_OUTBOX", "off")
    held = hold(letter())
    assert held.file is None
    held.done()


def test_where_nothing_can_be_written_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCHEDY_OUTBOX", str(tmp_path / "file" / "outbox"))
    assert (hold(letter()).file, hold(letter()).file) == (None, None)
    assert caplog.text.count("can't be kept in files") == 1


def test_whoever_clears_the_folder_loses_no_later_letter(outbox: Path) -> None:
    hold(letter()).done()
    shutil.rmtree(outbox)
    held = hold(letter())
    assert held.file is not None
    assert held.file.exists()


def test_without_locks_nothing_young_is_taken_for_an_orphan(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError("no locks available")

    left_behind(outbox)
    left_behind(outbox, code="held.done()")
    monkeypatch.setattr("schedy.outbox.flock", no_locks)
    assert [each.is_waiting for each in found(outbox)] == [True]
    for file in outbox.iterdir():
        os.utime(file, (0, 0))
    assert [each.is_waiting for each in found(outbox)] == [False]
    assert len(list(outbox.iterdir())) == 1
