"""What becomes of the target as two hyperparameters change, whatever the others are.

Partial dependence (Friedman 2001, "Greedy Function Approximation", section 8.2): what a forest says
of a number of jobs, on average, had they these two values. Where its trees differ, little is known.
"""

import numpy as np

from schedy_server.analysis.forest import (
    LARGEST,
    Floats,
    array_of,
    by_tree,
    clipped,
    explained,
    fit_of,
    folds,
    forest_of,
    matrix,
)
from schedy_server.analysis.tasks import Axis, Column, Surface, SurfaceFound

_BACKGROUND = 40  # jobs whose other hyperparameters are averaged over
_MOST_CATEGORIES = 20
_DECADES = 100.0  # what spans a factor of this may be looked at on a logarithmic scale
_LOWER_END = 0.2  # of all that lies between the smallest number and the largest


def surface(task: Surface) -> SurfaceFound:
    """Return the mean over the trees of a forest, and their standard deviation, on a grid."""
    inputs = matrix(task.columns)
    target = clipped(array_of(task.target))
    fits = []
    for fold in folds(inputs, target):
        predicted = by_tree(fold.forest, inputs[fold.held_out]).mean(axis=0)
        fits.append(explained(target[fold.held_out], predicted))
    x, y = (axis(task.columns[at], task.grid) for at in (task.x, task.y))
    trees = _averaged(inputs, target, task, x, y)
    shape = (len(y.values), len(x.values))
    mean, spread = trees.mean(axis=0), trees.std(axis=0)
    return SurfaceFound(
        fit_of(fits), x, y, _rows(mean.reshape(shape)), _rows(spread.reshape(shape))
    )


def _rows(grid: Floats) -> list[list[float]]:
    """Return numbers with as many digits as an estimate has at best: they travel."""
    return [[float(f"{value:.6g}") for value in row] for row in grid]


def axis(column: Column, grid: int) -> Axis:
    """Return where to look along a hyperparameter.

    Numbers that are few are looked at as they are, and categories if they occur often.
    """
    values = array_of(column.values)
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    known, counts = np.unique(finite, return_counts=True)
    if column.labels is not None:
        often = np.sort(known[np.argsort(-counts, kind="stable")[:_MOST_CATEGORIES]])
        labels = [column.labels[int(each)] for each in often]
        return Axis("category", [float(each) for each in range(len(labels))], labels)
    if not len(known):
        return Axis("linear", [])
    low, high = float(known[0]), float(known[-1])
    is_log = low > 0 and high / low >= _DECADES
    # Uniform numbers may span decades, too; but most of those are not at the lower end.
    is_log = is_log and float(np.median(finite)) - low < _LOWER_END * (high - low)
    if len(known) > grid:
        known = np.geomspace(low, high, grid) if is_log else np.linspace(low, high, grid)
    return Axis("log" if is_log else "linear", known.tolist())


def _averaged(inputs: Floats, target: Floats, task: Surface, x: Axis, y: Axis) -> Floats:
    """Return what each tree says at each point of the grid, on average over some jobs."""
    forest = forest_of(inputs, target)
    chosen = np.random.default_rng(0).permutation(len(inputs))[:_BACKGROUND]
    across = _as_ranks(task.columns[task.x], x)
    upward = _as_ranks(task.columns[task.y], y)
    points = np.stack([each.ravel() for each in np.meshgrid(across, upward)], axis=1)
    total = np.zeros((len(forest.estimators_), len(points)))
    for at in chosen:
        looked_at = np.tile(inputs[at], (len(points), 1))
        looked_at[:, [task.x, task.y]] = points
        total += by_tree(forest, looked_at)
    return total / len(chosen)


def _as_ranks(column: Column, wanted: Axis) -> Floats:
    """Return values as the forest has learnt them: between two ranks if between two values."""
    values = array_of(column.values)
    known = np.unique(values[~np.isnan(values)])
    if column.labels is not None:
        places = {column.labels[int(code)]: rank for rank, code in enumerate(known)}
        return np.array([places[each] for each in wanted.categories or ()], dtype=np.float64)
    finite = np.isfinite(known)
    if not finite.any():
        return np.empty(0)
    return np.interp(wanted.values, known[finite], np.flatnonzero(finite))
