"""An event loop on which time passes at once: whoever sleeps for an hour is back immediately.

    with VirtualLoop(dice) as loop:
        loop.run_until_complete(life())

What the server runs beside the loop, such as the commits of SQLite, runs on it instead, a random
moment later; so there is one thread, and the same seed gives the same run.
"""

import asyncio
import random
import selectors
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Self, TypeVar, cast

T = TypeVar("T")


class Stuck(Exception):
    """Everybody waits, and nobody ever comes."""


class _Leap(selectors.BaseSelector):
    """Waits for nothing: where a loop would wait for the network, time leaps ahead."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck("everybody waits, and nothing is going to happen")
        self.now += max(timeout, 0.0)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, 0, None)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        raise KeyError(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class Process:
    """What runs as one process and can be killed as one."""

    def __init__(self) -> None:
        self.is_dead = False
        self._tasks: dict[asyncio.Task[Any], None] = {}  # in order, as runs have to repeat

    def hold(self, task: asyncio.Task[Any]) -> None:
        """Take care of a task that runs in it."""
        self._tasks[task] = None
        task.add_done_callback(lambda _: self._tasks.pop(task, None))

    def kill(self) -> None:
        """End it, wherever it is; what it does after this has no effect."""
        self.is_dead = True
        for task in list(self._tasks):
            task.cancel()


# In which process a task runs; inherited by the tasks that it starts.
here: ContextVar[Process | None] = ContextVar("here", default=None)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a time of its own.

    Args:
        slowest: For how many seconds something beside the loop takes at most.
    """

    def __init__(self, dice: random.Random, *, slowest: float = 0.02) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)
        self._dice = dice
        self._slowest = slowest
        self.set_task_factory(_started)

    def __enter__(self) -> Self:
        asyncio.set_event_loop(self)
        return self

    def __exit__(self, *_: object) -> None:
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            with suppress(Stuck):  # those who wait for somebody that is gone are told again
                self.run_until_complete(asyncio.wait(tasks))
        asyncio.set_event_loop(None)
        self.close()

    def time(self) -> float:
        return self._leap.now

    def run_in_executor(  # type: ignore[override]  # the stub says what a coroutine returns
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run a function a moment later, and tell of it another moment later."""
        future: asyncio.Future[T] = self.create_future()
        process = here.get()

        def run() -> None:
            if process is not None and process.is_dead:
                tell(None, ConnectionError("this process is dead"))
                return
            result: T | None = None
            error: Exception | None = None
            try:
                result = func(*args)
            except Exception as raised:  # noqa: BLE001 - it is told
                error = raised
            self.call_later(self._dice.random() * self._slowest, tell, result, error)

        def tell(result: T | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
                if process is not None and process.is_dead:
                    future.exception()  # nobody may be left to hear of it
            else:
                future.set_result(cast("T", result))

        self.call_later(self._dice.random() * self._slowest, run)
        return future


class HeldTask(asyncio.Task[Any]):
    """A task that knows in which process it runs."""

    process: Process | None = None


def _started(loop: asyncio.AbstractEventLoop, coroutine: Any, **keywords: Any) -> HeldTask:
    task = HeldTask(coroutine, loop=loop, **keywords)
    task.process = here.get()
    if task.process is not None:
        task.process.hold(task)
    return task
