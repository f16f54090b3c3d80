"""Which points nothing surpasses; less is better.

A point surpasses another one if it is nowhere larger and somewhere smaller. To find the front takes
a sort, and in three dimensions a staircase as well (Kung, Luccio and Preparata 1975, "On Finding
the Maxima of a Set of Vectors").
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

Point = tuple[float, ...]


def front(points: Sequence[Point]) -> list[int]:
    """Return the places of the points that no other one surpasses; equals stand together."""
    order = sorted(range(len(points)), key=points.__getitem__)
    stairs = Staircase()
    found: list[int] = []
    last: Point | None = None
    for at in order:
        point = points[at]
        if point == last and found and points[found[-1]] == point:
            found.append(at)
        elif point != last and not stairs.covers(point[1:]):
            stairs.add(point[1:])
            found.append(at)
        last = point
    return sorted(found, key=points.__getitem__)


class Staircase:
    """The lowest of the points seen so far, in one dimension or two, kept in order."""

    def __init__(self) -> None:
        self._steps: list[Point] = []

    def covers(self, point: Point) -> bool:
        """Tell whether a step is nowhere above a point."""
        if len(point) == 1:
            return bool(self._steps) and self._steps[0] <= point
        # The last step that does not start behind the point is the lowest of those.
        at = bisect_right(self._steps, (point[0], math.inf)) - 1
        return at >= 0 and self._steps[at][1] <= point[1]

    def add(self, point: Point) -> None:
        """Take in a point that no step covers, and drop those that it covers."""
        if len(point) == 1:
            self._steps = [point]
            return
        at = end = bisect_left(self._steps, point)
        while end < len(self._steps) and self._steps[end][1] >= point[1]:
            end += 1
        del self._steps[at:end]
        insort(self._steps, point)
