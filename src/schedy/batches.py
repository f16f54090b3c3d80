"""Many jobs in one request, and what keeps a request from being carried out twice."""

import uuid
from collections.abc import Mapping
from typing import Any

from schedy import errors

__all__ = ["checked_parts", "ids_in", "only_once"]

_PARTS_OF_A_JOB = ("status", "hyperparameters", "results")


def only_once() -> Mapping[str, str]:
    """Return what makes the server do once what it may be asked several times."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def checked_parts(job: Mapping[str, Any], at: int) -> Mapping[str, Any]:
    """Return a job that is to be added, if it has nothing but what a new job may have.

    Raises:
        TypeError: It has something else.
    """
    for key in job:
        if key not in _PARTS_OF_A_JOB:
            known = ", ".join(_PARTS_OF_A_JOB)
            raise TypeError(f"jobs[{at}] has an unknown key {key!r}; known are {known}")
    return job


def ids_in(wire: Any) -> list[str]:
    """Read the ids of the jobs that were added.

    Raises:
        UnhandledResponseError: There are none.
    """
    ids = wire.get("ids") if isinstance(wire, Mapping) else None
    if not isinstance(ids, list):
        raise errors.UnhandledResponseError("The answer holds no ids of jobs.", None)
    return ids
