"""How much room the best jobs leave behind them, and how it grew.

The hypervolume (Zitzler and Thiele 1998) is the volume of what some job surpasses, up to a corner.
In two objectives a new job adds what lies between its neighbours on the front; in three, the front
is cut into slices (Fonseca, Paquete and López-Ibáñez 2006), each with the area of a staircase.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence

from schedy_server.analysis.front import Point, front

_MOST_STEPS = 500  # of what grew, as many are told
_MOST_POINTS = 300_000  # that are measured for these, in three objectives
_FEWEST_STEPS = 20
_PLANE = 2

Growth = tuple[list[int], list[float], bool]


def growth(points: Sequence[Point], corner: Point) -> Growth:
    """Return the places of points that added volume, the volumes from then on, and if that is all.

    If there are too many, only some are told, the last one among them.
    """
    inside = [at for at, point in enumerate(points) if _is_inside(point, corner)]
    grow = _growth_of_areas if len(corner) == _PLANE else _growth_of_volumes
    return grow(points, inside, corner)


def volume(points: Sequence[Point], corner: Point) -> float:
    """Return the volume that points rule, up to a corner, in two objectives or three."""
    inside = sorted(
        (each for each in points if _is_inside(each, corner)), key=lambda each: each[-1]
    )
    if len(corner) == _PLANE:
        plane = Area(corner)
        return sum(plane.add(each) for each in inside)
    plane, area, total = Area(corner[:_PLANE]), 0.0, 0.0
    for at, point in enumerate(inside):
        area += plane.add(point[:_PLANE])
        top = inside[at + 1][-1] if at + 1 < len(inside) else corner[-1]
        total += area * (top - point[-1])
    return total


class Area:
    """What points in the plane rule, up to a corner, as one is added after the other."""

    def __init__(self, corner: Point) -> None:
        self._corner = corner
        self._steps: list[Point] = []  # to the right and down

    def add(self, point: Point) -> float:
        """Return what a point adds, which is nothing if it is surpassed."""
        x, y = point
        at = bisect_left(self._steps, point)
        if at and self._steps[at - 1][1] <= y:
            return 0.0
        if at < len(self._steps) and self._steps[at] == point:
            return 0.0
        left, height, end, added = x, self._height(at), at, 0.0
        while end < len(self._steps) and self._steps[end][1] >= y:
            added += (self._steps[end][0] - left) * (height - y)
            left, height = self._steps[end]
            end += 1
        right = self._steps[end][0] if end < len(self._steps) else self._corner[0]
        added += (right - left) * (height - y)
        del self._steps[at:end]
        insort(self._steps, point)
        return added

    def _height(self, at: int) -> float:
        return self._steps[at - 1][1] if at else self._corner[1]


def _growth_of_areas(points: Sequence[Point], inside: Sequence[int], corner: Point) -> Growth:
    plane, area = Area(corner), 0.0
    improved, areas = [], []
    for at in inside:
        added = plane.add(points[at])
        if added > 0:
            area += added
            improved.append(at)
            areas.append(area)
    last = len(improved) - 1
    if last < _MOST_STEPS:
        return improved, areas, True
    told = [at * last // (_MOST_STEPS - 1) for at in range(_MOST_STEPS)]
    return [improved[at] for at in told], [areas[at] for at in told], False


def _growth_of_volumes(points: Sequence[Point], inside: Sequence[int], corner: Point) -> Growth:
    """Measure the front after every so many points, which is after each if they are few."""
    largest = max(1, len(front([points[at] for at in inside])))
    steps = max(_FEWEST_STEPS, min(_MOST_STEPS, _MOST_POINTS // largest))
    stride = -(-len(inside) // steps) or 1
    best: dict[Point, int] = {}  # each with the place where it came first
    improved, volumes = [], []
    for start in range(0, len(inside), stride):
        new = inside[start : start + stride]
        candidates = {points[at]: at for at in reversed(new)} | best
        known, different = best, list(candidates)
        best = {different[at]: candidates[different[at]] for at in front(different)}
        added = [at for point, at in best.items() if point not in known]
        if added:  # what came last of these is still there, as nothing surpassed it
            improved.append(max(added))
            volumes.append(volume(list(best), corner))
    return improved, volumes, stride == 1


def _is_inside(point: Point, corner: Point) -> bool:
    return all(value < edge for value, edge in zip(point, corner, strict=True))
