"""The benchmark counts what was really done, and says what failed instead of failing itself."""

import io
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.cycles import report
from benchmarks.cycles.contenders import (
    DATABASE_ALONE,
    OPTUNA_GRPC,
    OPTUNA_RDB,
    SCHEDY,
    Contender,
    contenders,
)
from benchmarks.cycles.findings import PEERS, Finding, findings, percentile
from benchmarks.cycles.measuring import Measured, Run, measure
from benchmarks.cycles.pool import ROOT, Tally, WorkerPool

WORKERS = 2
FINISHED = (
    "SELECT count(*), max(experiment.done), max(experiment.revision) FROM job"
    " JOIN experiment ON experiment.key = job.experiment_key"
    " JOIN attempt USING (experiment_key, number)"
    " WHERE experiment.name = 'search' AND job.status = 'DONE' AND attempt.state = 'DONE'"
)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def alone(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Contender]:
    folder = tmp_path_factory.mktemp("databases")
    with contenders([request.param], folder, workers=WORKERS, tell=print) as compared:
        yield next(contender for contender in compared if contender.name == DATABASE_ALONE)


def finished_jobs(contender: Contender) -> tuple[int, int, int]:
    if "path" in contender.order:
        with closing(apsw.Connection(contender.order["path"])) as connection:
            row = connection.execute(FINISHED).fetchone()
    else:
        with psycopg.connect(contender.order["url"]) as postgres:
            row = postgres.execute(FINISHED).fetchone()
    jobs, done, revision = row or (0, 0, 0)
    return jobs, done, revision


def tally(rate: float, *, claims: tuple[float, ...] = (), errors: tuple[str, ...] = ()) -> Tally:
    return Tally(cycles=int(rate * 10), seconds=10.0, cpu=1.0, claims=claims, errors=errors)


def measured(**rates: Tally) -> Measured:
    names = (SCHEDY, *PEERS)
    runs = [
        Run(name, "SQLite", 8, 0, rates.get(name.replace(" ", "_"), tally(10)), cpu=1.0)
        for name in names
    ]
    return Measured(runs, [500.0])


def finding(**rates: Tally) -> Finding:
    (only,) = findings(measured(**rates))
    return only


@pytest.mark.slow
def test_every_cycle_of_the_database_alone_is_in_the_database(alone: Contender) -> None:
    done = alone.run("search", workers=WORKERS, seconds=0.2)
    assert done.errors == []
    cycles = done.cycles + WORKERS  # each warms up with one
    assert finished_jobs(alone) == (cycles, cycles, 2 * cycles)


@pytest.mark.slow
def test_claims_are_timed_one_by_one(alone: Contender) -> None:
    done = alone.run("another search", workers=WORKERS, seconds=0.2)
    assert len(done.claims) == done.cycles > 0


def test_what_a_worker_fails_with_is_told() -> None:
    with WorkerPool("benchmarks.cycles.sqlite_worker", 1, sys.executable) as pool:
        done = pool.run({"path": "/nowhere/at.db", "name": "x"}, workers=1, seconds=0.1)
    assert done.rate == 0
    assert "unable to open database file" in done.errors[0]


def test_workers_that_do_not_start_are_told() -> None:
    with WorkerPool("benchmarks.cycles.no_such_worker", 2, sys.executable) as pool:
        done = pool.run({}, workers=2, seconds=0.1)
    assert "No module named benchmarks.cycles.no_such_worker" in done.errors[0]


@given(st.lists(st.floats(0, 10), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    enough = math.ceil(len(values) * percent / 100)
    assert sum(value <= found for value in values) >= enough
    assert sum(value < found for value in values) < enough


def test_goals_are_met_by_who_reaches_them() -> None:
    met = finding(Schedy=tally(300, claims=(0.01,)), database_alone=tally(1000))
    assert all(met.meets(peer) for peer in PEERS)
    assert met.answers_in_time


@pytest.mark.parametrize(
    ("peer", "rate"), [(OPTUNA_RDB, 12.1), (OPTUNA_GRPC, 10.1), (DATABASE_ALONE, 1001.0)]
)
def test_a_goal_is_missed_by_a_little(peer: str, rate: float) -> None:
    rates = {peer.replace(" ", "_"): tally(rate)}
    assert not finding(Schedy=tally(300), **rates).meets(peer)


def test_a_peer_that_fails_is_no_excuse_for_doing_nothing() -> None:
    broken = tally(0, errors=("OperationalError: database is locked",))
    assert finding(Schedy=tally(300), Optuna_RDB=broken).meets(OPTUNA_RDB)
    assert not finding(Schedy=tally(0), Optuna_RDB=broken).meets(OPTUNA_RDB)


def test_the_remarks_say_which_peer_failed_with_what() -> None:
    broken = tally(5, errors=("OperationalError: database is locked",) * 3)
    text = "\n".join(report.remarks([finding(Schedy=tally(300), Optuna_RDB=broken)]))
    assert "Optuna RDB on SQLite, 8 workers: 3 of 8 failed: OperationalError" in text


def test_the_table_says_which_goal_is_missed() -> None:
    console = Console(width=140, file=io.StringIO(), record=True)
    figures = measured(Schedy=tally(300, claims=(0.07,)))
    console.print(report.table(list(findings(figures)), figures))
    assert "70.0 \N{BALLOT X}" in console.export_text()


def test_contenders_take_turns(tmp_path: Path) -> None:
    told: list[str] = []
    pool = WorkerPool("benchmarks.cycles.no_such_worker", 1, sys.executable)
    compared = [Contender(name, "SQLite", pool, {}) for name in "AB"]
    measure(compared, workers=[1], turns=2, seconds=0.1, folder=tmp_path, tell=told.append)
    assert [line[0] for line in told] == ["A", "B", "A", "B"]


@pytest.mark.slow
def test_the_command_prints_a_table_and_stores_everything(tmp_path: Path) -> None:
    options = ["--quick", "--workers=1", "--seconds=0.2", "--databases=sqlite"]
    stored = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "benchmarks/throughput.py", *options, f"--json={stored}"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Cycles per second" in done.stdout
    assert '"contender": "database alone"' in stored.read_text()
