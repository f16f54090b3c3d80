"""Jobs as a table of pandas, for those who have it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schedy.jobs import Job

__all__ = ["columns", "frame", "grid", "lines"]

_COLUMNS = (
    "number",
    "job_id",
    "status",
    "quality",
    "worker",
    "attempt",
    "reason",
    "created",
    "started",
    "finished",
    "modified",
)


def frame(jobs: Iterable[Job]) -> Any:
    """Return a DataFrame with one row for each job.

    Its columns are called as the server sorts by them: `hyperparameters.lr`, `results.loss`.

    Raises:
        ImportError: pandas is not installed.
    """
    pd = _pandas()
    rows = [_row(job) for job in jobs]
    names = dict.fromkeys(_COLUMNS) | {name: None for row in rows for name in row}
    return pd.DataFrame.from_records(rows, columns=_in_order(names))


def columns(named: Mapping[str, Sequence[Any]]) -> Any:
    """Return a DataFrame with these columns.

    Raises:
        ImportError: pandas is not installed.
    """
    return _pandas().DataFrame(dict(named))


def grid(rows: Sequence[Sequence[Any]], *, index: Sequence[Any], columns: Sequence[Any]) -> Any:
    """Return a DataFrame with names for rows and columns.

    Raises:
        ImportError: pandas is not installed.
    """
    return _pandas().DataFrame(rows, index=list(index), columns=list(columns))


def lines(named: Mapping[int, Sequence[float]], *, steps: Sequence[int]) -> Any:
    """Return a DataFrame with a column for each job, called by its number, and a row for each step.

    Raises:
        ImportError: pandas is not installed.
    """
    pd = _pandas()
    index = pd.Index(steps, name="step", dtype="int64")
    return pd.DataFrame(dict(named), index=index).rename_axis(columns="job")


def _pandas() -> Any:
    try:
        import pandas as pd  # noqa: PLC0415 - only those who want a table have to have it
    except ImportError as error:
        raise ImportError("to_dataframe needs pandas: `pip install pandas`") from error
    return pd


def _row(job: Job) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in _COLUMNS},
        **{f"hyperparameters.{name}": value for name, value in job.hyperparameters.items()},
        **{f"results.{name}": value for name, value in job.results.items()},
    }


def _in_order(names: Iterable[str]) -> list[str]:
    """Put hyperparameters before results, each in the order in which they were met."""
    return sorted(names, key=lambda name: name.startswith("results."))
