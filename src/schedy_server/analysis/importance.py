"""Which hyperparameters the target depends on.

Permutation importance (Breiman 2001, "Random Forests", section 10; as a measure of any model,
Fisher, Rudin and Dominici 2019): how much worse a forest tells the target of jobs that it has not
seen once the values of one hyperparameter are shuffled among them. fANOVA (Hutter, Hoos and
Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance") asks another
question of the same model: which share of its variance over the whole space, also where no job ever
was, is due to a hyperparameter alone. Here, what only acts together with another one counts for
both, and where a search went often counts more.
"""

import numpy as np

from schedy_server.analysis.forest import (
    Floats,
    Fold,
    array_of,
    by_tree,
    explained,
    fit_of,
    folds,
    matrix,
    ranks,
    varies,
)
from schedy_server.analysis.tasks import Importance, ImportanceFound, Share

_REPEATS = 4


def importance(task: Importance) -> ImportanceFound:
    """Return how much each hyperparameter that varies has to do with the target.

    The target is replaced by its rank, so that what matters is the order of the jobs, whatever the
    scale, and a job that diverged is no more than the worst. The spread is the standard deviation
    over folds and repetitions.
    """
    inputs = matrix(task.columns)
    kept = [at for at in range(inputs.shape[1]) if varies(inputs[:, at])]
    inputs = inputs[:, kept]
    target = ranks(array_of(task.target))
    if not kept or not varies(target):
        return ImportanceFound(fit_of([0.0]), [Share(at, 0.0, 0.0) for at in kept])
    fits, losses = [], []
    for number, fold in enumerate(folds(inputs, target)):
        held_out, actual = inputs[fold.held_out], target[fold.held_out]
        fits.append(explained(actual, by_tree(fold.forest, held_out).mean(axis=0)))
        losses.append(_losses(fold, held_out, actual, seed=number))
    fit = fit_of(fits)
    if fit.r2 <= 0:  # nothing was learnt, and what seems to matter does so by chance
        return ImportanceFound(fit, [Share(at, 0.0, 0.0) for at in kept])
    return ImportanceFound(fit, _shares(kept, np.stack(losses)))


def _losses(fold: Fold, inputs: Floats, actual: Floats, *, seed: int) -> Floats:
    """Return by how much the error grows: a row for each repetition, a column for each field."""
    generator = np.random.default_rng(seed)
    error = np.mean((by_tree(fold.forest, inputs).mean(axis=0) - actual) ** 2)
    found = np.empty((_REPEATS, inputs.shape[1]))
    for at in range(inputs.shape[1]):
        shuffled = np.tile(inputs, (_REPEATS, 1))
        orders = [generator.permutation(len(inputs)) for _ in range(_REPEATS)]
        shuffled[:, at] = inputs[np.concatenate(orders), at]
        predicted = by_tree(fold.forest, shuffled).mean(axis=0).reshape(_REPEATS, -1)
        found[:, at] = np.mean((predicted - actual) ** 2, axis=1) - error
    return found


def _shares(kept: list[int], losses: Floats) -> list[Share]:
    # Where the jobs of a fold are more alike, all errors are smaller: folds have equal say.
    totals = losses.mean(axis=1).sum(axis=1)
    typical = totals.mean()
    losses = losses / np.where(totals > typical / 10, totals, max(typical, 1e-300))[:, None, None]
    means, spreads = losses.mean(axis=(0, 1)), losses.std(axis=(0, 1))
    # A field that the model is better off without has nothing to do with it but by chance.
    means = np.maximum(means, 0)
    total = means.sum()
    scale = 1 / total if total > 0 else 0.0
    shares = [
        Share(at, float(mean * scale), float(spread * scale))
        for at, mean, spread in zip(kept, means, spreads, strict=True)
    ]
    return sorted(shares, key=lambda each: -each.importance)
