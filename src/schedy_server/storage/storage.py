"""The storage as the service sees it: functions over a ledger, run inside transactions."""

import asyncio
import logging
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from typing import Self, TypeVar

from schedy_server.storage.ledger import Ledger, open_ledger
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Session
from schedy_server.storage.writers import Writer

T = TypeVar("T")

_READERS = 4
_log = logging.getLogger("schedy.storage")


class Storage:
    """A database that was opened, and brought to the current schema.

    Args:
        writers: Each runs one transaction at a time; the experiments' row locks keep those of one
            experiment apart.
        open_reader: Opens a connection for transactions that only look.
        news: Told by the writers which experiments each commit changed.
        is_shared: Whether other servers may work on the same database.
    """

    def __init__(
        self,
        writers: Sequence[Writer],
        open_reader: Callable[[], Session],
        *,
        news: "News",
        is_shared: bool,
    ) -> None:
        self.is_shared = is_shared
        self._writers = cycle(writers)
        self._all_writers = writers
        self._news = news
        self._open_reader = open_reader
        self._idle: queue.LifoQueue[Ledger] = queue.LifoQueue()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="schedy-reader")

    async def write(self, work: Callable[[Ledger], T], *, bulky: bool = False) -> T:
        """Run a function in a transaction of its own; when this returns, it is durable.

        Args:
            bulky: It takes long, thousands of rows; others go on meanwhile.

        Raises:
            DatabaseFailed: The database could not carry it out; nothing was changed.
            Exception: Whatever the function raised; nothing was changed.
        """
        return await next(self._writers).write(work, bulky=bulky)

    def write_now(self, work: Callable[[Ledger], T]) -> T:
        """Like `write`, for callers without an event loop."""
        return next(self._writers).write_now(work)

    async def read(self, work: Callable[[Ledger], T]) -> T:
        """Run a function that changes nothing, on one consistent state of the database."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[Ledger], T]) -> T:
        """Like `read`, for callers without an event loop."""
        # As many idle connections as there are readers may have broken since they were used.
        for _ in range(_READERS):
            with suppress(DatabaseBusy):
                return self._look(work)
        try:
            return self._look(work)
        except DatabaseBusy as error:
            raise DatabaseFailed(str(error)) from error

    def on_commit(self, listener: Callable[[set[int]], None]) -> None:
        """Have a function told, from a writer's thread, which experiments each commit changed."""
        self._news.listeners.append(listener)

    def close(self) -> None:
        """Finish what was asked for, then close every connection."""
        for writer in self._all_writers:
            writer.close()
        self._readers.shutdown()
        while not self._idle.empty():
            self._idle.get().session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self, work: Callable[[Ledger], T]) -> T:
        ledger = self._reader()
        try:
            ledger.begin(writing=False)
            result = work(ledger)
        except (DatabaseBusy, DatabaseFailed):
            ledger.session.close()
            raise
        except BaseException:
            self._put_back(ledger)
            raise
        self._put_back(ledger)
        return result

    def _put_back(self, ledger: Ledger) -> None:
        try:
            ledger.session.rollback()
        except (DatabaseBusy, DatabaseFailed):
            ledger.session.close()
        else:
            self._idle.put(ledger)

    def _reader(self) -> Ledger:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return open_ledger(self._open_reader)


class News:
    """Passes on which experiments were changed."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[set[int]], None]] = []

    def __call__(self, experiments: set[int]) -> None:
        """Tell every listener; whether they can make use of it does not concern the commit."""
        for listener in self.listeners:
            try:
                listener(experiments)
            except Exception:  # noqa: BLE001 - the outermost place: nobody is there to tell
                _log.exception("a listener failed")
