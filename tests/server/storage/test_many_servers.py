"""Several servers on one PostgreSQL: nothing lost, nothing twice, nobody told of the struggle."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Status
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.server.storage.stock import Worker, stored_account, stored_experiment

pytestmark = pytest.mark.postgres

SERVERS, THREADS, EXPERIMENTS, ROUNDS = 3, 4, 3, 30


@pytest.fixture
def servers(postgres_url: str) -> Iterator[list[Storage]]:
    with ExitStack() as stack:
        yield [stack.enter_context(open_storage(postgres_url)) for _ in range(SERVERS)]


@pytest.fixture
def experiments(servers: list[Storage]) -> list[Experiment]:
    account = stored_account(servers[0])
    return [stored_experiment(servers[0], account, f"e{n}") for n in range(EXPERIMENTS)]


def test_workers_of_all_servers_never_get_the_same_job(
    servers: list[Storage], experiments: list[Experiment]
) -> None:
    claims = run_workers(servers, experiments)
    assert max(Counter(claims).values()) == 1
    assert len(claims) == SERVERS * THREADS * ROUNDS
    for index, experiment in enumerate(experiments):
        numbers = sorted(number for where, number in claims if where == index)
        assert numbers == list(range(1, len(numbers) + 1))
        assert counts(servers[-1], experiment) == {Status.DONE: len(numbers)}


def run_workers(servers: list[Storage], experiments: list[Experiment]) -> list[tuple[int, int]]:
    """Let workers claim and finish jobs, and return which experiment and number each one got."""

    def work(storage: Storage, name: str) -> list[tuple[int, int]]:
        dice, claims = random.Random(name), []
        for turn in range(ROUNDS):
            index = dice.randrange(len(experiments))
            worker = Worker(experiments[index])
            # Each request is sent twice, as by a worker that has not heard the first answer.
            jobs = {storage.write_now(worker.claim(f"{name}-{turn}")).number for _ in range(2)}
            (number,) = jobs
            claims.append((index, number))
            storage.write_now(worker.finish(number))
        return claims

    names = [(server, f"{n}-{m}") for n, server in enumerate(servers) for m in range(THREADS)]
    with ThreadPoolExecutor(len(names)) as pool:
        return [claim for claims in pool.map(lambda name: work(*name), names) for claim in claims]


def counts(storage: Storage, experiment: Experiment) -> dict[Status, int]:
    found = storage.read_now(
        lambda ledger: ledger.experiments.find(experiment.account_key, experiment.name)
    )
    assert found is not None
    assert found.jobs_created == sum(found.counts.values())
    return {status: count for status, count in found.counts.items() if count}


def test_transactions_over_several_experiments_do_not_block_each_other_for_good(
    servers: list[Storage], experiments: list[Experiment]
) -> None:
    """Each function locks two experiments, in any order: what the service never does."""

    def lock_two(ledger: Ledger, first: Experiment, second: Experiment) -> None:
        for experiment in (first, second):
            Worker(experiment).add()(ledger)

    def work(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(5):
            pair = dice.sample(experiments, 2)
            servers[seed % SERVERS].write_now(lambda ledger: lock_two(ledger, *pair))  # noqa: B023

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    added = [counts(servers[0], experiment)[Status.QUEUED] for experiment in experiments]
    assert sum(added) == 6 * 5 * 2


def test_a_group_goes_on_without_what_would_have_to_wait(
    servers: list[Storage], experiments: list[Experiment]
) -> None:
    held, free = experiments[:2]
    locked, release = threading.Event(), threading.Event()

    def hold(ledger: Ledger) -> None:
        Worker(held).lock(ledger)
        locked.set()
        assert release.wait(20)

    def add_both(ledger: Ledger) -> int:
        return Worker(free).add()(ledger).number

    with ThreadPoolExecutor(3) as pool:
        holding = pool.submit(servers[0].write_now, hold)
        assert locked.wait(20)
        waiting = pool.submit(servers[1].write_now, Worker(held).add())
        assert servers[1].write_now(add_both) == 1  # on the other connection of that server
        release.set()
        assert waiting.result(20).number == 1
        holding.result(20)
