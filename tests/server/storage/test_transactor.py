"""How functions share a transaction, and what becomes of them when they can't."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schedy_server.model.errors import Conflict
from schedy_server.model.jobs import Job
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.session import (
    DatabaseAway,
    DatabaseBusy,
    DatabaseFailed,
    Session,
    WouldWait,
)
from schedy_server.storage.sqlite import SQLiteSession, connect
from schedy_server.storage.transactor import Transactor
from tests.server.storage.stock import Worker, fresh_experiment


class Counting(SQLiteSession):
    """Counts commits, and breaks when it is told to."""

    commits = 0
    is_broken = False

    def commit(self) -> None:
        type(self).commits += 1
        super().commit()

    def rollback(self) -> None:
        if type(self).is_broken:
            type(self).is_broken = False
            raise DatabaseBusy("the connection is gone")
        super().rollback()


class Bench:
    """A transactor on an experiment, with a look at what it does."""

    def __init__(self, path: Path) -> None:
        with open_storage(f"sqlite:///{path}") as storage:
            self.worker = Worker(fresh_experiment(storage))
        self._path = path
        self.sessions: list[Session] = []
        self.is_away = False
        self.transactor = Transactor(self._open, lambda keys: None)
        self.add = self.worker.add()

    def run(self, *works: Callable[[Ledger], Any]) -> list[Any]:
        outcomes = self.transactor.run(works)
        return [outcome.error or outcome.value for outcome in outcomes]

    def _open(self) -> Session:
        if self.is_away:
            raise DatabaseAway("nobody there")
        self.sessions.append(Counting(connect(self._path)))
        return self.sessions[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    Counting.commits = 0
    bench = Bench(tmp_path / "schedy.db")
    with closing(bench.transactor):
        yield bench


def failing(times: int, error: Exception, work: Callable[[Ledger], Any]) -> Any:
    """Return a function that raises a few times before it does its work."""
    left = [error] * times

    def run(ledger: Ledger) -> Any:
        if left:
            raise left.pop()
        return work(ledger)

    return run


def numbers(outcomes: list[Any]) -> list[int | str]:
    return [o.number if isinstance(o, Job) else type(o).__name__ for o in outcomes]


def test_a_group_is_one_commit(bench: Bench) -> None:
    assert numbers(bench.run(*[bench.add] * 5)) == [1, 2, 3, 4, 5]
    assert Counting.commits == 1


def test_who_raises_before_writing_does_not_cost_the_others_their_group(bench: Bench) -> None:
    refused = failing(1, Conflict("no"), bench.add)
    assert numbers(bench.run(bench.add, refused, bench.add)) == [1, "Conflict", 2]
    assert Counting.commits == 1


def test_what_would_have_to_wait_begins_the_next_group(bench: Bench) -> None:
    waiting = failing(1, WouldWait("for another"), bench.add)
    assert numbers(bench.run(bench.add, bench.add, waiting, bench.add)) == [1, 2, 3, 4]
    assert Counting.commits == 2


def test_what_has_to_wait_again_and_again_holds_nobody_up(bench: Bench) -> None:
    waiting = failing(3, WouldWait("for another"), bench.add)
    assert numbers(bench.run(bench.add, waiting, bench.add)) == [1, 2, 3]


def test_what_had_written_before_it_would_have_to_wait_is_undone(bench: Bench) -> None:
    ran: list[int] = []

    def add_then_wait(ledger: Ledger) -> Job:
        job = bench.add(ledger)
        ran.append(job.number)
        if len(ran) == 1:
            raise WouldWait("for another")
        return job

    assert numbers(bench.run(bench.add, add_then_wait, bench.add)) == [1, 2, 3]
    assert ran == [2, 2]


def test_a_group_that_lost_a_race_is_run_one_by_one(bench: Bench) -> None:
    losing = failing(1, DatabaseBusy("slower"), bench.add)
    assert numbers(bench.run(bench.add, losing, bench.add)) == [1, 2, 3]
    assert Counting.commits == 3


def test_who_loses_every_race_fails_alone(bench: Bench) -> None:
    losing = failing(99, DatabaseBusy("slower"), bench.add)
    assert numbers(bench.run(bench.add, losing, bench.add)) == [1, "DatabaseFailed", 2]


def test_who_meets_a_failing_database_fails_alone(bench: Bench) -> None:
    unlucky = failing(2, DatabaseFailed("disk full"), bench.add)
    assert numbers(bench.run(bench.add, unlucky, bench.add)) == [1, "DatabaseFailed", 2]


def test_a_database_that_is_away_is_tried_once_for_all(bench: Bench) -> None:
    bench.is_away = True
    assert numbers(bench.run(*[bench.add] * 3)) == ["DatabaseAway"] * 3
    bench.is_away = False
    assert numbers(bench.run(bench.add)) == [1]


def test_one_that_goes_away_in_between_is_told_to_the_rest(bench: Bench) -> None:
    away = failing(9, DatabaseAway("no answer"), bench.add)
    outcomes = bench.run(bench.add, away, bench.add)
    assert numbers(outcomes) == ["DatabaseAway"] * 3
    assert numbers(bench.run(bench.add)) == [1]


def test_a_connection_that_can_t_even_undo_is_replaced(bench: Bench) -> None:
    bench.run(bench.add)
    Counting.is_broken = True
    losing = failing(1, DatabaseBusy("the connection is gone"), bench.add)
    assert numbers(bench.run(losing)) == [2]
    assert len(bench.sessions) == 2


def test_a_mistake_in_a_function_is_its_own(bench: Bench) -> None:
    outcomes = bench.run(bench.add, lambda ledger: 1 // 0, bench.add)
    assert numbers(outcomes) == [1, "ZeroDivisionError", 2]


def test_without_a_transaction_there_is_nothing_to_commit(bench: Bench) -> None:
    with pytest.raises(DatabaseFailed, match="no transaction"):
        bench.transactor.commit()
