"""Bands hold what they say, of those curves that get so far."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.analysis.curves import curves
from schedy_server.analysis.tasks import Curves, floats


def test_a_band_is_a_percentile_of_the_curves_that_get_so_far() -> None:
    lines = [[at, at if at < 11 else math.nan] for at in range(101)]
    found = curves(Curves(floats(itertools.chain(*lines)), points=2)).bands
    assert [found[each][0] for each in ("5", "25", "50", "75", "95")] == [5, 25, 50, 75, 95]
    assert found["50"][1] == 5


@given(st.lists(st.lists(st.floats(), min_size=3, max_size=3), min_size=1, max_size=20))
def test_bands_never_cross(lines: list[list[float]]) -> None:
    found = curves(Curves(floats(itertools.chain(*lines)), points=3)).bands
    rows = np.array(list(found.values()))
    for column in rows.T:
        assert np.isnan(column).all() or (column[1:] >= column[:-1]).all()
