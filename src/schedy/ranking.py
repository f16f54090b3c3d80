"""What the best job is."""

import math
from typing import Any

from schedy import pbt

__all__ = ["is_rankable", "ranking"]


def ranking(
    result: str | None, direction: str | None, *, own: tuple[str | None, str | None]
) -> tuple[str, str]:
    """Return which result counts, and by what to sort so that the best comes first.

    Args:
        own: What the experiment itself optimises.

    Raises:
        ValueError: Nobody says what is best.
    """
    if result is None or direction not in {pbt.MINIMIZE, pbt.MAXIMIZE}:
        raise ValueError(
            "say what is best: best_job('loss', schedy.pbt.MINIMIZE), or give the experiment an "
            "objective"
        )
    if (result, direction) == own:
        return result, "best"  # the server keeps these sorted
    return result, f"results.{result}" if direction == pbt.MINIMIZE else f"-results.{result}"


def is_rankable(value: Any) -> bool:
    """Tell whether the server ranks a value: a number that is one."""
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)
