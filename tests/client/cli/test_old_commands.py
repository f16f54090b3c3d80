"""The commands of 2018: their arguments, and the shape of what they print to a program."""

import io
import sys

import pytest

from schedy import ManualSearch, RandomSearch, SchedyDB, random
from tests.client.cli.command import Schedy

UNIFORM = '{"low": 0.0, "high": 1.0}'


@pytest.fixture
def jobs(db: SchedyDB, name: str) -> list[str]:
    """The ids of two jobs of an experiment with the name of the test."""
    experiment = ManualSearch(name)
    db.add_experiment(experiment)
    return experiment.add_jobs(
        [
            {"hyperparameters": {"x": 1, "y": 2}, "results": {"result": 5}, "status": "DONE"},
            {"hyperparameters": {"x": 3, "name": "abc"}},
        ]
    )


def test_add_manual(schedy: Schedy, db: SchedyDB, name: str) -> None:
    assert schedy("add", "-s", "DONE", name, "manual").code == 0
    assert isinstance(db.get_experiment(name), ManualSearch)
    assert db.get_experiment(name).status == "DONE"


def test_add_random(schedy: Schedy, db: SchedyDB, name: str) -> None:
    assert (
        schedy("add", name, "random", "lr", "uniform", UNIFORM, "act", "const", '"relu"').code == 0
    )
    assert (
        db.get_experiment(name).scheduler
        == RandomSearch(
            name, {"lr": random.Uniform(0, 1), "act": random.Constant("relu")}
        ).scheduler
    )


def test_push_takes_several_values_after_one_option(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    pushed = schedy("push", name, "-p", "x", "1", "y", "-1e-5", "-r", "loss", "5", "-s", "DONE")

    assert pushed.out.splitlines()[1:] == ["status: DONE", "x: 1", "y: -1e-05", "loss: 5"]


def test_list_names_each_experiment_in_a_line(schedy: Schedy, name: str, jobs: list[str]) -> None:
    assert [name, "RUNNING", "Manual"] in [line.split() for line in schedy("list").out.splitlines()]


def test_list_names_each_job_in_a_line(schedy: Schedy, name: str, jobs: list[str]) -> None:
    assert schedy("list", name).out == f"{jobs[0]}  DONE\n{jobs[1]}  QUEUED\n"


def test_list_as_a_table(schedy: Schedy, name: str, jobs: list[str]) -> None:
    lines = schedy("list", name, "-t").out.splitlines()

    assert lines[1].split() == [
        "|",
        "id",
        "|",
        "status",
        "|",
        "x",
        "|",
        "y",
        "|",
        "result",
        "|",
        "name",
        "|",
    ]
    assert lines[4].split() == f"| {jobs[1]} | QUEUED | 3 | | | abc |".split()


def test_list_as_paragraphs(schedy: Schedy, name: str, jobs: list[str]) -> None:
    assert schedy("list", name, "-p").out == (
        f"id: {jobs[0]}\nstatus: DONE\nx: 1\ny: 2\nresult: 5\n\n"
        f"id: {jobs[1]}\nstatus: QUEUED\nx: 3\nname: abc\n"
    )


def test_list_sorts_and_chooses_fields(schedy: Schedy, name: str, jobs: list[str]) -> None:
    assert schedy("list", name, "-s", "x", "-d", "-f", "id", "-f", "x").out == (
        f"{jobs[1]}  3\n{jobs[0]}  1\n"
    )


def test_list_refuses_a_field_that_is_not_there(schedy: Schedy, name: str, jobs: list[str]) -> None:
    refused = schedy("list", name, "-s", "results")

    assert (refused.code, refused.out) == (2, "")
    assert "Did you mean 'result'" in refused.err


def test_show_an_experiment(schedy: Schedy, name: str) -> None:
    schedy("add", name, "random", "lr", "uniform", UNIFORM)

    assert schedy("show", name).out == (
        f"name: {name}\nstatus: RUNNING\nscheduler: RandomSearch\nlr: uniform ({UNIFORM})\n"
    )


def test_show_a_job(schedy: Schedy, name: str, jobs: list[str]) -> None:
    assert schedy("show", name, jobs[1]).out == f"id: {jobs[1]}\nstatus: QUEUED\nx: 3\nname: abc\n"


@pytest.mark.parametrize(("answer", "goes"), [("y\n", True), ("n\n", False), ("", False)])
def test_rm_asks_before_it_removes(
    schedy: Schedy, name: str, monkeypatch: pytest.MonkeyPatch, answer: str, *, goes: bool
) -> None:
    schedy("add", name, "manual")
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))

    schedy("rm", name)

    assert schedy("show", name).code == (1 if goes else 0)


def test_rm_does_not_ask_if_told_so(
    schedy: Schedy, name: str, jobs: list[str], db: SchedyDB
) -> None:
    assert schedy("rm", "-f", name).out == ""
    assert name not in [each.name for each in db.get_experiments()]


def test_a_name_in_two_places_is_said_in_full(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    pushed = schedy("push", name, "-p", "x", "1", "-r", "x", "2", "q", "null")

    assert pushed.out.splitlines()[2:] == ["hyperparameter.x: 1", "result.x: 2"]
