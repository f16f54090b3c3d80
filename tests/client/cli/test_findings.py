"""What jobs reached, what a model expects, and how curves went, on the command line."""

import math
import random
import re
from pathlib import Path

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.client.cli.command import Schedy
from tests.client.cli.test_hostile_text import on_terminal
from tests.client.cli.test_terminal import seen
from tests.running import RunningServer

COLOURED = re.compile(r"\x1b\[48;5;(\d+)m")
HOSTILE = "\x1b[31mred"
EVERY = {
    "progress": (),
    "distribution": (),
    "predictions": (),
    "surface": ("lr", HOSTILE),
    "curves": ("losses",),
}


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    """Forty jobs, the loss of which is their learning rate."""
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    luck = random.Random(0)
    jobs = []
    for at in range(40):
        lr = luck.random()
        losses = [lr * 4, lr * 2, lr][: 2 + at % 2]
        values = {"lr": lr, HOSTILE: luck.choice(["adam", "\x9b31msgd"])}
        results = {"loss": lr, "losses": losses, HOSTILE: [lr * 2, lr]}
        jobs.append({"status": "DONE", "hyperparameters": values, "results": results})
    added.add_jobs(jobs)
    return added


@pytest.fixture
def empty(db: SchedyDB, name: str) -> Experiment:
    added = ManualSearch(name, minimize="loss")
    db.add_experiment(added)
    return added


def cells(table: str) -> list[list[str]]:
    """Return the cells of a table, without its headers."""
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]


def test_progress_lists_what_was_better_than_all_before(
    schedy: Schedy, experiment: Experiment
) -> None:
    found = schedy("progress", experiment.name)
    assert (found.code, found.err) == (0, "")
    rows, items = cells(found.out), experiment.progress().items
    assert [row[:2] for row in rows] == [[str(each.number), each.job_id] for each in items]
    assert [float(row[3]) for row in rows] == [each.best for each in items]
    assert schedy("progress", experiment.name, "--json").json["items"][-1]["best"] == items[-1].best


def test_progress_goes_by_when_jobs_ended(
    schedy: Schedy, server: RunningServer, home: Path, empty: Experiment
) -> None:
    empty.add_jobs({"hyperparameters": {"x": at}} for at in range(3))
    first, second, third = (empty.next_job() for _ in range(3))
    for job, loss in ((third, 3.0), (first, 2.0), (second, 1.0)):
        with job:
            job.results["loss"] = loss
    assert [row[0] for row in cells(schedy("progress", empty.name).out)] == ["3", "1", "2"]
    shown = seen(server, home, "progress", empty.name)
    assert shown.index("3 │") < shown.index("1 │") < shown.index("Job 2 is the best of 3.")


def test_progress_is_about_the_jobs_that_the_filter_wants(
    schedy: Schedy, experiment: Experiment
) -> None:
    found = schedy("progress", experiment.name, "-f", "lr>0.5", "--json").json
    assert 0 < found["jobs"] < 40
    assert min(each["best"] for each in found["items"]) > 0.5


def test_distribution_tells_quantiles(schedy: Schedy, experiment: Experiment) -> None:
    rows = cells(schedy("distribution", experiment.name).out)
    assert [row[0] for row in rows] == ["min", "5%", "25%", "50%", "75%", "95%", "max"]
    losses = sorted(job.results["loss"] for job in experiment.all_jobs())
    wanted = [losses[at] for at in (0, 1, 9, 19, 29, 37, 39)]
    assert [float(row[1]) for row in rows] == wanted


@pytest.mark.parametrize("options", [("lr",), ("lr", "-f", "lr>0.5"), ("-f", "lr>0.5", "lr")])
def test_distribution_takes_a_field(
    schedy: Schedy, experiment: Experiment, options: tuple[str, ...]
) -> None:
    found = schedy("distribution", "--json", experiment.name, *options).json
    assert found["target"] == "hyperparameters.lr"
    assert (found["jobs"] < 40) == ("-f" in options)


