"""Group commit: many small transactions, one durable write.

A durable commit waits for the disk, and the disk takes as long for one transaction as for fifty.
So a thread collects what arrives while the last commit was under way and commits it together.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Session

Work = Callable[[Ledger], Any]

LARGEST_GROUP = 64
_TRIES = 5
_FIRST_PAUSE = 0.01  # seconds; doubles from try to try


@dataclass(slots=True)
class _Task:
    work: Work
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None


class _Tainted(Exception):
    """A task failed after it had written: the group must not be committed as it is."""


class GroupWriter:
    """Runs functions over a ledger, each as if in a transaction of its own, on one thread.

    A function that raises has changed nothing; its neighbours in the group are run again without
    it. Functions may therefore run more than once and must not touch anything but the ledger.

    Args:
        open_session: Opens the connection; called again when one broke.
        epoch: Reads the epoch that the ledgers carry.
        committed: Told, from the writer's thread, which experiments were changed by a commit.
    """

    def __init__(
        self,
        open_session: Callable[[], Session],
        read_epoch: Callable[[Session], str],
        committed: Callable[[set[int]], None],
    ) -> None:
        self._open_session = open_session
        self._read_epoch = read_epoch
        self._committed = committed
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._ledger: Ledger | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="schedy-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> Future[Any]:
        """Queue a function; the future is done when what it wrote is durable."""
        if self._closed:
            raise DatabaseFailed("the database is closed")
        task = _Task(work, Future())
        self._tasks.put(task)
        return task.future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        if not self._closed:
            self._closed = True
            self._tasks.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            self._settle(group, self._commit(group))
        if self._ledger is not None:
            self._ledger.session.close()

    def _next_group(self) -> list[_Task] | None:
        first = self._tasks.get()
        if first is None:
            return None
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            if task is None:
                self._tasks.put(None)  # seen again when this group is done
                break
            group.append(task)
        return group

    def _commit(self, group: Sequence[_Task]) -> list[_Outcome]:
        if len(group) > 1:
            try:
                return self._attempt(group)
            except (DatabaseBusy, DatabaseFailed, _Tainted):
                pass  # one of them spoils it for all: each for itself
        return [self._commit_alone(task) for task in group]

    def _commit_alone(self, task: _Task) -> _Outcome:
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._attempt([task])[0]
            except _Tainted as tainted:
                return _Outcome(error=tainted.__cause__)
            except DatabaseFailed as error:
                return _Outcome(error=error)
            except DatabaseBusy as error:
                if not tries_left:
                    return _Outcome(error=DatabaseFailed(str(error)))
                time.sleep(pause)
                pause *= 2
        raise AssertionError("unreachable")

    def _attempt(self, group: Sequence[_Task]) -> list[_Outcome]:
        ledger = self._ledger or self._new_ledger()
        session = ledger.session
        ledger.touched = set()
        try:
            session.begin(writing=True)
            outcomes = [_run_one(task, ledger) for task in group]
            session.commit()
        except BaseException:
            # What the memory learned inside the transaction never happened.
            ledger.memory.clear()
            self._undo(session)
            raise
        if ledger.touched:
            self._committed(ledger.touched)
        return outcomes

    def _new_ledger(self) -> Ledger:
        session = self._open_session()
        self._ledger = Ledger(session, self._read_epoch(session))
        return self._ledger

    def _undo(self, session: Session) -> None:
        try:
            session.rollback()
        except (DatabaseBusy, DatabaseFailed):
            session.close()
            self._ledger = None

    @staticmethod
    def _settle(group: Sequence[_Task], outcomes: Sequence[_Outcome]) -> None:
        for task, outcome in zip(group, outcomes, strict=True):
            if outcome.error is not None:
                task.future.set_exception(outcome.error)
            else:
                task.future.set_result(outcome.value)


def _run_one(task: _Task, ledger: Ledger) -> _Outcome:
    before = ledger.session.writes
    try:
        return _Outcome(task.work(ledger))
    except (DatabaseBusy, DatabaseFailed):
        raise
    except Exception as error:  # whatever it is belongs to whoever asked for this task
        if ledger.session.writes != before:
            raise _Tainted from error
        return _Outcome(error=error)
