"""What the results say, on the command line."""

import random
from pathlib import Path

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.client.cli.command import Schedy
from tests.client.cli.test_terminal import seen
from tests.running import RunningServer

OBJECTIVES = ("-o", "loss:min", "-o", "size:max")


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    luck = random.Random(0)
    jobs = []
    for _ in range(40):
        lr = luck.random()
        results = {"loss": lr, "size": 1 - lr}
        values = {"lr": lr, "seed \x1b[31m": luck.random()}
        jobs.append({"status": "DONE", "hyperparameters": values, "results": results})
    added.add_jobs(jobs)
    return added


def test_importance_is_a_table(schedy: Schedy, experiment: Experiment) -> None:
    found = schedy("importance", experiment.name)
    assert (found.code, found.err) == (0, "")
    rows = [line.split("|")[1].strip() for line in found.out.splitlines() if "|" in line]
    assert [row for row in rows if row.isprintable()][:1] == ["hyperparameter"]
    assert rows[2] == "lr"
    assert "\x1b" not in found.out


def test_importance_takes_a_target_and_a_filter(schedy: Schedy, experiment: Experiment) -> None:
    arguments = ("--target", "results.size", "-f", "lr<0.9", "--json")
    found = schedy("importance", experiment.name, *arguments).json
    assert found["target"] == "results.size"
    assert found["jobs"] < 40
    assert found["items"][0]["field"] == "hyperparameters.lr"


def test_pareto_shows_what_nothing_surpasses(schedy: Schedy, experiment: Experiment) -> None:
    found = schedy("pareto", experiment.name, "-o", "loss:min", "-o", "size:max")
    assert found.code == 0
    assert "results.loss (min)" in found.out
    best = experiment.best_job()
    assert best is not None
    assert best.job_id in found.out
    wanted = schedy("pareto", experiment.name, "-o", "loss:min", "-o", "size:min", "--json").json
    assert len(wanted["front"]) == 40


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("importance", "%", "--target", "los"), 1, "Did you mean 'results.loss'"),
        (("pareto", "%", "-o", "loss"), 2, "two or three"),
        (("pareto", "%", "-o", "loss", "-o", "size:min"), 1, "direction"),
        (("pareto", "%"), 2, "-o"),
        (("importance", "%", "-f", "lr<few"), 1, "needs a number"),
    ],
)
def test_what_makes_no_sense_is_said(
    schedy: Schedy, experiment: Experiment, arguments: tuple[str, ...], code: int, said: str
) -> None:
    found = schedy(*(experiment.name if word == "%" else word for word in arguments))
    assert (found.code, said in found.err) == (code, True), found.err


def test_without_jobs_a_remark_says_what_is_missing(
    schedy: Schedy, db: SchedyDB, name: str
) -> None:
    db.add_experiment(ManualSearch(name))
    found = schedy("importance", name)
    assert (found.code, found.out) == (0, "")
    assert "no objective" in found.err


@pytest.mark.parametrize("arguments", [["importance", "%"], ["pareto", "%", *OBJECTIVES]])
def test_it_fits_a_terminal(
    server: RunningServer, home: Path, experiment: Experiment, arguments: list[str]
) -> None:
    shown = seen(server, home, *(experiment.name if word == "%" else word for word in arguments))
    assert max(map(len, shown.splitlines())) <= 80
    assert "40 jobs" in shown
    assert "\x1b[31m" not in shown
