"""The whole service, its clients and their bad luck, over and over, each time with other luck."""

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT
from tests.simulation.run import Result, simulate

CHUNK = 8


def assert_all_kept(*results: Result) -> None:
    wrong = [str(result) for result in results if result.violations]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 64, CHUNK))
def test_every_promise_is_kept(first: int) -> None:
    assert_all_kept(*(simulate(seed) for seed in range(first, first + CHUNK)))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(1000, 1004))
def test_every_promise_is_kept_on_postgres(seed: int) -> None:
    assert_all_kept(simulate(seed, database="postgres"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_seed_gives_the_same_run(seed: int) -> None:
    assert simulate(seed).hash == simulate(seed).hash


@pytest.mark.slow
def test_a_run_is_the_same_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "4", "--ops", "100"]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    shown = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True
    )
    assert f"trace {simulate(4, ops=100).hash}," in shown.stdout, shown.stdout + shown.stderr


def test_different_seeds_give_different_runs() -> None:
    assert simulate(5, ops=50).hash != simulate(6, ops=50).hash


@pytest.mark.long
def test_the_same_seed_gives_the_same_run_a_hundred_times_of_a_hundred() -> None:
    seeds = range(2000, 2100)
    assert [simulate(seed).hash for seed in seeds] == [simulate(seed).hash for seed in seeds]
