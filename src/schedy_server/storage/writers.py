"""Bring functions and transactions together: which thread runs what, and who is told."""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.transactor import LARGEST_GROUP, Outcome, Transactor, Work

T = TypeVar("T")


class Writer(Protocol):
    """Takes functions from an event loop, or from anywhere, and has them committed."""

    async def write(self, work: Callable[[Ledger], T], *, bulky: bool) -> T:
        """Run a function in a transaction; durable on return. `bulky` says that it takes long."""
        ...

    def write_now(self, work: Callable[[Ledger], T]) -> T:
        """Like `write`, for callers without an event loop."""
        ...

    def close(self) -> None:
        """Finish what is queued, then close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class _Task:
    work: Work
    future: "asyncio.Future[Any]"
    bulky: bool = False


class LoopWriter:
    """For a database inside the process: functions run on the event loop itself.

    A statement takes microseconds, less than passing the work to a thread and back; only the
    commit, which waits for the disk, runs beside the loop, and so does what takes long.
    """

    def __init__(self, transactor: Transactor) -> None:
        self._transactor = transactor
        self._tasks: deque[_Task] = deque()
        self._closed = False
        self._pump: asyncio.Task[None] | None = None
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="schedy-writer")

    async def write(self, work: Callable[[Ledger], T], *, bulky: bool) -> T:
        """Run a function in a transaction; durable on return."""
        if self._closed:
            raise DatabaseFailed("the database is closed")
        loop = asyncio.get_running_loop()
        task = _Task(work, loop.create_future(), bulky)
        self._tasks.append(task)
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._run())
        result: T = await task.future
        return result

    def write_now(self, work: Callable[[Ledger], T]) -> T:
        """Run a function in a transaction on the calling thread."""
        result: T = _value(self._transactor.run([work])[0])
        return result

    def close(self) -> None:
        """Close the connection; whoever waits on the event loop has been served by now."""
        self._closed = True
        self._beside.shutdown()
        self._transactor.close()

    async def _run(self) -> None:
        while self._tasks:
            group = [self._tasks.popleft() for _ in range(min(len(self._tasks), LARGEST_GROUP))]
            try:
                outcomes = await self._commit(group)
            except Exception as error:  # noqa: BLE001 - nobody may be left waiting
                outcomes = [Outcome(error=error)] * len(group)
            _tell(zip((task.future for task in group), outcomes, strict=True))

    async def _commit(self, group: Sequence[_Task]) -> list[Outcome]:
        work = [task.work for task in group]
        if not any(task.bulky for task in group):
            outcomes = await self._commit_here(work)
            if outcomes is not None:
                return outcomes
        return await self._in_thread(lambda: self._transactor.run(work))

    async def _commit_here(self, group: Sequence[Work]) -> list[Outcome] | None:
        """Run the functions on this thread; None if that takes waiting or more than one try."""
        transactor = self._transactor
        if not transactor.lock.acquire(blocking=False):
            return None
        try:
            outcomes = transactor.start(group, wait=False)
            committed = asyncio.get_running_loop().run_in_executor(self._beside, self._finish)
        except Exception:  # noqa: BLE001 - the next try, one by one, tells whose it is
            transactor.lock.release()
            return None
        try:
            # Whoever cancels this must not cancel that: it ends the transaction.
            await asyncio.shield(committed)
        except Exception:  # noqa: BLE001 - likewise
            return None
        return outcomes

    def _finish(self) -> None:
        # Not on the loop: it may be blocked by somebody who closes the storage.
        try:
            self._transactor.commit()
        finally:
            self._transactor.lock.release()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._beside, call)


class ThreadWriter:
    """For a database behind a connection: functions run on a thread, which waits for answers."""

    def __init__(self, transactor: Transactor) -> None:
        self._transactor = transactor
        self._tasks: queue.SimpleQueue[_ThreadTask | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="schedy-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Ledger], T], *, bulky: bool) -> T:
        """Run a function in a transaction; durable on return."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_ThreadTask(work, future, loop))
        return await future

    def write_now(self, work: Callable[[Ledger], T]) -> T:
        """Run a function in a transaction and wait for it."""
        future: Future[T] = Future()
        self._put(_ThreadTask(work, future, None))
        return future.result()

    def close(self) -> None:
        """Finish what is queued, then close the connection."""
        if not self._closed:
            self._closed = True
            self._tasks.put(None)
            self._thread.join()
            self._transactor.close()

    def _put(self, task: "_ThreadTask") -> None:
        if self._closed:
            raise DatabaseFailed("the database is closed")
        self._tasks.put(task)

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            try:
                outcomes = self._transactor.run([task.work for task in group])
            except Exception as error:  # noqa: BLE001 - nobody may be left waiting
                outcomes = [Outcome(error=error)] * len(group)
            self._settle(group, outcomes)

    def _next_group(self) -> "list[_ThreadTask] | None":
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

    @staticmethod
    def _settle(group: "Sequence[_ThreadTask]", outcomes: Sequence[Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Any, Outcome]]] = {}
        for task, outcome in zip(group, outcomes, strict=True):
            if task.loop is None:
                _tell([(task.future, outcome)])
            else:
                by_loop.setdefault(task.loop, []).append((task.future, outcome))
        for loop, pairs in by_loop.items():
            with suppress(RuntimeError):  # the loop was closed: nobody is left to be told
                # One wake-up for all: each costs more than most of what it announces.
                loop.call_soon_threadsafe(_tell, pairs)


@dataclass(frozen=True, slots=True)
class _ThreadTask:
    work: Work
    future: Any  # of asyncio where there is a loop, else of concurrent.futures
    loop: asyncio.AbstractEventLoop | None


def _tell(pairs: Iterable[tuple[Any, Outcome]]) -> None:
    for future, outcome in pairs:
        if future.done():
            continue  # whoever asked has gone away
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)


def _value(outcome: Outcome) -> Any:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
