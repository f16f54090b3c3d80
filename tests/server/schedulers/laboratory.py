"""A service in miniature: it hands out what a scheduler proposes, and tells it what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from schedy.pbt import Explore, Truncate
from schedy.random import Distribution
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import PastJob, Status
from schedy_server.schedulers.pbt import PBT
from schedy_server.schedulers.protocol import Scheduler, Verdict
from schedy_server.schedulers.seeds import generator
from tests.strategies import BEGINNING


def training(
    *,
    init: Mapping[str, Distribution] | None = None,
    explore: Mapping[str, Explore] | None = None,
    truncate: float = 0.2,
    size: int | None = None,
    generations: int | None = None,
    direction: Direction = Direction.MAX,
) -> PBT:
    """Return a population-based training that optimises the result `quality`."""
    return PBT(
        objective=Objective("quality", direction),
        exploit=Truncate(truncate),
        explore=explore or {},
        init=init or {},
        population_size=size,
        max_generations=generations,
    )


class Laboratory:
    """One experiment, its jobs and its clock, which ticks whenever a job ends."""

    def __init__(self, scheduler: Scheduler, seed: int = 0) -> None:
        self.scheduler = scheduler
        self.view = scheduler.new_view()
        self.jobs: dict[int, PastJob] = {}
        self._seed = seed
        self._numbers = count(1)
        self._decisions = count()
        self._seconds = count(1)

    def add(self, *, status: Status = Status.RUNNING, **hyperparameters: Any) -> PastJob:
        """Add a job by hand."""
        return self._create(hyperparameters, {}, None, status)

    def ask(self) -> PastJob | Verdict:
        """Ask for a job as a worker does, who starts it at once."""
        decision = self.scheduler.propose(self.view, generator(self._seed, next(self._decisions)))
        if isinstance(decision, Verdict):
            return decision
        return self._create(
            decision.hyperparameters, decision.results, decision.origin, Status.RUNNING
        )

    def claim(self) -> PastJob:
        """Ask for a job where there must be one."""
        job = self.ask()
        assert isinstance(job, PastJob), job
        return job

    def claim_of(self, key: int) -> PastJob:
        """Ask for jobs until there is one of this member; the others stay at work."""
        while member(job := self.claim()) != key:
            pass
        return job

    def finish(self, job: PastJob, quality: Any = 0.0, **results: Any) -> PastJob:
        """End a job well."""
        return self.end(job, Status.DONE, {"quality": quality, **results})

    def crash(self, job: PastJob) -> PastJob:
        """End a job badly, after it has written something into its results."""
        return self.end(job, Status.CRASHED, {"quality": "half-written"})

    def prune(self, job: PastJob, quality: Any = 0.0) -> PastJob:
        """End a job early."""
        return self.end(job, Status.PRUNED, {"quality": quality})

    def end(self, job: PastJob, status: Status, results: Mapping[str, Any]) -> PastJob:
        """End a job in some way."""
        now = BEGINNING + timedelta(seconds=next(self._seconds))
        results = {**job.results, **results}
        return self.tell(replace(job, status=status, results=results, finished=now))

    def tell(self, job: PastJob) -> PastJob:
        """Store a state of a job."""
        self.jobs[job.number] = job
        self.view.update(job)
        return job

    def delete(self, job: PastJob) -> None:
        """Delete a job."""
        del self.jobs[job.number]
        self.view.remove(job.number)

    def _create(
        self,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        origin: Mapping[str, Any] | None,
        status: Status,
    ) -> PastJob:
        number = next(self._numbers)
        return self.tell(
            PastJob(
                number=number,
                id=f"job-{number}",
                status=status,
                hyperparameters=hyperparameters,
                results=results,
                origin=origin,
                finished=None,
                attempt=1,
            )
        )


def ranked(
    qualities: Sequence[Any], scheduler: PBT | None = None, *, seed: int = 0
) -> tuple[Laboratory, list[PastJob]]:
    """Return a population whose members, 1 and so on, finished in this order with these results."""
    lab = Laboratory(scheduler or training(), seed)
    jobs = [lab.add(lr=float(at), kept="same") for at in range(1, len(qualities) + 1)]
    pairs = zip(jobs, qualities, strict=True)
    return lab, [lab.finish(job, quality, weights=job.id) for job, quality in pairs]


def event(job: PastJob) -> Any:
    """Return why a job was proposed."""
    return (job.origin or {}).get("event")


def member(job: PastJob) -> Any:
    """Return the line that a job belongs to."""
    return (job.origin or {"member": job.number})["member"]


def generation(job: PastJob) -> Any:
    """Return the position of a job in its line."""
    return (job.origin or {"generation": 0})["generation"]


def parent(job: PastJob) -> Any:
    """Return the number of the job that it copied."""
    return (job.origin or {}).get("parent_number")
