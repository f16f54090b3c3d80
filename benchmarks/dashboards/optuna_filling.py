"""Puts a search of the past into Optuna's SQLite storage; runs where Optuna is installed.

python -m benchmarks.dashboards.optuna_filling FILE JOBS

Optuna makes the tables and the study; the rows are then written as Optuna writes them, all in one
transaction, because adding trials one by one would take longer than all measurements together.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    distribution_to_json,
)

from benchmarks.dashboards.history import (
    AUGMENTATIONS,
    LOGARITHMIC,
    OPTIMIZERS,
    RANGES,
    PastJob,
    past_jobs,
)

_READ_BACK = 1000  # reading more takes Optuna long
_DISTRIBUTIONS: dict[str, BaseDistribution] = {
    **{name: FloatDistribution(*ends, log=name in LOGARITHMIC) for name, ends in RANGES.items()},
    "optimizer": CategoricalDistribution(OPTIMIZERS),
    "augmentation": CategoricalDistribution(AUGMENTATIONS),
}
_TRIAL = """
INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete)
VALUES (?, ?, ?, ?, ?)
"""
_VALUE = """
INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')
"""
_PARAM = """
INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
VALUES (?, ?, ?, ?)
"""
_INTERMEDIATE = """
INSERT INTO trial_intermediate_values
       (trial_id, step, intermediate_value, intermediate_value_type)
VALUES (?, ?, ?, 'FINITE')
"""


def main(file: str, jobs: int) -> None:
    """Make a study with so many trials."""
    study = optuna.create_study(
        storage=f"sqlite:///{file}", study_name=f"classifier-{jobs}", direction="maximize"
    )
    past = list(past_jobs(jobs))
    with closing(sqlite3.connect(file)) as connection, connection:
        first = 1 + (connection.execute("SELECT max(trial_id) FROM trials").fetchone()[0] or 0)
        began = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=4)
        key = study._study_id  # noqa: SLF001 - nothing public tells it
        connection.executemany(_TRIAL, _trials(past, key, began))
        connection.executemany(_VALUE, _values(past, first))
        connection.executemany(_PARAM, _params(past, first))
        connection.executemany(_INTERMEDIATE, _intermediate(past, first))
    if jobs <= _READ_BACK:
        read = study.trials[0].params
        assert read == past[0].hyperparameters, read  # noqa: S101 - Optuna reads what was meant


def _trials(
    past: list[PastJob], study: int, began: datetime
) -> Iterator[tuple[int, int, str, str, str]]:
    for number, each in enumerate(past):
        start = began + timedelta(seconds=each.start)
        end = start + timedelta(seconds=each.seconds)
        state = "FAIL" if each.accuracy is None else "COMPLETE"
        yield number, study, state, str(start), str(end)


def _values(past: list[PastJob], first: int) -> Iterator[tuple[int, float]]:
    for at, each in enumerate(past):
        if each.accuracy is not None:
            yield first + at, each.accuracy


def _params(past: list[PastJob], first: int) -> Iterator[tuple[int, str, float, str]]:
    texts = {name: distribution_to_json(each) for name, each in _DISTRIBUTIONS.items()}
    for at, each in enumerate(past):
        for name, value in each.hyperparameters.items():
            inside: Any = _DISTRIBUTIONS[name].to_internal_repr(value)
            yield first + at, name, inside, texts[name]


def _intermediate(past: list[PastJob], first: int) -> Iterator[tuple[int, int, float]]:
    for at, each in enumerate(past):
        for step, loss in enumerate(each.losses, 1):
            yield first + at, step, loss


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
