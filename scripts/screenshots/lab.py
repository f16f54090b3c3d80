"""A laboratory whose workers train in no time: what they would have done until now, they did."""

import heapq
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from schedy_server.model.accounts import Caller
from schedy_server.model.experiments import ExperimentStatus, Objective
from schedy_server.model.jobs import Job, Status
from schedy_server.model.jsontext import loads
from schedy_server.model.payload import Payload
from schedy_server.model.words import Rewording
from schedy_server.service import claims, experiments, jobs, views, words
from schedy_server.service.context import Context
from schedy_server.storage.leases import Beat
from schedy_server.storage.ledger import Ledger
from scripts.screenshots.house import NOW

_ALWAYS = 10**17  # in lease time: no worker of a picture is ever taken for dead


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes:
        partly: What its worker had reported half-way.
    """

    seconds: float
    results: Mapping[str, Any]
    status: Status = Status.DONE
    reason: str | None = None
    partly: Mapping[str, Any] = field(default_factory=dict)


Train = Callable[[Mapping[str, Any], Mapping[str, Any], random.Random], Outcome]


@dataclass(slots=True)
class Lab:
    """One experiment, and who works on it.

    Args:
        train: From hyperparameters, the parent's results, and dice to the outcome.
    """

    ledger: Ledger
    caller: Caller
    name: str
    train: Train

    def found(
        self, at: datetime, scheduler: Mapping[str, Any], objective: Objective | None = None
    ) -> None:
        """Make the experiment."""
        status = ExperimentStatus.RUNNING
        given: dict[str, Any] = {} if objective is None else {"objective": objective}
        settings = experiments.Settings(status, scheduler, seed=7, **given)
        experiments.put(self._context(at), self.name, settings, only_new=True)

    def queue(self, at: datetime, hyperparameters: Sequence[Mapping[str, Any]]) -> None:
        """Add jobs by hand."""
        wishes = [_wish(Status.QUEUED, each, {}) for each in hyperparameters]
        jobs.add_many(self._context(at), self.name, wishes)

    def work(
        self, workers: Sequence[str], since: datetime, until: datetime, most: int = 5000
    ) -> None:
        """Let workers take jobs between two moments; in the end, some may still run."""
        dice = random.Random(self.name)
        free = [(since + timedelta(seconds=7 * at), at) for at in range(len(workers))]
        taken = 0
        while free and taken < most:
            now, at = heapq.heappop(free)
            if now > until:
                return
            job = self._claim(now, workers[at], taken)
            if job is None:
                continue
            taken += 1
            end = self._end(job, now, dice, until)
            if end is not None:
                heapq.heappush(free, (end + timedelta(seconds=dice.uniform(0.5, 3)), at))

    def pause(self, at: datetime) -> None:
        """Have the experiment hand out no more jobs."""
        done = experiments.Alteration(status=ExperimentStatus.DONE)
        experiments.patch(self._context(at), self.name, done)

    def write(self, at: datetime, *, tags: Sequence[str] = (), note: str | None = None) -> None:
        """Write something on the experiment."""
        context = self._context(at)
        change = Rewording(tags=tags, note=note)
        words.reword(context, context.locked_experiment(self.name), change)

    def write_on_best(self, count: int, *, tags: Sequence[str], note: str | None = None) -> None:
        """Write something on the best jobs."""
        context = self._context(NOW)
        experiment = context.experiment(self.name)
        found = [
            each for each in self.ledger.jobs.page(experiment.key, limit=10_000) if each.quality
        ]
        for job in sorted(found, key=lambda each: -(each.quality or 0))[:count]:
            words.patch_job(context, self.name, job.id, Rewording(add=tags, note=note))

    def keep_view(self, name: str, query: str) -> None:
        """Keep a view of the table of jobs under a name."""
        address = f"/e/{self.name}/jobs?{query}"
        views.save(self._context(NOW), name, experiment_name=self.name, address=address)

    def _claim(self, now: datetime, worker: str, turn: int) -> Job | None:
        context = self._context(now)
        claim_id = f"{self.name} {turn}"
        claimed = claims.claim(context, self.name, claim_id=claim_id, worker=worker)
        return None if claimed.handed is None else claimed.handed.job

    def _end(
        self, job: Job, started: datetime, dice: random.Random, until: datetime
    ) -> datetime | None:
        outcome = self.train(loads(job.hyperparameters), self._parent(job), dice)
        end = started + timedelta(seconds=outcome.seconds)
        if end > until:
            self._report(job, until, _wish(Status.RUNNING, None, outcome.partly))
            self._beat(job)
            return None
        self._report(job, end, _wish(outcome.status, None, outcome.results, outcome.reason))
        return end

    def _report(self, job: Job, at: datetime, wish: jobs.Wish) -> None:
        jobs.put(self._context(at), self.name, job.id, wish, condition=None)

    def _beat(self, job: Job) -> None:
        seen = NOW - timedelta(seconds=1 + job.number % 4)
        beat = Beat(job.experiment_key, job.number, job.attempt, seen, _ALWAYS)
        self.ledger.leases.renew(beat)

    def _parent(self, job: Job) -> Mapping[str, Any]:
        number = (loads(job.origin) if job.origin else {}).get("parent_number")
        parent = self.ledger.jobs.find_number(job.experiment_key, number) if number else None
        results: Mapping[str, Any] = {} if parent is None else loads(parent.results)
        return results

    def _context(self, now: datetime) -> Context:
        return Context(self.ledger, self.caller, now, _ALWAYS)


def _wish(
    status: Status,
    hyperparameters: Mapping[str, Any] | None,
    results: Mapping[str, Any] | None,
    reason: str | None = None,
) -> jobs.Wish:
    given, found = _payload(hyperparameters), _payload(results)
    body = json.dumps([status, hyperparameters, results])
    return jobs.Wish(status, given, found, body, sha256(body.encode()).digest(), reason)


def _payload(value: Mapping[str, Any] | None) -> Payload | None:
    return None if value is None else Payload(json.dumps(value), value)
