"""Two worker processes train a population to its last generation; then the search is DONE."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schedy import PopulationBasedTraining, SchedyDB, errors, pbt
from schedy.random import Uniform
from tests.running import RunningServer

TRAINER = Path(__file__).with_name("trainer.py")
MEMBERS, GENERATIONS = 4, 3


@contextmanager
def trainer(server: RunningServer, experiment: str, name: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, TRAINER, experiment],
        env={**os.environ, **server.environment, "SCHEDY_WORKER": name},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def add_population(db: SchedyDB) -> PopulationBasedTraining:
    experiment = PopulationBasedTraining(
        "population",
        pbt.MAXIMIZE,
        "score",
        pbt.Truncate(0.5),
        explore={"lr": pbt.Perturb(0.8, 1.2)},
        initial_distributions={"lr": Uniform(0.1, 1.0)},
        population_size=MEMBERS,
        max_generations=GENERATIONS,
    )
    db.add_experiment(experiment)
    return experiment


def test_two_processes_train_a_population(server: RunningServer, db: SchedyDB) -> None:
    experiment = add_population(db)
    with trainer(server, "population", "one") as one, trainer(server, "population", "two") as two:
        assert [each.stdout.readline() for each in (one, two) if each.stdout] == ["ready\n"] * 2
        for each in (one, two):
            each.communicate("go\n", timeout=30)
    assert (one.returncode, two.returncode) == (0, 0)
    jobs = list(experiment.all_jobs())
    assert {job.worker for job in jobs} == {"one", "two"}
    assert Counter(job.status for job in jobs) == {"DONE": MEMBERS * GENERATIONS}
    members = Counter(job.origin["member"] for job in jobs if job.origin)
    assert members == dict.fromkeys(members, GENERATIONS)
    assert len(members) == MEMBERS
    assert db.get_experiment("population").status == "DONE"
    with pytest.raises(errors.NoJobError):
        experiment.next_job()
