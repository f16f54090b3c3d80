"""The newer commands, and what all of them have in common."""

import csv
import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from schedy import ManualSearch, PopulationBasedTraining, SchedyDB
from schedy.cli.options import complete_experiments
from tests.client.cli.command import Schedy
from tests.running import RunningServer

COMMANDS = (
    "login", "gen-token", "add", "rm", "show", "pause", "resume", "push", "list", "best", "run",
    "watch", "requeue", "cancel", "void", "log", "kept", "workers", "limits", "export",
    "completion",
)  # fmt: skip

READERS: Mapping[str, Callable[[str], list[dict[str, str]]]] = {
    "csv": lambda text: list(csv.DictReader(text.splitlines())),
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
}


@pytest.fixture
def losses(db: SchedyDB, name: str) -> list[str]:
    """The ids of jobs with the losses 3, 1, none and NaN."""
    experiment = ManualSearch(name, minimize="loss")
    db.add_experiment(experiment)
    return experiment.add_jobs(
        {"hyperparameters": {"x": 1}, "results": results, "status": "DONE"}
        for results in ({"loss": 3.0}, {"loss": 1.0}, {}, {"loss": float("nan")})
    )


def test_best_knows_the_objective(schedy: Schedy, name: str, losses: list[str]) -> None:
    ids = [line.split()[1] for line in schedy("best", name).out.splitlines()[3:-1]]

    assert ids == [losses[1], losses[0]]


def test_best_takes_another_objective(schedy: Schedy, name: str, losses: list[str]) -> None:
    best = schedy("best", name, "loss", "--max", "-n", "1", "--json").json

    assert [job["id"] for job in best] == [losses[0]]


def test_optional_arguments_may_come_after_options(
    schedy: Schedy, name: str, losses: list[str]
) -> None:
    assert schedy("best", name, "--max", "loss").code == 0


