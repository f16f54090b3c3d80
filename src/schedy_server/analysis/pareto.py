"""Which jobs nothing surpasses in two or three objectives at once, and how far the search came."""

import numpy as np

from schedy_server.analysis.forest import Floats
from schedy_server.analysis.front import Point, front
from schedy_server.analysis.hypervolume import growth
from schedy_server.analysis.tasks import Pareto, ParetoFound

_FENCE = 3.0  # interquartile ranges


def pareto(task: Pareto) -> ParetoFound:
    """Return the front, and how the volume that it rules grew."""
    values = np.column_stack([np.frombuffer(each, dtype=np.float64) for each in task.values])
    points: list[Point] = [tuple(each) for each in values.tolist()]
    corner = reference(values)
    improved, volumes, is_all = growth(points, corner)
    return ParetoFound(front(points), list(corner), improved, volumes, is_all)


def reference(values: Floats) -> Point:
    """Return the corner up to which volumes are measured: the worst value of each objective.

    What lies far out does not count as worst; else one job that diverged would make all others
    look equally good.
    """
    if not len(values):
        return ()
    low, high = np.percentile(values, [25, 75], axis=0)
    worst = values.max(axis=0)
    fence = high + _FENCE * (high - low)
    return tuple(np.where(high > low, np.minimum(worst, fence), worst).tolist())
