"""Waiting for something that another process does: no longer than needed, and not for ever."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    """Return as soon as the condition holds.

    Raises:
        TimeoutError: It does not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} seconds in vain")
        time.sleep(0.01)