def test_best_has_to_know_what_is_best(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    assert schedy("best", name).code == 2
    assert schedy("best", name, "loss", "--min").code == 1


def test_add_pbt(schedy: Schedy, db: SchedyDB, name: str) -> None:
    added = schedy(
        "add", name, "pbt", "loss", "min", "--population-size", "4", "--max-generations", "3",
        "--exploit", "0.25", "--explore", "lr", "0.8", "1.2", "--init", "lr", "uniform",
        '{"low": 0, "high": 1}',
    )  # fmt: skip
    experiment = db.get_experiment(name)

    assert (added.code, added.out) == (0, "")
    assert isinstance(experiment, PopulationBasedTraining)
    assert (experiment.population_size, experiment.max_generations) == (4, 3)
    assert experiment.exploit.proportion == 0.25


def test_pause_and_resume(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    assert schedy("pause", name, "--json").json["status"] == "DONE"
    assert schedy("resume", name, "--json").json["status"] == "RUNNING"


def test_everything_speaks_json(schedy: Schedy, name: str) -> None:
    assert schedy("--json", "add", name, "manual").json["name"] == name
    job = schedy("push", name, "-p", "x", "1", "--json").json
    assert schedy("show", "--json", name, job["id"]).json["hyperparameters"] == {"x": 1}
    assert schedy("list", name, "--json").json == [job]
    assert name in [each["name"] for each in schedy("list", "--json").json]
    assert schedy("watch", name, "--json").json["experiment"]["counts"]["QUEUED"] == 1
    assert schedy("rm", name, "-f", "--json").json == {"removed": name}


@pytest.mark.parametrize("kind", READERS)
def test_export_writes_a_file(
    schedy: Schedy, name: str, losses: list[str], tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"jobs.{kind}"

    assert schedy("export", name, "-o", str(file)).code == 0

    rows = READERS[kind](file.read_text())
    assert [row["id"] for row in rows] == losses


def test_export_writes_to_standard_output(schedy: Schedy, name: str, losses: list[str]) -> None:
    assert (
        len(schedy("export", name, "--status", "DONE", "--format", "jsonl").out.splitlines()) == 4
    )


def test_an_export_that_fails_leaves_no_file(schedy: Schedy, tmp_path: Path) -> None:
    assert schedy("export", "nowhere", "-o", str(tmp_path / "jobs.csv")).code == 1
    assert not list(tmp_path.iterdir())


def test_watch_prints_a_line_for_each_change(schedy: Schedy, name: str, losses: list[str]) -> None:
    watched = schedy("watch", name, "--until-done", "--interval", "0.05")

    assert "done 4, running 0, queued 0, pruned 0, crashed 0, best loss=1 " in watched.out
    assert len(watched.out.splitlines()) == 1


def test_an_unknown_experiment_is_answered_with_similar_names(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    missed = schedy("show", name.upper()[:-1])

    assert missed.code == 1
    assert f"Did you mean {name!r}" in missed.err


def test_an_experiment_that_is_there_is_not_added_again(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    assert schedy("add", name, "manual").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("push", "x", "-p", "lr"),
        ("push", "x", "-p", "lr", "abc"),
        ("add", "x", "random", "lr", "unifrom", "{}"),
        ("best", "x", "-n", "0"),
        ("frobnicate",),
        ("run", "x", "--", "train", "--all=%h"),
        (),
    ],
)
def test_wrong_use_has_a_code_of_its_own(schedy: Schedy, arguments: tuple[str, ...]) -> None:
    refused = schedy(*arguments)

    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err) < 400


def test_a_command_that_there_is_not_is_answered_with_those_called_alike(schedy: Schedy) -> None:
    assert "there is no 'importanc'. Did you mean 'importance'?" in schedy("importanc").err


def test_of_few_choices_all_are_told(schedy: Schedy) -> None:
    assert "manual" in schedy("add", "x", "frobnicate").err


def test_control_characters_do_not_reach_a_terminal(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")
    schedy("push", name, "-p", "x\u202e", r'"\u001b[2J"', "-r", "y", r'"a\nb"')

    for form in ("-t", "-p"):
        shown = schedy("list", name, form).out
        assert r"\x1b[2J" in shown
        assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command_line: Schedy, command: str) -> None:
    helped = command_line(command, "--help")

    assert helped.code == 0
    assert "examples:\n" in helped.out
    assert max(map(len, helped.out.splitlines())) <= 80


def test_the_help_tells_the_exit_codes(command_line: Schedy) -> None:
    assert " 130  Ctrl-C\n" in command_line("--help").out


def test_help_does_not_wait_for_tables_and_colours() -> None:
    code = "import sys, schedy.cli.parser as it; it.build_parser(); sys.exit('rich' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_knows_its_version(command_line: Schedy) -> None:
    assert command_line("--version").out.startswith("schedy ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_what_they_need_to_complete(command_line: Schedy, shell: str) -> None:
    assert "schedy" in command_line("completion", shell).out


def test_without_configuration_login_is_named(
    command_line: Schedy, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    for variable in ("SCHEDY_ROOT", "SCHEDY_EMAIL", "SCHEDY_TOKEN"):
        monkeypatch.delenv(variable, raising=False)

    missing = command_line("list")

    assert missing.code == 1
    assert "`schedy login`" in missing.err


def test_an_unreachable_server_is_named(
    schedy: Schedy, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_ROOT", "http://127.0.0.1:1/")

    unreachable = schedy("--patience", "0", "list")

    assert unreachable.code == 1
    assert "http://127.0.0.1:1/" in unreachable.err
    assert len(unreachable.err.splitlines()) == 1


def test_a_refusal_is_the_sentence_of_the_server(schedy: Schedy) -> None:
    refused = schedy("add", "a\x1bb", "manual")

    assert refused.code == 1
    assert refused.err == "schedy: The name of the experiment holds the control character U+001B.\n"


def test_the_tab_key_completes_experiments(schedy: Schedy, name: str) -> None:
    schedy("add", name, "manual")

    assert complete_experiments(name[:-2], Namespace()) == [name]


def test_the_tab_key_stays_quiet_without_a_server(
    schedy: Schedy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_ROOT", "http://127.0.0.1:1/")

    assert complete_experiments("m", Namespace()) == []


def test_names_that_start_with_a_dash_come_last(schedy: Schedy, name: str) -> None:
    dashed = f"-{name}"
    assert schedy("add", "--", dashed, "manual").code == 0
    job = json.loads(schedy("push", "--json", "-p", "lr", "1", "--", dashed).out)["id"]

    assert schedy("show", "--", dashed, job).code == 0
    assert schedy("cancel", "--reason=-x", "--", dashed, job).code == 0
    assert schedy("act", "-y", "-f", "lr<2", "--", dashed, "tag", "-t").code == 0
    assert schedy("rm", "-f", "--", dashed).code == 0
