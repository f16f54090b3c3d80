"""The model behind it all: a random forest, and what it reads of the jobs.

A forest of regression trees (Breiman 2001, "Random Forests", Machine Learning 45) needs no scales
and no choices: each tree asks whether a value lies above another one, so only the order of a
hyperparameter's values counts, and whether it is searched on a logarithmic scale does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schedy_server.analysis.tasks import Column, Fit

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FOLDS = 5
LARGEST = 1e150  # the square of what is larger is no number any more
# Who looks at one surface looks at the next one, too: it is the same forest.
_KEPT = 2
_TREES = 32
_LEAF = 3  # jobs; a leaf of one would learn its noise by heart
_MISSING = -1.0  # below the rank of every value: one question tells the jobs that have none
_FENCE = 3.0  # interquartile ranges; Tukey's "far out"


@dataclass(frozen=True, slots=True)
class Fold:
    """A forest, and the jobs that it was not shown."""

    forest: Any
    held_out: Places


def array_of(values: bytes) -> Floats:
    """Return the numbers that travelled."""
    return np.frombuffer(values, dtype=np.float64)


def matrix(columns: Sequence[Column]) -> Floats:
    """Return what a forest reads: the rank of each value among those of its hyperparameter.

    So infinities, and numbers too large for the 32 bits that trees calculate with, do no harm.
    """
    if not columns:
        return np.empty((0, 0))
    return np.column_stack([ranks(array_of(each.values)) for each in columns])


def ranks(values: Floats) -> Floats:
    """Return the rank of each value among those that occur; -1 for none."""
    known = ~np.isnan(values)
    found = np.full(len(values), _MISSING)
    found[known] = np.unique(values[known], return_inverse=True)[1]
    return found


def varies(column: Floats) -> bool:
    """Tell whether there is anything to learn from a hyperparameter."""
    return bool(len(column)) and bool(np.ptp(column) > 0)


def clipped(target: Floats) -> Floats:
    """Return a target without outliers: what lies far out counts as what lies just in.

    A single job that diverged to 1e30 would be all that there is to explain.
    """
    target = np.clip(target, -LARGEST, LARGEST, out=target.copy(), where=np.isfinite(target))
    finite = target[np.isfinite(target)]
    if not len(finite):
        return np.zeros(len(target))
    low, high = np.percentile(finite, [25, 75])
    fence = _FENCE * (high - low)
    if fence == 0:  # more than half of them are equal: what differs is what there is to explain
        return np.clip(target, finite.min(), finite.max())
    return np.clip(target, max(finite.min(), low - fence), min(finite.max(), high + fence))


def forest_of(inputs: Floats, target: Floats) -> Any:
    """Return a forest that has seen all jobs."""
    return _forest(inputs.tobytes(), inputs.shape, target.tobytes())


@lru_cache(maxsize=_KEPT)
def _forest(inputs: bytes, shape: tuple[int, ...], target: bytes) -> Any:
    return _grown(array_of(inputs).reshape(shape), array_of(target), seed=0)


def _grown(inputs: Floats, target: Floats, *, seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - takes a second

    forest = RandomForestRegressor(
        n_estimators=_TREES,
        min_samples_leaf=_LEAF,
        max_features=0.5,
        n_jobs=1,
        random_state=seed,
    )
    return forest.fit(inputs.astype(np.float32), target)


def folds(inputs: Floats, target: Floats) -> Sequence[Fold]:
    """Return forests that have seen all jobs but some, so that every job is left out once."""
    return _folds(inputs.tobytes(), inputs.shape, target.tobytes())


@lru_cache(maxsize=_KEPT)
def _folds(inputs: bytes, shape: tuple[int, ...], target: bytes) -> Sequence[Fold]:
    rows, wanted = array_of(inputs).reshape(shape), array_of(target)
    order = np.random.default_rng(0).permutation(len(wanted))
    found = []
    for number, held_out in enumerate(np.array_split(order, FOLDS)):
        seen = np.setdiff1d(order, held_out)
        found.append(Fold(_grown(rows[seen], wanted[seen], seed=number), held_out))
    return found


def by_tree(forest: Any, inputs: Floats) -> Floats:
    """Return what each tree says of each job: a row for each tree."""
    narrow = np.ascontiguousarray(inputs, dtype=np.float32)
    return np.stack([each.tree_.predict(narrow)[:, 0] for each in forest.estimators_])


def explained(actual: Floats, predicted: Floats) -> float:
    """Return the share of the variance that predictions explain; what is worse than -1 is -1.

    It may be below 0, without bound if the jobs are nearly equal, and then says nothing more.
    """
    total = float(np.sum((actual - actual.mean()) ** 2))
    if total == 0:
        return 0.0
    return max(-1.0, 1.0 - float(np.sum((actual - predicted) ** 2)) / total)


def fit_of(shares: Sequence[float]) -> Fit:
    """Return how good the models of all folds are."""
    return Fit(float(np.mean(shares)), float(np.std(shares)))
