"""Until when a worker will be there: what it says, or what its cluster says."""

import math
import os
from collections.abc import Mapping
from datetime import datetime

from schedy.credentials import ConfigurationError

__all__ = ["deadline_of"]

_OURS, _SLURM = "SCHEDY_DEADLINE", "SLURM_JOB_END_TIME"


def deadline_of(
    given: datetime | float | str | None, environ: Mapping[str, str] = os.environ
) -> float | None:
    """Return a deadline in Unix time; None if there is none.

    Args:
        given: A moment (local time if it has no zone), Unix time, or either as text. If it is
            None, SCHEDY_DEADLINE says it, or SLURM_JOB_END_TIME.

    Raises:
        ValueError: It is no point in time.
    """
    if given is not None:
        return _unix(given)
    if ours := environ.get(_OURS):
        try:
            return _unix(ours)
        except ValueError as error:
            raise ConfigurationError(f"{_OURS}: {error}") from error
    slurm = environ.get(_SLURM, "")
    # Jobs without a limit have none, or a zero.
    return float(slurm) if slurm.isdecimal() and int(slurm) else None


def _unix(given: datetime | float | str) -> float:
    if isinstance(given, datetime):
        return given.timestamp()
    if isinstance(given, str):
        try:
            seconds = float(given)
        except ValueError:
            return _from_iso(given)
    else:
        seconds = float(given)
    if math.isnan(seconds):
        raise ValueError(f"{given!r} is no point in time")
    return seconds


def _from_iso(text: str) -> float:
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError:
        raise ValueError(
            f"{text!r} is no point in time; it has to be Unix time, or like "
            "2026-01-31T08:30:00+01:00"
        ) from None
