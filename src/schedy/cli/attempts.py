"""Who had a job, when, and how that ended."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from schedy import Job, errors
from schedy.cli import display
from schedy.cli.output import is_terminal, put
from schedy.cli.tables import boxed
from schedy.cli.text import clean
from schedy.history import Attempt

__all__ = ["attempts_json", "attempts_of", "put_attempts"]

_HEADERS = ("attempt", "state", "worker", "started", "ended", "heard of", "")
_LATE = {"adopted": "its late result was adopted", "kept": "its late result is kept"}


def attempts_of(job: Job) -> list[Attempt]:
    """Return the attempts at a job; none if the server is too old to tell."""
    with contextlib.suppress(errors.ClientRequestError):
        return job.attempts()
    return []


def attempts_json(job: Job, attempts: list[Attempt]) -> Mapping[str, Any]:
    """Return what is to be said of the attempts at a job."""
    return {
        "lost": job.times_lost,
        "preempted": job.times_preempted,
        "crashed": job.times_crashed,
        "attempts": [
            {
                "n": each.n,
                "state": each.state,
                "worker": each.worker,
                "started": _iso(each.started),
                "seen": _iso(each.seen),
                "ended": _iso(each.ended),
                "expires_in": each.expires_in,
                "late": each.late,
            }
            for each in attempts
        ],
    }


def put_attempts(job: Job, attempts: list[Attempt]) -> None:
    """Show the attempts at a job, if there is more to say than that there was one."""
    counts = {
        "lost": job.times_lost,
        "preempted": job.times_preempted,
        "crashed": job.times_crashed,
    }
    said = ", ".join(f"{name} {count}x" for name, count in counts.items() if count)
    if said:
        put(f"\n{said}")
    if attempts:
        put("")
        rows = [_row(each) for each in attempts]
        if is_terminal():
            display.table(_HEADERS, rows)
        else:
            put(boxed(_HEADERS, rows))


def _row(attempt: Attempt) -> tuple[Any, ...]:
    return (
        attempt.n,
        attempt.state,
        clean(attempt.worker or ""),
        _moment(attempt.started),
        _moment(attempt.ended),
        _moment(attempt.seen) if attempt.ended is None else "",
        _remark(attempt),
    )


def _remark(attempt: Attempt) -> str:
    if attempt.late is not None:
        return _LATE.get(attempt.late, clean(attempt.late))
    if attempt.silent_since is not None:
        return f"silent since {_moment(attempt.silent_since)}"
    if attempt.expires_in is not None:
        return f"may keep silent for {attempt.expires_in:.0f} s more"
    return ""


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
