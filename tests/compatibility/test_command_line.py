"""The old `schedy` command: all its subcommands and options, as people type them."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compatibility.old_client import Interpreter, OldClient, command
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.compat

NOTHING = [""]  # an empty table
STATUSES = ["DONE", "QUEUED", "CRASHED"]


@pytest.fixture
def schedy(server: RunningServer) -> "Shell":
    """Return the command, with the configuration of its user."""
    return Shell(str(server.config))


class Shell:
    """A shell where commands are typed."""

    def __init__(self, config: str) -> None:
        self._config = config

    def __call__(self, *arguments: str, answer: str = "") -> list[str]:
        """Return the words of each line that a command prints; it has to succeed."""
        done = command("--config", self._config, *arguments, answer=answer)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def refused(self, *arguments: str) -> str:
        """Return the last line of what a command complains of; it has to fail."""
        done = command("--config", self._config, *arguments)
        assert done.returncode == 1, done.stderr
        return done.stderr.splitlines()[-2]


def test_a_manual_search_is_added_shown_and_removed(schedy: Shell, name: str) -> None:
    assert schedy("add", name, "manual") == []
    shown = ["name: " + name, "status: RUNNING", "scheduler: Manual"]
    assert schedy("show", name) == shown
    assert schedy("rm", "-f", name) == []
    assert "404" in schedy.refused("show", name)


def test_a_random_search_is_added_with_its_distributions(schedy: Shell, name: str) -> None:
    schedy(
        *("add", "-s", "DONE", name, "random"),
        *("rate", "loguniform", '{"low": 1e-5, "high": 0.1}'),
        *("layers", "choice", '{"values": [1, 2, "x"], "weights": [1, 2, 3]}'),
        *("batch", "const", "32"),
    )
    assert schedy("show", name) == [
        f"name: {name}",
        "status: DONE",
        "scheduler: RandomSearch",
        'rate: loguniform ({"low": 1e-05, "high": 0.1})',
        'layers: choice ({"values": [1, 2, "x"], "weights": [1.0, 2.0, 3.0]})',
        "batch: const (32)",
    ]


def test_a_name_that_is_taken_is_an_error(schedy: Shell, manual: OldClient) -> None:
    assert "ResourceExistsError" in schedy.refused("add", manual.name, "manual")


def test_a_job_is_pushed_with_all_options_and_shown(schedy: Shell, manual: OldClient) -> None:
    pushed = schedy(
        *("push", manual.name, "-s", "DONE"),
        *("-r", "accuracy", "0.9", "loss", "[0.9, NaN]"),
        *("-p", "rate", "0.01", "sizes", "[512, 1024]", "kind", '"x"'),
    )
    assert pushed[1:] == [
        "status: DONE",
        "rate: 0.01",
        "sizes: [512, 1024]",
        "kind: x",
        "accuracy: 0.9",
        "loss: [0.9, nan]",
    ]
    assert schedy("show", manual.name, pushed[0].removeprefix("id: ")) == pushed


def test_a_pushed_job_is_queued(schedy: Shell, manual: OldClient) -> None:
    schedy("push", manual.name, "-p", "rate", "1")
    assert manual.run("return db.get_experiment(name).next_job().hyperparameters") == {"rate": 1}


def test_a_job_cannot_be_pushed_nowhere(schedy: Shell, name: str) -> None:
    assert "404" in schedy.refused("push", name, "-p", "rate", "1")


@pytest.mark.parametrize(("typed", "left"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_a_job_is_removed_once_that_is_confirmed(
    schedy: Shell, manual: OldClient, typed: str, left: int
) -> None:
    job_id = schedy("push", manual.name, "-p", "rate", "1")[0].removeprefix("id: ")
    asked = schedy("rm", manual.name, job_id, answer=typed)
    assert any(f"remove {job_id}?" in line for line in asked)
    assert (
        len(manual.run("return [job.job_id for job in db.get_experiment(name).all_jobs()]")) == left
    )


def test_an_experiment_is_removed_once_that_is_confirmed(schedy: Shell, manual: OldClient) -> None:
    kept = schedy("rm", manual.name, answer="n\n")
    assert kept[-1].endswith(f"{manual.name} was not removed.")
    schedy("rm", manual.name, answer="y\n")
    assert "404" in schedy.refused("rm", "-f", manual.name)


def test_a_job_that_is_not_there_cannot_be_removed(schedy: Shell, manual: OldClient) -> None:
    assert "404" in schedy.refused("rm", "-f", manual.name, "nothing")
    assert schedy("show", manual.name)


@pytest.fixture
def filled(manual: OldClient) -> OldClient:
    """Return an old client whose experiment has three jobs."""
    manual.run("""
        exp = db.get_experiment(name)
        for rate, status in ((3, 'DONE'), (1, 'QUEUED'), (2, 'CRASHED')):
            exp.add_job(hyperparameters={'rate': rate}, status=status, results={'loss': -rate})
    """)
    return manual


def test_jobs_are_listed_with_id_and_status(schedy: Shell, filled: OldClient) -> None:
    ids = filled.run("return [job.job_id for job in db.get_experiment(name).all_jobs()]")
    rows = [line.split() for line in schedy("list", filled.name) if not line.startswith("-")]
    assert rows == [[job_id, status] for job_id, status in zip(ids, STATUSES, strict=True)]


@pytest.mark.parametrize(
    ("options", "rates"),
    [((), "312"), (("-s", "rate"), "123"), (("-d", "-s", "rate"), "321"), (("-s", "loss"), "321")],
)
def test_jobs_are_listed_sorted(
    schedy: Shell, filled: OldClient, options: tuple[str, ...], rates: str
) -> None:
    rows = schedy("list", filled.name, "-f", "rate", *options)
    assert [line.strip() for line in rows if not line.startswith("-")] == list(rates)


def test_jobs_are_listed_as_a_table(schedy: Shell, filled: OldClient) -> None:
    rows = [line.replace("|", " ").split() for line in schedy("list", "-t", filled.name)]
    assert rows[1] == ["id", "status", "rate", "loss"]
    assert [row[1:] for row in rows[3:6]] == [
        ["DONE", "3", "-3"],
        ["QUEUED", "1", "-1"],
        ["CRASHED", "2", "-2"],
    ]


def test_jobs_are_listed_as_paragraphs(schedy: Shell, filled: OldClient) -> None:
    text = "\n".join(schedy("list", "-p", filled.name, "-f", "status", "-f", "loss"))
    assert text.split("\n\n") == [
        "status: DONE\nloss: -3",
        "status: QUEUED\nloss: -1",
        "status: CRASHED\nloss: -2",
    ]


def test_generated_ids_look_neither_like_options_nor_like_numbers(
    schedy: Shell, manual: OldClient
) -> None:
    ids = manual.run("""
        exp = db.get_experiment(name)
        return [exp.add_job(hyperparameters={}).job_id for _ in range(150)]
    """)
    listed = [line.split()[0] for line in schedy("list", manual.name) if not line.startswith("-")]
    assert listed == ids


def test_experiments_are_listed(schedy: Shell, manual: OldClient) -> None:
    lines = [line.split() for line in schedy("list")]
    assert [manual.name, "RUNNING", "Manual"] in lines


def test_experiments_are_listed_as_paragraphs(schedy: Shell, manual: OldClient) -> None:
    lines = schedy("list", "-p", "-s", "name", "-d", "-f", "name", "-f", "scheduler")
    assert lines[lines.index(f"name: {manual.name}") + 1] == "scheduler: Manual"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server whose default token may be replaced."""
    with running_server(data=tmp_path_factory.mktemp("data")) as server:
        yield server


