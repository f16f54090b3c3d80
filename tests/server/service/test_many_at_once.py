"""Many callers do anything to the same experiments at once; the books are right afterwards.

On PostgreSQL, through two servers on one database.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from schedy_server.model.errors import ServiceError
from schedy_server.model.experiments import Direction, ExperimentStatus, Objective
from schedy_server.model.jobs import Status
from schedy_server.model.jsontext import loads
from schedy_server.service import claims, experiments, jobs
from schedy_server.service.context import Context
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from schedy_server.service.reservations import Reservations
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.databases import fresh_database, shared_server
from tests.server.desk import Desk, wish
from tests.server.service.test_claims import PBT

T = TypeVar("T")

NAMES = ("one", "two")
OBJECTIVES = (None, Objective("loss", Direction.MIN), Objective("score", Direction.MAX))
CALLERS, DEEDS = 8, 60


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def storages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Storage]]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            urls = [f"sqlite:///{tmp_path}/schedy.db"]
        else:
            urls = [stack.enter_context(fresh_database(shared_server()))] * 2
        yield [stack.enter_context(open_storage(url)) for url in urls]


class Someone:
    """Does one thing after the other, at random."""

    def __init__(self, desk: Desk, storage: Storage, seed: int) -> None:
        self.desk, self.storage, self.rng = desk, storage, random.Random(seed)
        self.reservations = Reservations()
        self.held: list[tuple[str, Handed]] = []
        self.owned: list[tuple[str, int, int]] = []
        self.deeds = [
            *(self.claim, self.claim, self.finish, self.finish, self.look, self.add),
            *(self.requeue, self.delete, self.rate, self.add_batch),
        ]

    def work(self) -> list[tuple[str, int, int]]:
        """Return the attempts that this caller was told to own."""
        for _ in range(DEEDS):
            try:
                self.rng.choice(self.deeds)(self.rng.choice(NAMES))
            except ServiceError:
                continue  # somebody else was faster
        return self.owned

    def claim(self, name: str) -> None:
        claim_id = f"{self.rng.random()}"
        found = self.do(lambda it: claims.claim(it, name, claim_id=claim_id, worker=None)).handed
        if found is not None:
            self.held.append((name, found))
            self.owned.append((name, found.job.number, found.job.attempt))

    def finish(self, _: str) -> None:
        if self.held:
            name, held = self.held.pop()
            score = wish(Status.DONE, results={"loss": 1, "score": self.rng.random()})
            lease, tags = held.job.lease_id or "", [held.tag]
            self.do(
                lambda it: claims.progress(
                    it, name, held.job.id, score, lease_id=lease, condition=tags
                )
            )

    def look(self, name: str) -> None:
        self.do(lambda it: claims.look_for_next(it, name, self.reservations))

    def add(self, name: str) -> None:
        self.do(lambda it: jobs.add(it, name, wish(Status.QUEUED, results={"loss": 2})))

    def add_batch(self, name: str) -> None:
        self.do(lambda it: jobs.add_many(it, name, [wish(Status.QUEUED)] * 3))

    def requeue(self, _: str) -> None:
        for name, held in self.held[:1]:
            back = wish(Status.QUEUED)
            self.do(lambda it: jobs.put(it, name, held.job.id, back, condition=None))  # noqa: B023

    def delete(self, _: str) -> None:
        for name, held in self.held[:1]:
            self.do(lambda it: jobs.delete(it, name, held.job.id, must_exist=False))  # noqa: B023

    def rate(self, name: str) -> None:
        objective = self.rng.choice(OBJECTIVES)
        self.do(lambda it: experiments.patch(it, name, Alteration(objective=objective)))

    def do(self, deed: Callable[[Context], T]) -> T:
        return self.storage.write_now(
            lambda ledger: deed(Context(ledger, self.desk.ana, self.desk.now))
        )


def test_the_books_are_right_in_the_end(storages: list[Storage]) -> None:
    desk = Desk(storages[0])
    desk.experiment({"Manual": None}, name="one")
    desk.experiment(PBT | {"PBT": PBT["PBT"] | {"numParallel": 9}}, name="two")
    people = [Someone(desk, storages[i % len(storages)], i) for i in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        owned = [each for found in pool.map(Someone.work, people) for each in found]
    assert len(owned) == len(set(owned)) > 0
    for name in NAMES:
        desk.look(lambda ledger, name=name: check_books(desk, ledger, name))  # type: ignore[misc]


def check_books(desk: Desk, ledger: Ledger, name: str) -> None:
    experiment = ledger.experiments.find(desk.ana.account_key, name)
    assert experiment is not None
    found = ledger.jobs.page(experiment.key, limit=100_000)
    assert experiment.status in set(ExperimentStatus)
    counted = Counter(job.status for job in found)
    assert {status: count for status, count in experiment.counts.items() if count} == counted
    assert max(job.number for job in found) <= experiment.jobs_created
    assert len({job.revision for job in found}) == len(found)
    objective = experiment.objective
    for job in found:
        assert job.quality == (objective.quality(loads(job.results)) if objective else None)
