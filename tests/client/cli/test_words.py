"""Tags, notes and actions on many jobs, on the command line."""

import io
import sys
from pathlib import Path

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.client.cli.command import Schedy


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    return added


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def editor(home: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Have notes edited by a shell script, to which `$1` is the file."""
    program = home / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(program))
    monkeypatch.delenv("VISUAL", raising=False)


def test_an_experiment_and_its_jobs_are_tagged(
    schedy: Schedy, db: SchedyDB, experiment: Experiment
) -> None:
    jobs = [experiment.add_job() for _ in range(2)]
    done = schedy("tag", experiment.name, "vision", "paper", "--reason", "why not")
    assert (done.code, done.out) == (0, f"{experiment.name}\tvision paper\n")
    schedy("tag", experiment.name, "odd", "--job", jobs[0].job_id, "--job", jobs[1].job_id)
    schedy("untag", experiment.name, "odd", "--job", jobs[1].job_id)
    assert [experiment.get_job(job.job_id).tags for job in jobs] == [["odd"], []]
    assert "odd" in schedy("show", experiment.name, jobs[0].job_id).out
    assert "vision paper" in schedy("show", experiment.name).out
    assert "tagged vision, paper" in schedy("log", experiment.name).out


def test_a_tag_that_can_not_be_is_said_in_a_line(schedy: Schedy, experiment: Experiment) -> None:
    wrong = schedy("tag", experiment.name, "not one")
    assert wrong.code == 1
    assert wrong.err.count("\n") == 1
    assert "no spaces, commas" in wrong.err


def test_a_note_is_written_and_shown(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = experiment.add_job()
    assert schedy("note", experiment.name).out == ""
    schedy("note", experiment.name, "-m", "# Why")
    answer(monkeypatch, "from a\nfile\n")
    schedy("note", experiment.name, job.job_id, "-m", "-")
    assert schedy("note", experiment.name).out == "# Why\n"
    assert schedy("note", experiment.name, job.job_id, "--json").json == {"note": "from a\nfile\n"}


def test_a_note_is_edited(
    schedy: Schedy, experiment: Experiment, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.set_note("one")
    editor(home, monkeypatch, 'echo " and two" >> "$1"')
    assert schedy("note", experiment.name, "--edit").code == 0
    assert schedy("note", experiment.name).out == "one and two\n"
    editor(home, monkeypatch, "true")
    assert "as it was" in schedy("note", experiment.name, "--edit").err
    editor(home, monkeypatch, "exit 3")
    assert "failed (3)" in schedy("note", experiment.name, "--edit").err


def test_what_somebody_else_wrote_meanwhile_is_kept_and_so_is_mine(
    schedy: Schedy, experiment: Experiment, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"main(['note', '{experiment.name}', '-m', 'theirs'])"
    theirs = f'{sys.executable} -c "from schedy.cli import main; {code}"'
    editor(home, monkeypatch, f'{theirs}\necho mine > "$1"')
    done = schedy("note", experiment.name, "--edit")
    assert done.code == 1
    kept = Path(done.err.rstrip(".\n").split(" ")[-1])
    assert kept.read_text() == "mine"
    kept.unlink()
    assert schedy("note", experiment.name).out == "theirs\n"


# act


def test_many_jobs_are_changed_once_somebody_said_yes(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.add_jobs({"status": "CRASHED"} for _ in range(3))
    answer(monkeypatch, "n\n")
    asked = schedy("act", experiment.name, "requeue", "-f", "status:crashed")
    assert "requeue 3 of 3 jobs" in asked.err
    assert len(list(experiment.jobs("CRASHED"))) == 3
    answer(monkeypatch, "y\n")
    done = schedy("act", experiment.name, "requeue", "-f", "status:crashed", "--reason", "again")
    assert (done.code, done.out) == (0, "3 of 3 jobs back in the queue.\n")


def test_a_dry_run_only_counts(schedy: Schedy, experiment: Experiment) -> None:
    ids = experiment.add_jobs([{}, {"status": "DONE"}])
    told = schedy("act", experiment.name, "cancel", *ids, "--dry-run")
    assert (told.code, told.out) == (0, "1 of 2 jobs would be cancelled.\n")
    assert f"{ids[1]}: Job '{ids[1]}' is DONE already." in told.err
    assert experiment.get_job(ids[0]).status == "QUEUED"


def test_what_can_not_be_done_fails_and_the_rest_is_done(
    schedy: Schedy, experiment: Experiment
) -> None:
    ids = experiment.add_jobs([{}, {"status": "DONE"}])
    done = schedy("act", experiment.name, "cancel", *ids, "--yes", "--json")
    assert (done.code, done.json["changed"], list(done.json["refused"])) == (1, 1, [ids[1]])


def test_jobs_are_tagged_by_a_filter_and_listed_by_their_tag(
    schedy: Schedy, experiment: Experiment
) -> None:
    ids = experiment.add_jobs({"hyperparameters": {"lr": n}} for n in (0.1, 10))
    done = schedy("act", experiment.name, "tag", "odd", "-f", "lr>1", "-y")
    assert done.out == "1 of 1 jobs tagged.\n"
    listed = schedy("list", experiment.name, "--filter", "tag:odd", "--json").json
    assert [(job["id"], job["tags"]) for job in listed] == [(ids[1], ["odd"])]
    exported = schedy("export", experiment.name, "-f", "tag:odd", "--field", "id", "--field", "lr")
    assert exported.out.split() == ["id,lr", f"{ids[1]},10"]


@pytest.mark.parametrize(
    "words", [["tag"], ["cancel"], ["tag", "x"], ["cancel", "job", "-f", ""], ["explode", "-f", ""]]
)
def test_what_makes_no_sense_is_said(
    schedy: Schedy, experiment: Experiment, words: list[str]
) -> None:
    assert schedy("act", experiment.name, *words).code == 2


def test_where_nobody_can_be_asked_nothing_is_done(
    schedy: Schedy, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment.add_job()
    answer(monkeypatch, "")
    assert "--yes does it" in schedy("act", experiment.name, "delete", "-f", "").err
    assert len(list(experiment.jobs())) == 1
