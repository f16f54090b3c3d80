"""The storage as the service sees it: functions over a ledger, run inside transactions."""

import asyncio
import logging
import math
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from typing import ParamSpec, Protocol, Self, TypeVar

from schedy_server.storage.ledger import Ledger, open_ledger
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Session
from schedy_server.storage.writers import Writer

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 4
_LOOK_RARELY = 10.0  # seconds; in case that news got lost
_LOOK_OFTEN = 1.0
_log = logging.getLogger("schedy.storage")


class Storage:
    """A database that was opened, and brought to the current schema.

    Args:
        writers: Each runs one transaction at a time; the experiments' row locks keep those of one
            experiment apart.
        open_reader: Opens a connection for transactions that only look.
        news: Told by the writers which experiments each commit changed.
        others: Exchanges news with the other servers on the same database; None where there are
            none, or where nobody waits for news.
        is_shared: Whether other servers may work on the same database.
    """

    def __init__(
        self,
        writers: Sequence[Writer],
        open_reader: Callable[[], Session],
        *,
        news: "News",
        is_shared: bool,
        others: "Others | None" = None,
    ) -> None:
        self._is_shared = is_shared
        self._others = others
        self._writers = cycle(writers)
        self._all_writers = writers
        self._news = news
        self._open_reader = open_reader
        self._idle: queue.LifoQueue[Ledger] = queue.LifoQueue()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="schedy-reader")

    async def write(
        self, work: Callable[[Ledger], T], *, bulky: bool = False, about: str | None = None
    ) -> T:
        """Run a function in a transaction of its own; when this returns, it is durable.

        Args:
            bulky: It takes long, thousands of rows; others go on meanwhile.
            about: The name of the experiment that it locks, if it does.

        Raises:
            DatabaseFailed: The database could not carry it out; nothing was changed.
            Exception: Whatever the function raised; nothing was changed.
        """
        return await self._writer(about).write(work, bulky=bulky)

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

    @property
    def look_again(self) -> float:
        """After how many seconds a change may be there that no listener was told of."""
        if not self._is_shared:
            return math.inf
        return _LOOK_RARELY if self._others is not None and self._others.is_up else _LOOK_OFTEN

    @property
    def server(self) -> int:
        """What tells this server from others at work on the same database; 0 if there are none."""
        return 0 if self._others is None else self._others.id

    def on_commit(self, listener: Callable[[set[int]], None]) -> None:
        """Have a function told, from some thread, which experiments each commit changed."""
        self._news.listeners.append(listener)

    def on_gap(self, listener: Callable[[], None]) -> None:
        """Have a function told, from some thread, that listeners may have missed a change."""
        self._news.gap_listeners.append(listener)

    def on_end(self, listener: Callable[[Exception], None]) -> None:
        """Have a function told, from some thread, that the database is no longer to be used."""
        self._news.end_listeners.append(listener)

    def on_break(self, listener: Callable[[Exception], None]) -> None:
        """Have a function told, from some thread, that the disk failed, or the file is damaged.

        It is told before whoever asked for something: what it acknowledges may not be there.
        """
        self._news.break_listeners.append(listener)

    def give_up(self, why: Exception) -> None:
        """Tell everybody whom it concerns that what is acknowledged from now on would be lost."""
        self._news.breaks(why)

    def close(self) -> None:
        """Finish what was asked for, then close every connection."""
        for writer in self._all_writers:
            writer.close()
        self._readers.shutdown()
        if self._others is not None:
            self._others.close()
        while not self._idle.empty():
            self._idle.get().session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _writer(self, about: str | None) -> Writer:
        if about is None:
            return next(self._writers)
        # Two writers at one experiment would only wait for one another.
        return self._all_writers[hash(about) % len(self._all_writers)]

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


class Others(Protocol):
    """The other servers on the same database."""

    @property
    def id(self) -> int:
        """By what they know this one."""
        ...

    @property
    def is_up(self) -> bool:
        """Whether they are heard of."""
        ...

    def close(self) -> None:
        """Hear of them no longer."""
        ...


class News:
    """Passes on which experiments were changed."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[set[int]], None]] = []
        self.gap_listeners: list[Callable[[], None]] = []
        self.end_listeners: list[Callable[[Exception], None]] = []
        self.break_listeners: list[Callable[[Exception], None]] = []
        self.others: Callable[[set[int]], None] | None = None

    def __call__(self, experiments: set[int]) -> None:
        """Tell everybody of a commit; whether they can make use of it does not concern it."""
        _call(self.listeners, experiments)
        if self.others is not None:
            _call([self.others], experiments)

    def hear(self, experiments: set[int] | None) -> None:
        """Tell every listener what others did; None if that is not known."""
        if experiments is None:
            _call(self.gap_listeners)
        else:
            _call(self.listeners, experiments)

    def end(self, why: Exception) -> None:
        """Tell that the database is no longer to be used."""
        _call(self.end_listeners, why)

    def breaks(self, why: Exception) -> None:
        """Tell that the disk failed, or the file is damaged."""
        _call(self.break_listeners, why)


def _call(listeners: Sequence[Callable[P, None]], *args: P.args, **kwargs: P.kwargs) -> None:
    for listener in listeners:
        try:
            listener(*args, **kwargs)
        except Exception:  # noqa: BLE001 - the outermost place: nobody is there to tell
            _log.exception("a listener failed")
