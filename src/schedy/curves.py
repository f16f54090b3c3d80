"""Curves of many jobs: a result that is a list of numbers, such as the losses of all epochs."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedy import encoding, frames
from schedy.analyses import Analysis

__all__ = ["Curves", "members_in", "some_of"]

_LENGTH = 4  # bytes, of the number that says how long the header is
_SHOWN = 10  # steps of a table


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Curves(Analysis):
    """How a result went that is a list of numbers; see `Experiment.curves`.

    Attributes:
        result: Which one, as it was asked for.
        steps: Which places in the lists are told of, counted from 0: at most 200.
        bands: For the percentiles 5, 25, 50, 75 and 95 of all these jobs, the value at each step;
            NaN where all have ended, or where it is infinite.
        lines: The curves by the numbers of their jobs, the best one last: a value at each step,
            with the precision of 32 bits, and NaN once a job has ended.
    """

    result: str
    steps: Sequence[int]
    bands: Mapping[int, Sequence[float]]
    lines: Mapping[int, Sequence[float]]

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with a column for each job and a row for each step.

        Raises:
            ImportError: pandas is not installed.
        """
        return frames.lines(self.lines, steps=self.steps)

    def _title(self) -> str:
        return f"Curves of {self.result}, {self.used} jobs"

    def _rows(self) -> Mapping[str, str]:
        return {
            f"step {self.steps[at]}": (
                f"median {self.bands[50][at]:.5g}, "
                f"half from {self.bands[25][at]:.5g} to {self.bands[75][at]:.5g}"
            )
            for at in some_of(len(self.steps))
        }


def some_of(steps: int) -> Sequence[int]:
    """Return which of so many steps to show: at most ten, the first and the last among them."""
    if steps <= _SHOWN:
        return range(steps)
    return [at * (steps - 1) // (_SHOWN - 1) for at in range(_SHOWN)]


def members_in(body: bytes) -> dict[str, Any]:
    """Return what the server tells of curves: a header in JSON, and 32-bit floats behind it.

    Raises:
        ValueError: That is not what it is.
        KeyError: The header lacks something.
        TypeError: It is of another kind.
        AttributeError: So are the bands.
    """
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    header = encoding.decode(body[_LENGTH:end])
    numbers, width = header["lines"], len(header["steps"])
    try:
        values = struct.unpack(f"<{len(numbers) * width}f", body[end:])
    except struct.error as error:
        raise ValueError(str(error)) from None
    return {
        **{name: header[name] for name in ("revision", "jobs", "used", "note", "steps")},
        "bands": {int(name): _numbers(band) for name, band in header["bands"].items()},
        "lines": {
            number: list(values[at * width : (at + 1) * width]) for at, number in enumerate(numbers)
        },
    }


def _numbers(band: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in band]