def test_predictions_name_the_jobs_that_the_model_is_most_wrong_about(
    schedy: Schedy, experiment: Experiment
) -> None:
    found = schedy("predictions", experiment.name, "-n", "3")
    wrong = {each.number: abs(each.actual - each.predicted) for each in experiment.predictions()}
    worst = sorted(wrong, key=wrong.__getitem__, reverse=True)[:3]
    assert [int(row[0]) for row in cells(found.out)] == worst
    assert "From 40 jobs; R² 0.9" in found.out
    assert len(schedy("predictions", experiment.name, "--json").json["items"]) == 40


def test_a_surface_is_a_table_with_a_column_for_each_x(
    schedy: Schedy, experiment: Experiment
) -> None:
    found = schedy("surface", experiment.name, "lr", HOSTILE, "--grid", "5")
    assert r"\x1b[31mred \ lr" in found.out
    rows = cells(found.out)
    assert [row[0] for row in rows] == ["adam", r"\x9b31msgd"]
    assert [len(row) for row in rows] == [6, 6]
    assert all(float(row[1]) < float(row[3]) < float(row[5]) for row in rows)


@pytest.mark.parametrize(("options", "points"), [((), 32), (("--grid", "4"), 4)])
def test_the_grid_has_as_many_points_as_asked(
    schedy: Schedy, experiment: Experiment, options: tuple[str, ...], points: int
) -> None:
    found = schedy("surface", experiment.name, "lr", HOSTILE, "--json", *options).json
    assert len(found["x"]["values"]) == points


def test_curves_tell_between_which_values_jobs_are(schedy: Schedy, experiment: Experiment) -> None:
    rows = cells(schedy("curves", experiment.name, "losses").out)
    assert [row[0] for row in rows] == ["0", "1", "2"]
    numbers = [[float(cell) for cell in row[1:]] for row in rows]
    assert all(row == sorted(row) for row in numbers)
    assert numbers[0][2] == pytest.approx(2 * numbers[1][2])


def test_curves_in_json_are_as_many_as_asked(schedy: Schedy, experiment: Experiment) -> None:
    found = schedy("curves", experiment.name, "losses", "--lines", "2", "--json").json
    assert (found["used"], len(found["lines"]), len(found["bands"]["50"])) == (40, 2, 3)
    best = experiment.best_job()
    assert best is not None
    assert list(found["lines"])[-1] == str(best.number)
    found = schedy("curves", experiment.name, "losses", "--json").json
    assert sum(math.isnan(line[2]) for line in found["lines"].values()) == 20


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("progress", "%", "-f", "lr<few"), 1, "needs a number"),
        (("progress", "no such"), 1, "There is no experiment 'no such'"),
        (("distribution", "%", "los"), 1, "Did you mean 'results.loss'"),
        (("surface", "%", "lr"), 2, "Y"),
        (("surface", "%", "lr", "lr"), 1, "both are hyperparameters.lr"),
        (("surface", "%", "lr", "loss"), 1, "no hyperparameter"),
        (("surface", "%", "lr", HOSTILE, "--grid", "0"), 2, "no whole number above 0"),
        (("surface", "%", "lr", HOSTILE, "--grid", "65"), 1, "from 1 to 64"),
        (("predictions", "%", "--target", "lr"), 1, "but a hyperparameter"),
        (("predictions", "%", "-n", "0"), 2, "no whole number above 0"),
        (("curves", "%"), 2, "RESULT"),
        (("curves", "%", "losse"), 1, "Did you mean 'results.loss"),
        (("curves", "%", "losses", "--lines", "5001", "--json"), 1, "from 1 to 5000"),
        (("curves", "%", "lr"), 1, "no result"),
    ],
)
def test_what_makes_no_sense_is_said(
    schedy: Schedy, experiment: Experiment, arguments: tuple[str, ...], code: int, said: str
) -> None:
    found = schedy(*(experiment.name if word == "%" else word for word in arguments))
    assert (found.code, said in found.err) == (code, True), found.err
    assert found.out == ""


@pytest.mark.parametrize("command", ["progress", "distribution", "predictions"])
def test_without_jobs_a_remark_says_what_is_missing(
    schedy: Schedy, empty: Experiment, command: str
) -> None:
    found = schedy(command, empty.name)
    assert (found.code, found.out) == (0, "")
    assert "DONE with a number as" in found.err