def gen_token(server: RunningServer, config: Path, *arguments: str) -> None:
    """Have the command write a configuration file."""
    account = ("--root", server.root, "--email", server.email, "--password", server.password)
    done = command("--config", str(config), "gen-token", *account, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Your token has been saved to {config}.\n"


def test_a_generated_configuration_works(own_server: RunningServer, tmp_path: Path) -> None:
    config = tmp_path / "folder" / "client.json"
    gen_token(own_server, config)
    written = json.loads(config.read_text())
    assert written["root"] == own_server.root
    assert written["email"] == own_server.email
    assert written.get("token_type", "api_token") == "api_token"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert Shell(str(config))("list") == NOTHING


def test_a_configuration_is_generated_at_home(own_server: RunningServer, tmp_path: Path) -> None:
    typed = f"{own_server.email}\n"
    arguments = ("gen-token", "--root", own_server.root, "--password", own_server.password)
    assert command(*arguments, answer=typed, HOME=str(tmp_path)).returncode == 0
    assert command("list", HOME=str(tmp_path)).returncode == 0


def test_a_new_token_ends_the_one_before_but_no_session(
    own_server: RunningServer, interpreter: Interpreter, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    gen_token(own_server, first)
    client = OldClient(interpreter, json.loads(first.read_text()), "")
    client.run("schedy.kept = db; return list(db.get_experiments())")
    gen_token(own_server, second)
    assert "AuthenticationError" in Shell(str(first)).refused("list")
    assert Shell(str(second))("list") == NOTHING
    assert client.run("return [outcome(schedy.kept.get_experiments)]") == [None]


def test_other_tokens_stay_when_a_token_is_generated(
    own_server: RunningServer, tmp_path: Path
) -> None:
    gen_token(own_server, tmp_path / "client.json")
    assert Shell(str(own_server.config))("list") == NOTHING


def test_a_wrong_password_generates_nothing(own_server: RunningServer, tmp_path: Path) -> None:
    config = tmp_path / "client.json"
    account = ("--root", own_server.root, "--email", own_server.email, "--password", "wrong")
    assert command("--config", str(config), "gen-token", *account).returncode == 1
    assert not config.exists()
