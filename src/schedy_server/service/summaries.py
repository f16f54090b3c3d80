"""How searches go, at a glance: the best so far, the way there, how fast, how long still.

What takes a look at every job is remembered until one of them changes.
"""

import json
import math
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schedy_server.model.experiments import Direction, Experiment
from schedy_server.model.jobs import Status
from schedy_server.service.context import Context
from schedy_server.storage.session import Row
from schedy_server.storage.times import to_micros

_KEPT = 1000  # experiments
_POINTS = 32
_LATEST = 1000  # jobs from which it is told how fast they end
_SPAN = timedelta(hours=1)
_TELLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Best:
    """The best job so far."""

    number: int
    id: str
    quality: float


@dataclass(frozen=True, slots=True)
class Summary:
    """How a search goes.

    Attributes:
        trend: The best so far, from the first job that ended to the last.
        per_hour: How many jobs end in an hour, as of the last one; None if none did.
        remaining: How many jobs are still to end; None if there is no end to it.
    """

    best: Best | None
    trend: Sequence[float]
    per_hour: float | None
    remaining: int | None


@dataclass(frozen=True, slots=True)
class _Past:
    version: tuple[Any, ...]
    best: Best | None
    trend: Sequence[float]
    ends: Sequence[int]


@dataclass(slots=True)
class Summaries:
    """What is remembered of the experiments that somebody looked at lately."""

    _pasts: OrderedDict[int, _Past] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, context: Context, experiment: Experiment) -> Summary:
        """Return how a search goes."""
        past = self._past(context, experiment)
        per_hour = _per_hour(past.ends, context.now, experiment.created)
        return Summary(past.best, past.trend, per_hour, _remaining(experiment))

    def _past(self, context: Context, experiment: Experiment) -> _Past:
        version = (experiment.created, experiment.objective, experiment.revision)
        with self._lock:
            known = self._pasts.get(experiment.key)
            if known is not None and known.version == version:
                self._pasts.move_to_end(experiment.key)
                return known
        rows = context.ledger.jobs.outcomes(experiment.key)
        best, trend = _way(experiment, rows)
        past = _Past(version, best, trend, [row[4] for row in rows[-_LATEST:]])
        with self._lock:
            self._pasts[experiment.key] = past
            while len(self._pasts) > _KEPT:
                self._pasts.popitem(last=False)
        return past


def _way(experiment: Experiment, rows: Sequence[Row]) -> tuple[Best | None, Sequence[float]]:
    objective = experiment.objective
    is_max = objective is not None and objective.direction is Direction.MAX
    best: Best | None = None
    so_far: list[float] = []
    for number, job_id, status, quality, _ in rows:
        if status != Status.DONE or quality is None or math.isnan(quality):
            continue
        if best is None or (quality > best.quality if is_max else quality < best.quality):
            best = Best(number, job_id, quality)
        if math.isfinite(best.quality):
            so_far.append(best.quality)
    step = max(1.0, (len(so_far) - 1) / (_POINTS - 1))
    places = range(min(len(so_far), _POINTS))
    return best, [so_far[min(round(at * step), len(so_far) - 1)] for at in places]


def _per_hour(ends: Sequence[int], now: datetime, created: datetime) -> float | None:
    """Count the jobs that ended within the last hour, or in less if they are too many to count.

    An experiment that is younger goes on at its pace so far; in its first minute, it has none.
    """
    recent = len(ends) - bisect_left(ends, to_micros(now - _SPAN))
    if not recent or now - created < _TELLING:
        return None
    if recent < _LATEST:
        return recent * (_SPAN / min(_SPAN, now - created))
    return recent * 3_600_000_000 / max(1, to_micros(now) - ends[-recent])


def _remaining(experiment: Experiment) -> int | None:
    [(kind, content)] = json.loads(experiment.definition).items()
    waiting = experiment.counts[Status.QUEUED] + experiment.counts[Status.RUNNING]
    if kind == "Manual":
        return waiting
    if kind == "PBT" and isinstance(content, dict):
        members, generations = content.get("numParallel"), content.get("maxGenerations")
        if isinstance(members, int) and isinstance(generations, int):
            ended = sum(experiment.counts.values()) - waiting
            return max(0, members * generations - ended)
    return None
