"""What the server makes of the results: plain values, each with a table for notebooks."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedy import frames, html

__all__ = [
    "Analysis",
    "Axis",
    "Distribution",
    "FieldImportance",
    "Fit",
    "Importance",
    "Improvement",
    "ParetoFront",
    "ParetoJob",
    "Prediction",
    "Predictions",
    "Progress",
    "Surface",
]

_BAR = 20  # characters
_SHOWN = 30  # rows of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What every analysis tells.

    Attributes:
        revision: How many changes of jobs the experiment had seen.
        jobs: How many jobs the filter wants.
        used: How many of them the analysis could use.
        note: What is missing, or was left out; None if there is nothing to say.
    """

    revision: int
    jobs: int
    used: int
    note: str | None

    def __repr__(self) -> str:
        rows = list(self._rows().items())
        width = max((len(name) for name, _ in rows), default=0)
        lines = [f"  {name:{width}}  {value}" for name, value in rows[:_SHOWN]]
        more = [f"  … and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
        return "\n".join([self._title(), *lines, *more, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        rows = dict(list(self._rows().items())[:_SHOWN])
        return html.table(self._title(), rows | ({"note": self.note} if self.note else {}))

    def _title(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Mapping[str, str]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a random forest tells the target of jobs that it has not seen.

    Attributes:
        r2: Which share of the variance it explains: 1 is all, 0 or less is nothing.
        spread: The standard deviation over the folds of the cross-validation.
    """

    r2: float
    spread: float

    def __str__(self) -> str:
        return f"R² {self.r2:.2f} ± {self.spread:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldImportance:
    """How much a hyperparameter has to do with the target.

    Attributes:
        field: `hyperparameters.` and its name.
        importance: Its share; all of them add up to 1, or are all 0.
        spread: The standard deviation over folds and repetitions.
    """

    field: str
    importance: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Importance(Analysis):
    """How much each hyperparameter has to do with a result; see `Experiment.importance`.

    Attributes:
        target: What was explained.
        method: How: `permutation`.
        fit: How far to trust it; None where nothing could be fitted.
        items: The most important first.
    """

    target: str
    method: str
    fit: Fit | None
    items: Sequence[FieldImportance]

    def __iter__(self) -> Iterator[FieldImportance]:
        return iter(self.items)

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with one row for each hyperparameter.

        Raises:
            ImportError: pandas is not installed.
        """
        names = ("field", "importance", "spread")
        return frames.columns({name: [getattr(i, name) for i in self.items] for name in names})

    def _title(self) -> str:
        return f"Importance for {self.target}, {self.used} jobs{_behind(self.fit)}"

    def _rows(self) -> Mapping[str, str]:
        return {
            each.field.removeprefix("hyperparameters."): (
                f"{each.importance:.3f} ± {each.spread:.3f}  {'▇' * round(_BAR * each.importance)}"
            ).rstrip()
            for each in self.items
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One side of a surface.

    Attributes:
        field: `hyperparameters.` and its name.
        scale: `linear`, `log` or `category`.
        values: Where the model was asked; of categories, their places.
        categories: What they are called; None for numbers.
    """

    field: str
    scale: str
    values: Sequence[float]
    categories: Sequence[str] | None

    @property
    def labels(self) -> Sequence[Any]:
        """The categories, or else the numbers."""
        return self.values if self.categories is None else self.categories


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Surface(Analysis):
    """What becomes of a result as two hyperparameters change; see `Experiment.surface`.

    Attributes:
        mean: What the trees of a random forest say on average: a row for each value of y.
        spread: Their standard deviation: where it is large, little is known.
    """

    target: str
    fit: Fit | None
    x: Axis
    y: Axis
    mean: Sequence[Sequence[float]]
    spread: Sequence[Sequence[float]]

    def to_dataframe(self) -> Any:
        """Return the means as a pandas DataFrame, a row for each value of y.

        Raises:
            ImportError: pandas is not installed.
        """
        return frames.grid(self.mean, index=self.y.labels, columns=self.x.labels)

    def _title(self) -> str:
        return f"{self.target} over {self.x.field} and {self.y.field}{_behind(self.fit)}"

    def _rows(self) -> Mapping[str, str]:
        values = [value for row in self.mean for value in row]
        if not values:
            return {}
        return {
            "grid": f"{len(self.x.values)} by {len(self.y.values)} points",
            "mean": f"from {min(values):.5g} to {max(values):.5g}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a forest that has not seen a job says of it.

    Attributes:
        number: Which job of the experiment it is.
        spread: The standard deviation over the trees.
    """

    number: int
    actual: float
    predicted: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Predictions(Analysis):
    """How far the model can be trusted; see `Experiment.predictions`."""

    target: str
    fit: Fit | None
    items: Sequence[Prediction]

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.items)

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with one row for each job.

        Raises:
            ImportError: pandas is not installed.
        """
        names = ("number", "actual", "predicted", "spread")
        return frames.columns({name: [getattr(i, name) for i in self.items] for name in names})

    def _title(self) -> str:
        return f"Predictions of {self.target}, {self.used} jobs{_behind(self.fit)}"

    def _rows(self) -> Mapping[str, str]:
        return {
            f"job {each.number}": (
                f"{each.actual:.5g}, predicted {each.predicted:.5g} ± {each.spread:.2g}"
            )
            for each in self.items
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoJob:
    """A job that nothing surpasses.

    Attributes:
        number: Which job of the experiment it is.
        values: What it reached, by objective.
    """

    number: int
    job_id: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParetoFront(Analysis):
    """The jobs that nothing surpasses in all objectives at once; see `Experiment.pareto`.

    Attributes:
        objectives: Which fields, and in which direction.
        front: Sorted by the first objective, the best first.
        hypervolume: How far the search had come, by the number of the job at which it got there.
        reference: The corner up to which that is measured, by objective.
    """

    objectives: Mapping[str, str]
    front: Sequence[ParetoJob]
    hypervolume: Mapping[int, float]
    reference: Mapping[str, float]

    def __iter__(self) -> Iterator[ParetoJob]:
        return iter(self.front)

    def to_dataframe(self) -> Any:
        """Return the front as a pandas DataFrame with one row for each job.

        Raises:
            ImportError: pandas is not installed.
        """
        named: dict[str, list[Any]] = {
            name: [getattr(each, name) for each in self.front] for name in ("number", "job_id")
        }
        for field in self.objectives:
            named[field] = [each.values[field] for each in self.front]
        return frames.columns(named)

    def _title(self) -> str:
        goals = " and ".join(f"{field} ({goal})" for field, goal in self.objectives.items())
        return f"Pareto front of {goals}: {len(self.front)} of {self.used} jobs"

    def _rows(self) -> Mapping[str, str]:
        return {
            each.job_id: ", ".join(f"{value:.5g}" for value in each.values.values())
            for each in self.front
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """A job that was better than all that had ended before.

    Attributes:
        number: Which job of the experiment it is.
        finished: When it ended: seconds since the experiment was created.
        best: Its quality.
    """

    number: int
    job_id: str
    finished: float
    best: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Progress(Analysis):
    """How the best result improved; see `Experiment.progress`.

    Attributes:
        direction: `min` or `max`; None without an objective.
        items: In the order in which the jobs ended.
    """

    direction: str | None
    items: Sequence[Improvement]

    def __iter__(self) -> Iterator[Improvement]:
        return iter(self.items)

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with one row for each improvement.

        Raises:
            ImportError: pandas is not installed.
        """
        names = ("number", "job_id", "finished", "best")
        return frames.columns({name: [getattr(i, name) for i in self.items] for name in names})

    def _title(self) -> str:
        return f"{len(self.items)} improvements in {self.used} jobs"

    def _rows(self) -> Mapping[str, str]:
        return {each.job_id: f"{each.best:.5g} after {each.finished:,.0f} s" for each in self.items}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Distribution(Analysis):
    """Which share of the jobs has a value up to which; see `Experiment.distribution`.

    Attributes:
        values: Ascending, at most 500.
        shares: For each value, the share of the jobs that have no larger one.
    """

    target: str
    values: Sequence[float]
    shares: Sequence[float]

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with the columns `value` and `share`.

        Raises:
            ImportError: pandas is not installed.
        """
        return frames.columns({"value": self.values, "share": self.shares})

    def quantile(self, share: float) -> float:
        """Return the smallest value that this share of the jobs, from 0 to 1, does not exceed.

        Raises:
            ValueError: No job has a value, or it is no share.
        """
        if not self.values or not 0 <= share <= 1:
            raise ValueError(f"no value has a share of {share:g} of the jobs up to it")
        return self.values[bisect_left(self.shares, share)]

    def _title(self) -> str:
        return f"Distribution of {self.target}, {self.used} jobs"

    def _rows(self) -> Mapping[str, str]:
        if not self.values:
            return {}
        wanted = {"smallest": 0.0, "25%": 0.25, "median": 0.5, "75%": 0.75, "largest": 1.0}
        return {name: f"{self.quantile(share):.5g}" for name, share in wanted.items()}


def _behind(fit: Fit | None) -> str:
    return "" if fit is None else f", {fit}"
