"""What every database owes the service: functions run whole or not at all, and what they did lasts.

Groups are forced: what is submitted while all writers are held up is committed together.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schedy_server.model.errors import Conflict, NotFound
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed
from schedy_server.storage.storage import Storage
from tests.server.storage.stock import (
    Worker,
    fresh_experiment,
    new_experiment,
    stored_account,
    stored_experiment,
)

Work = Callable[[Ledger], Any]


class Gate:
    """Where a function waits until the test lets it go on."""

    def __init__(self) -> None:
        self._reached = threading.Semaphore(0)
        self._open = threading.Event()

    def pass_through(self) -> None:
        self._reached.release()
        assert self._open.wait(20)

    async def until_reached(self) -> None:
        assert await asyncio.to_thread(self._reached.acquire, timeout=20)

    def open(self) -> None:
        self._open.set()


async def in_groups(storage: Storage, works: list[Work]) -> list[Any]:
    """Run functions in as few transactions as possible; return their results and errors."""
    gate, writers = Gate(), len(storage._all_writers)
    waiting = [
        asyncio.ensure_future(storage.write(lambda _: gate.pass_through(), bulky=True))
        for _ in range(writers)
    ]
    for _ in range(writers):
        await gate.until_reached()
    submitted = [asyncio.ensure_future(storage.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(*waiting)
    return await asyncio.gather(*submitted, return_exceptions=True)


def count_of_jobs(storage: Storage, experiment: Experiment) -> int:
    return len(storage.read_now(lambda ledger: ledger.jobs.page(experiment.key, limit=100)))


class StorageContract:
    """A subclass has a fixture `url`: an empty database."""

    @pytest.fixture
    def storage(self, url: str) -> Iterator[Storage]:
        with open_storage(url) as storage:
            yield storage

    @pytest.fixture
    def experiment(self, storage: Storage) -> Experiment:
        return fresh_experiment(storage)

    async def test_a_function_s_result_is_returned(self, storage: Storage) -> None:
        assert await storage.write(lambda _: 7) == await storage.read(lambda _: 7) == 7

    async def test_what_is_about_one_experiment_waits_for_no_other_writer(
        self, storage: Storage
    ) -> None:
        works = [storage.write(lambda ledger: ledger.session, about="x") for _ in range(4)]
        assert len({id(session) for session in await asyncio.gather(*works)}) == 1

    async def test_what_a_function_raises_is_raised(self, storage: Storage) -> None:
        def refuse(_: Ledger) -> None:
            raise NotFound("There is none.")

        for run in (storage.write, storage.read):
            with pytest.raises(NotFound, match=r"There is none\."):
                await run(refuse)

    async def test_a_function_that_raises_has_written_nothing(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        with pytest.raises(Conflict):
            await storage.write(and_then_raise(Worker(experiment).add()))
        assert count_of_jobs(storage, experiment) == 0

    async def test_adding_an_experiment_counts_as_writing(self, storage: Storage) -> None:
        new = new_experiment(stored_account(storage))
        with pytest.raises(Conflict):
            await storage.write(and_then_raise(lambda ledger: ledger.experiments.add(new)))
        added = await storage.write(lambda ledger: ledger.experiments.add(new))
        assert added.name == new.name

    async def test_what_arrives_together_is_committed_together(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        commits: list[set[int]] = []
        storage.on_commit(commits.append)
        await in_groups(storage, [Worker(experiment).add()] * 30)
        assert commits == [{experiment.key}] * len(storage._all_writers)

    async def test_neighbours_in_a_group_see_each_other_s_jobs(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        jobs = await in_groups(storage, [Worker(experiment).add()] * 30)
        assert sorted(job.number for job in jobs) == list(range(1, 31))

    async def test_a_neighbour_that_raises_changes_nothing_for_the_others(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        add = Worker(experiment).add()
        outcomes = await in_groups(storage, [add, and_then_raise(add), add, refused, add] * 4)
        jobs = [outcome for outcome in outcomes if isinstance(outcome, Job)]
        assert [type(outcome) for outcome in outcomes] == [Job, Conflict, Job, NotFound, Job] * 4
        assert sorted(job.number for job in jobs) == list(range(1, 13))
        assert count_of_jobs(storage, experiment) == 12

    async def test_a_neighbour_that_the_database_refuses_changes_nothing_for_the_others(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        add, impossible = Worker(experiment).add(), Worker(experiment).add(version=0)
        outcomes = await in_groups(storage, [add, impossible, add, add, impossible, add])
        assert [isinstance(outcome, Job) for outcome in outcomes] == [1, 0, 1, 1, 0, 1]
        assert "check" in str(outcomes[1]).lower()
        assert count_of_jobs(storage, experiment) == 4

    async def test_groups_over_several_experiments_keep_each_one_s_numbers_dense(
        self, storage: Storage
    ) -> None:
        workers = [Worker(fresh_experiment(storage)) for _ in range(3)]
        jobs = await in_groups(storage, [worker.add() for worker in workers] * 10)
        assert sorted(job.number for job in jobs) == sorted([*range(1, 11)] * 3)

    async def test_a_function_that_lost_a_race_is_run_again(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        tries: list[int] = []

        def lose_twice(ledger: Ledger) -> Job:
            job: Job = Worker(experiment).add()(ledger)
            tries.append(job.number)
            if len(tries) < 3:
                raise DatabaseBusy("someone was faster")
            return job

        assert (await storage.write(lose_twice)).number == 1
        assert tries == [1, 1, 1]

    async def test_a_function_that_loses_every_race_fails(self, storage: Storage) -> None:
        def lose(_: Ledger) -> None:
            raise DatabaseBusy("someone was faster")

        for run in (storage.write, storage.read):
            with pytest.raises(DatabaseFailed, match="someone was faster"):
                await run(lose)

    async def test_a_name_that_is_taken_is_reported(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        with pytest.raises(DatabaseFailed, match=r"(?i)unique"):
            stored_experiment(storage, experiment.account_key, experiment.name)

    async def test_nobody_sees_what_is_not_committed(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        gate = Gate()

        def add_and_wait(ledger: Ledger) -> None:
            Worker(experiment).add()(ledger)
            ledger.jobs.find_number(experiment.key, 1)  # now the database knows of it
            gate.pass_through()

        writing = asyncio.ensure_future(storage.write(add_and_wait, bulky=True))
        await gate.until_reached()
        assert count_of_jobs(storage, experiment) == 0
        gate.open()
        await writing
        assert count_of_jobs(storage, experiment) == 1

    async def test_a_reader_sees_one_moment_only(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        gate = Gate()

        def look_twice(ledger: Ledger) -> tuple[Job | None, Job | None]:
            before = ledger.jobs.find_number(experiment.key, 1)
            gate.pass_through()
            return before, ledger.jobs.find_number(experiment.key, 1)

        looking = asyncio.ensure_future(storage.read(look_twice))
        await gate.until_reached()
        await storage.write(Worker(experiment).add())
        gate.open()
        assert await looking == (None, None)
        assert count_of_jobs(storage, experiment) == 1

    async def test_a_reader_can_t_write(self, storage: Storage, experiment: Experiment) -> None:
        with pytest.raises(DatabaseFailed):
            await storage.read(Worker(experiment).add())
        assert await storage.read(lambda _: "and goes on") == "and goes on"

    async def test_the_memory_lasts_until_something_is_undone(self, storage: Storage) -> None:
        experiments = [fresh_experiment(storage) for _ in storage._all_writers]

        async def remembered() -> set[Any]:
            work = [lambda ledger: ledger.memory.get("learned")] * len(experiments)
            return {await storage.write(look) for look in work}

        for _ in experiments:
            await storage.write(lambda ledger: ledger.memory.update(learned="much"))
        assert await remembered() == {"much"}
        for experiment in experiments:
            with pytest.raises(Conflict):
                await storage.write(and_then_raise(Worker(experiment).add()))
        assert await remembered() == {None}

    async def test_listeners_are_told_what_changed_once_it_is_durable(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        heard: list[tuple[set[int], int]] = []
        storage.on_commit(lambda keys: heard.append((keys, count_of_jobs(storage, experiment))))
        with pytest.raises(Conflict):
            await storage.write(and_then_raise(Worker(experiment).add()))
        await storage.write(lambda ledger: ledger.experiments.find(1, "x"))
        await storage.write(Worker(experiment).add())
        assert heard == [({experiment.key}, 1)]

    async def test_a_listener_that_fails_undoes_nothing(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        storage.on_commit(lambda keys: keys.remove(-1))
        await storage.write(Worker(experiment).add())
        assert count_of_jobs(storage, experiment) == 1

    async def test_a_bulky_function_does_not_hold_up_the_event_loop(self, storage: Storage) -> None:
        gate = Gate()
        writing = asyncio.ensure_future(storage.write(lambda _: gate.pass_through(), bulky=True))
        await gate.until_reached()
        gate.open()
        await writing

    async def test_whoever_goes_away_harms_nobody(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        gone = asyncio.ensure_future(storage.write(Worker(experiment).add()))
        await asyncio.sleep(0)
        gone.cancel()
        await storage.write(Worker(experiment).add())
        assert 1 <= count_of_jobs(storage, experiment) <= 2

    def test_an_event_loop_that_ends_early_harms_nobody(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        async def leave_early() -> None:
            writing = asyncio.ensure_future(storage.write(Worker(experiment).add()))
            await asyncio.sleep(0)
            writing.cancel()

        for _ in range(5):
            asyncio.run(leave_early())
        assert storage.write_now(Worker(experiment).add()).number <= 6

    def test_functions_run_without_an_event_loop(
        self, storage: Storage, experiment: Experiment
    ) -> None:
        assert storage.write_now(Worker(experiment).add()).number == 1

    async def test_what_was_asked_for_is_done_before_closing(self, url: str) -> None:
        with open_storage(url) as storage:
            experiment = fresh_experiment(storage)
            tasks = [
                asyncio.ensure_future(storage.write(Worker(experiment).add())) for _ in range(9)
            ]
            await asyncio.sleep(0)
            await asyncio.gather(*tasks)
        with open_storage(url) as storage:
            assert count_of_jobs(storage, experiment) == 9

    async def test_closing_while_something_is_committed_waits_for_it(self, url: str) -> None:
        storage = open_storage(url)
        experiment = fresh_experiment(storage)
        writing = asyncio.ensure_future(storage.write(Worker(experiment).add()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # now the function has run, and the commit is under way
        storage.close()
        assert (await writing).number == 1

    async def test_a_closed_storage_says_so(self, storage: Storage) -> None:
        storage.close()
        with pytest.raises(DatabaseFailed, match="closed"):
            await storage.write(lambda _: 1)
        storage.close()

    def test_two_storages_on_one_database_share_everything(
        self, url: str, storage: Storage, experiment: Experiment
    ) -> None:
        with open_storage(url) as other:
            jobs = [place.write_now(Worker(experiment).add()) for place in (storage, other) * 3]
            assert [job.number for job in jobs] == [1, 2, 3, 4, 5, 6]
            assert count_of_jobs(other, experiment) == 6


def refused(_: Ledger) -> None:
    raise NotFound("not here")


def and_then_raise(work: Work) -> Work:
    def failing(ledger: Ledger) -> None:
        work(ledger)
        raise Conflict("on second thoughts")

    return failing
