"""Results on their way, in files."""

import json
import stat
from pathlib import Path

from schedy.cli.outbox import Letter, keep


def letter() -> Letter:
    return Letter(
        root="http://localhost/",
        email="ada@example.org",
        method="POST",
        path="experiments/mnist/jobs/7xk/finish/",
        etag='"3"',
        lease_id="lease",
        experiment="mnist",
        job_id="7xk",
        body={"status": "DONE", "results": {"loss": float("inf")}},
    )


def test_a_letter_says_all_that_it_takes_to_send_it(tmp_path: Path) -> None:
    kept = json.loads(keep(letter(), tmp_path / "outbox").read_text())

    assert kept["path"] == "experiments/mnist/jobs/7xk/finish/"
    assert (kept["method"], kept["etag"], kept["lease_id"]) == ("POST", '"3"', "lease")
    assert kept["body"] == {"status": "DONE", "results": {"loss": float("inf")}}
    assert (kept["root"], kept["email"]) == ("http://localhost/", "ada@example.org")


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = keep(letter(), tmp_path / "outbox")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_equal_letters_have_files_of_their_own(tmp_path: Path) -> None:
    same = letter()

    assert keep(same, tmp_path) != keep(same, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