def test_where_no_result_is_a_list_a_remark_says_so(schedy: Schedy, experiment: Experiment) -> None:
    found = schedy("curves", experiment.name, "loss")
    assert (found.code, found.out) == (0, "")
    assert "No job has a list of numbers" in found.err


def test_a_hyperparameter_that_is_never_a_number_has_no_surface(
    schedy: Schedy, empty: Experiment
) -> None:
    empty.add_jobs(
        {"status": "DONE", "hyperparameters": {"x": at, "y": math.nan}, "results": {"loss": at}}
        for at in range(12)
    )
    found = schedy("surface", empty.name, "x", "y")
    assert (found.code, found.out) == (0, "")
    assert "No job has a finite hyperparameters.y." in found.err


def test_the_experiment_may_have_a_single_job(
    schedy: Schedy, server: RunningServer, home: Path, empty: Experiment
) -> None:
    job = empty.add_job(status="DONE", results={"loss": 0.5, "losses": [0.5]})
    assert cells(schedy("progress", empty.name).out)[0][:2] == ["1", job.job_id]
    assert {row[1] for row in cells(schedy("distribution", empty.name).out)} == {"0.5"}
    assert "From 1 job." in seen(server, home, "curves", empty.name, "losses")


@pytest.mark.parametrize("command", EVERY)
def test_it_fits_a_terminal(
    server: RunningServer, home: Path, experiment: Experiment, command: str
) -> None:
    shown = seen(server, home, command, experiment.name, *EVERY[command])
    assert max(map(len, shown.splitlines())) <= 80
    assert "40" in shown.splitlines()[-1]
    assert not {"\x1b", "\x9b"} & set(shown)


@pytest.mark.parametrize("command", ["progress", "distribution", "curves"])
def test_a_terminal_shows_a_plot(
    server: RunningServer, home: Path, experiment: Experiment, command: str
) -> None:
    shown = seen(server, home, command, experiment.name, *EVERY[command])
    assert "└───" in shown
    assert ("░" in shown) == (command == "curves")


def test_what_curves_are_called_does_no_harm(
    server: RunningServer, home: Path, experiment: Experiment
) -> None:
    shown = seen(server, home, "curves", experiment.name, f"results.{HOSTILE}")
    assert shown.startswith(r"\x1b[31mred: the median")


def test_a_surface_is_coloured_from_low_to_high(
    server: RunningServer, home: Path, experiment: Experiment
) -> None:
    shown = on_terminal(server, home, ["surface", experiment.name, "lr", HOSTILE])
    [legend] = [line for line in shown.splitlines() if line.startswith("quality")]
    [adam, *_] = [line for line in shown.splitlines() if "adam" in line]
    scale, cells = COLOURED.findall(legend), COLOURED.findall(adam)
    assert len(set(scale)) > 10
    assert scale.index(cells[0]) < scale.index(cells[len(cells) // 2]) < scale.index(cells[-1])


def test_a_surface_leaves_room_for_names(
    server: RunningServer, home: Path, empty: Experiment
) -> None:
    jobs = [({"x": at / 7, "y" * 30: 2.0**at}, {"loss" * 20: at, "loss": at}) for at in range(30)]
    empty.add_jobs({"status": "DONE", "hyperparameters": h, "results": r} for h, r in jobs)
    shown = seen(server, home, "surface", empty.name, "x", "y" * 30, "--target", "loss" * 20)
    assert max(map(len, shown.splitlines())) <= 80
    [below] = [line.split() for line in shown.splitlines() if " 4.14" in line and "at" not in line]
    assert below == ["0", "4.14"]
    assert shown.startswith(f"{'y' * 15}… (log) ")


def test_without_colours_a_terminal_shows_a_table(
    server: RunningServer, home: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = seen(server, home, "surface", experiment.name, HOSTILE, "lr")
    assert "lr \\ " in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.index("Lowest: ") < shown.index("Highest: ") < shown.index("R²")
