"""Many curves at once: between which values most of them run."""

import numpy as np

from schedy_server.analysis.tasks import Curves, CurvesFound

PERCENTILES = (5, 25, 50, 75, 95)


def curves(task: Curves) -> CurvesFound:
    """Return the percentiles of the curves at each point, among those that reach it."""
    found = np.frombuffer(task.curves, dtype=np.float64).reshape(-1, task.points)
    bands = np.full((len(PERCENTILES), task.points), np.nan)
    for at in range(task.points):
        reached = found[~np.isnan(found[:, at]), at]
        if len(reached):
            # A value that occurs, so that no infinity is averaged with another one.
            bands[:, at] = np.percentile(reached, PERCENTILES, method="nearest")
    named = zip(PERCENTILES, bands, strict=True)
    return CurvesFound({str(percentile): band.tolist() for percentile, band in named})
