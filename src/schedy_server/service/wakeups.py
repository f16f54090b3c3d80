"""Lets requests wait until something happens to an experiment."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Wakeups:
    """Waiting requests, by the experiment that they wait for.

    Lives on the event loop that was running when `start` was called; `notify` may be called from
    any thread.
    """

    def __init__(self) -> None:
        # In the order in which they came: who has waited longest is served first.
        self._waiting: dict[int, dict[asyncio.Event, None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.stopping = False

    def start(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Wake up everybody for good: the server is about to stop."""
        self.stopping = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def notify(self, experiments: Iterable[int]) -> None:
        """Wake up who waits for one of these experiments; callable from any thread."""
        changed = [key for key in experiments if key in self._waiting]
        if changed and self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake, changed)

    def notify_all(self) -> None:
        """Wake up everybody once: any experiment may have changed; callable from any thread."""
        if self._waiting and self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: self._wake(self._waiting))

    @contextmanager
    def waiting_for(self, experiment: int) -> Iterator[asyncio.Event]:
        """Return an event that is set when the experiment changes, or the server stops."""
        event = asyncio.Event()
        if self.stopping:
            event.set()
        self._waiting.setdefault(experiment, {})[event] = None
        try:
            yield event
        finally:
            events = self._waiting[experiment]
            events.pop(event, None)
            if not events:
                del self._waiting[experiment]

    def _wake(self, experiments: Iterable[int]) -> None:
        for key in experiments:
            for event in self._waiting.get(key, ()):
                event.set()
