"""What analyses answer, in the form that travels."""

from msgspec import Struct


class Analysed(Struct, kw_only=True):
    """What every analysis tells.

    Attributes:
        revision: How many changes of jobs the experiment had seen.
        jobs: How many jobs the filter wants.
        used: How many of them the analysis could use.
        note: What is missing, or was left out; null if there is nothing to say.
    """

    revision: int
    jobs: int
    used: int
    note: str | None


class FitAnswer(Struct, kw_only=True):
    """How well a random forest tells the target of jobs that it has not seen.

    Attributes:
        r2: Which share of the variance it explains: 1 is all, 0 or less is nothing.
        spread: The standard deviation over the folds of the cross-validation.
    """

    r2: float
    spread: float


class ImportanceItem(Struct, kw_only=True):
    """How much a hyperparameter has to do with the target.

    Attributes:
        field: `hyperparameters.` and its name.
        importance: Its share of all; the shares add up to 1, or are all 0.
        spread: The standard deviation over folds and repetitions.
    """

    field: str
    importance: float
    spread: float


class ImportanceAnswer(Analysed, kw_only=True):
    """What the target depends on.

    Attributes:
        target: The field, by its full name.
        method: `permutation`.
        fit: Null where nothing could be fitted.
        items: The most important first.
    """

    target: str
    method: str
    fit: FitAnswer | None
    items: list[ImportanceItem]


class AxisAnswer(Struct, kw_only=True):
    """One side of a surface.

    Attributes:
        field: `hyperparameters.` and its name.
        scale: `linear`, `log` or `category`.
        values: Where the model was asked; for categories, 0, 1, 2 and so on.
        categories: What those are called; null for numbers.
    """

    field: str
    scale: str
    values: list[float]
    categories: list[str] | None


class SurfaceAnswer(Analysed, kw_only=True):
    """What becomes of the target as two hyperparameters change.

    Attributes:
        target: The field, by its full name.
        mean: What the trees of the forest say on average: a list for each value of y.
        spread: Their standard deviation.
    """

    target: str
    fit: FitAnswer | None
    x: AxisAnswer
    y: AxisAnswer
    mean: list[list[float]]
    spread: list[list[float]]


class Prediction(Struct, kw_only=True):
    """What a forest that has not seen a job says of it.

    Attributes:
        number: Which job of the experiment it is.
        spread: The standard deviation over the trees.
    """

    number: int
    actual: float
    predicted: float
    spread: float


class PredictionsAnswer(Analysed, kw_only=True):
    """How far the model can be trusted.

    Attributes:
        target: The field, by its full name.
    """

    target: str
    fit: FitAnswer | None
    items: list[Prediction]


class ObjectiveAnswer(Struct, kw_only=True):
    """What is to be small, or large.

    Attributes:
        direction: `min` or `max`.
    """

    field: str
    direction: str


class FrontItem(Struct, kw_only=True):
    """A job that nothing surpasses.

    Attributes:
        number: Which job of the experiment it is.
        values: What it reached, by objective.
    """

    number: int
    id: str
    values: list[float]


class VolumeItem(Struct, kw_only=True):
    """How far the search had come when a job ended.

    Attributes:
        number: Which job of the experiment it is.
        value: The hypervolume from then on.
    """

    number: int
    value: float


class ParetoAnswer(Analysed, kw_only=True):
    """The jobs that nothing surpasses in all objectives at once.

    Attributes:
        front: Sorted by the first objective, the best first.
        hypervolume: Where it grew, in the order in which the jobs ended.
        reference: The corner up to which it is measured, by objective.
    """

    objectives: list[ObjectiveAnswer]
    front: list[FrontItem]
    hypervolume: list[VolumeItem]
    reference: list[float]


class ProgressItem(Struct, kw_only=True):
    """A job that was better than all before.

    Attributes:
        number: Which job of the experiment it is.
        finished: When it ended: seconds since the experiment was created.
        best: Its quality.
    """

    number: int
    id: str
    finished: float
    best: float


class ProgressAnswer(Analysed, kw_only=True):
    """How the best result improved.

    Attributes:
        direction: `min` or `max`; null without an objective.
        items: The jobs that improved it, in the order in which they ended.
    """

    direction: str | None
    items: list[ProgressItem]


class DistributionAnswer(Analysed, kw_only=True):
    """Which share of the jobs has a value up to which: an empirical distribution function.

    Attributes:
        target: The field, by its full name.
        values: Ascending, at most 500.
        shares: For each value, the share of the jobs that have no larger one.
    """

    target: str
    values: list[float]
    shares: list[float]


class CurvesHeader(Analysed, kw_only=True):
    """Curves of many jobs; what follows are `n` times `points` 32-bit floats.

    Attributes:
        points: How many points each curve has; those that ended earlier go on with NaN.
        n: How many curves there are.
        steps: Which places in the lists the points are, counted from 0.
        bands: For some percentiles, 5 to 95, the value at each point; null where all have ended.
        lines: The numbers of the jobs, the best one last.
    """

    points: int
    n: int
    steps: list[int]
    bands: dict[str, list[float]]
    lines: list[int]
