"""What the server says of a job, as the attributes of a `Job`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schedy.errors import UnhandledResponseError
from schedy.worded import words_in

__all__ = ["STATUSES", "attributes_of_job", "moment"]

STATUSES = frozenset({"QUEUED", "RUNNING", "CRASHED", "PRUNED", "DONE"})

_MOMENTS = ("created", "started", "finished", "modified")
_AS_THEY_ARE = (
    "number",
    "attempt",
    "quality",
    "worker",
    "reason",
    "origin",
    "lease_id",
    "lease_ttl",
    "heartbeat_every",
    "resume",
)
_COUNTS = {"lost": "times_lost", "preempted": "times_preempted", "crashed": "times_crashed"}


def attributes_of_job(wire: Any, experiment: str) -> dict[str, Any]:
    """Read a job of an experiment.

    Servers of another make may say less of a job than ours; what they do not say is None.

    Raises:
        UnhandledResponseError: It is no job, or one of another experiment.
    """
    if not isinstance(wire, Mapping) or not isinstance(wire.get("id"), str):
        raise UnhandledResponseError("The answer is no job.", None)
    if wire.get("experiment") != experiment:
        raise UnhandledResponseError(
            f"The answer is a job of experiment {wire.get('experiment')!r}, not {experiment!r}.",
            None,
        )
    if wire.get("status") not in STATUSES:
        raise UnhandledResponseError(
            f"Job {wire['id']!r} has a status that this client does not know: "
            f"{wire.get('status')!r}. `pip install -U schedy` may help.",
            None,
        )
    return {
        "job_id": wire["id"],
        "status": wire["status"],
        "hyperparameters": _entries(wire, "hyperparameters"),
        "results": _entries(wire, "results"),
        "etag": wire.get("etag"),
        **{name: wire.get(name) for name in _AS_THEY_ARE},
        **{ours: wire.get(name) or 0 for name, ours in _COUNTS.items()},
        **{name: moment(wire.get(name)) for name in _MOMENTS},
        **_words(wire),
    }


def moment(text: Any) -> datetime | None:
    """Read a point in time.

    Raises:
        UnhandledResponseError: It is none.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise UnhandledResponseError(f"{text!r} is no point in time.", None) from None


def _words(wire: Any) -> dict[str, Any]:
    """Return tags and note, where they are told: workers get to hear neither."""
    tags, note = words_in(wire)
    return {} if tags is None or note is None else {"_tags": tags, "_note": note}


def _entries(wire: Mapping[str, Any], name: str) -> dict[str, Any]:
    entries = wire.get(name)
    if entries is None:
        return {}
    if not isinstance(entries, dict):
        raise UnhandledResponseError(f"The {name} of job {wire['id']!r} are no object.", None)
    return entries
