"""What there is to calculate, and what comes of it: what goes to the process that does, and back.

Nothing here needs numpy: the server that asks stays small. Arrays travel as their bytes, 64-bit
floats in the order of the machine, on which both processes run.
"""

from array import array
from collections.abc import Iterable

import msgspec
from msgspec import Struct

# Fewer jobs say nothing that would not be luck.
FEWEST_JOBS = 10

# How an answer begins: what was found follows, or where the program failed.
FOUND, FAILED = b"+", b"!"


class Column(Struct, frozen=True):
    """A hyperparameter of the jobs.

    Attributes:
        values: A number for each job; NaN where it has none. For categories, which one.
        labels: What the categories are called; None for numbers.
    """

    values: bytes
    labels: list[str] | None = None


class Importance(Struct, frozen=True, tag=True):
    """Ask how much each hyperparameter has to do with the target."""

    columns: list[Column]
    target: bytes


class Predictions(Struct, frozen=True, tag=True):
    """Ask how well the target can be told from the hyperparameters."""

    columns: list[Column]
    target: bytes


class Surface(Struct, frozen=True, tag=True):
    """Ask what becomes of the target as two hyperparameters change.

    Attributes:
        x: The place of one among the columns.
        y: The place of the other.
        grid: Into how many steps numbers are divided.
    """

    columns: list[Column]
    target: bytes
    x: int
    y: int
    grid: int


class Pareto(Struct, frozen=True, tag=True):
    """Ask which jobs nothing surpasses in all objectives at once.

    Attributes:
        values: What is to be minimised, for each objective; the jobs as they ended.
    """

    values: list[bytes]


class Curves(Struct, frozen=True, tag=True):
    """Ask how many curves run together.

    Attributes:
        curves: One for each job, NaN where it has ended, end to end.
        points: How many points each has.
    """

    curves: bytes
    points: int


Task = Importance | Predictions | Surface | Pareto | Curves


class Fit(Struct, frozen=True):
    """How well the model tells the target of jobs that it has not seen.

    Attributes:
        r2: The share of the variance that it explains: 1 for all, 0 for none. Mean over the folds.
        spread: The standard deviation over the folds.
    """

    r2: float
    spread: float


class Share(Struct, frozen=True):
    """How much one hyperparameter has to do with the target.

    Attributes:
        at: Its place among the columns.
    """

    at: int
    importance: float
    spread: float


class ImportanceFound(Struct, frozen=True):
    """How much each hyperparameter that varies has to do with the target, the most first."""

    fit: Fit
    shares: list[Share]


class PredictionsFound(Struct, frozen=True):
    """What the model told of each job, without having seen it."""

    fit: Fit
    actual: list[float]
    predicted: list[float]
    spread: list[float]


class Axis(Struct, frozen=True):
    """One side of a surface.

    Attributes:
        scale: `linear`, `log` or `category`.
        values: Where it was looked; for categories, numbers from 0.
        categories: What they are called.
    """

    scale: str
    values: list[float]
    categories: list[str] | None = None


class SurfaceFound(Struct, frozen=True):
    """What becomes of the target: a row for each value of y."""

    fit: Fit
    x: Axis
    y: Axis
    mean: list[list[float]]
    spread: list[list[float]]


class ParetoFound(Struct, frozen=True):
    """The jobs that nothing surpasses, and how far they had come.

    Attributes:
        front: Their places among the jobs.
        reference: The corner up to which the volume is measured.
        improved: The places of jobs that made the volume grow, as they ended.
        volumes: How large it was from then on.
        is_all: Whether these are all of them.
    """

    front: list[int]
    reference: list[float]
    improved: list[int]
    volumes: list[float]
    is_all: bool


class CurvesFound(Struct, frozen=True):
    """Between which values how many of the curves run.

    Attributes:
        bands: For each percentile a value at each point; NaN where all have ended.
    """

    bands: dict[str, list[float]]


Found = ImportanceFound | PredictionsFound | SurfaceFound | ParetoFound | CurvesFound


def floats(values: Iterable[float]) -> bytes:
    """Return numbers as they travel."""
    return array("d", values).tobytes()


encode = msgspec.msgpack.Encoder().encode
