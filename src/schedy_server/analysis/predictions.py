"""How far the model behind importance and surface can be trusted: what it tells, and what was."""

import numpy as np

from schedy_server.analysis.forest import (
    array_of,
    by_tree,
    clipped,
    explained,
    fit_of,
    folds,
    matrix,
)
from schedy_server.analysis.tasks import Predictions, PredictionsFound


def predictions(task: Predictions) -> PredictionsFound:
    """Return what a forest that has not seen a job says of it, for each job.

    The spread is the standard deviation over its trees.
    """
    inputs, target = matrix(task.columns), clipped(array_of(task.target))
    predicted, spread = np.empty(len(target)), np.empty(len(target))
    fits = []
    for fold in folds(inputs, target):
        trees = by_tree(fold.forest, inputs[fold.held_out])
        predicted[fold.held_out] = trees.mean(axis=0)
        spread[fold.held_out] = trees.std(axis=0)
        fits.append(explained(target[fold.held_out], predicted[fold.held_out]))
    return PredictionsFound(fit_of(fits), target.tolist(), predicted.tolist(), spread.tolist())
