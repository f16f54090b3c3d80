"""A worker that is told to stop: by Ctrl-C, by a cluster that wants its machine back."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["Stop", "Stopped"]

# SIGUSR1 is how clusters announce the end some minutes ahead; SIGHUP, that the terminal has gone.
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)
_STEP = 0.2  # seconds


class Stopped(Exception):
    """There is no time left to wait for the server."""


class Stop:
    """Knows whether the worker was told to stop, and tells the command that it runs.

    The first signal is passed on to the command, and no further job is taken; a second one kills
    the command, or ends all waiting.

    Attributes:
        signal: The first signal that came.
        patience: For how many seconds to try to reach the server after a signal.
        on_pause: Called before each wait for the server.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.patience = 0.0
        self.on_pause: Callable[[], None] | None = None
        self._since = 0.0
        self._again = False
        self._abandoned: float | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def requested(self) -> bool:
        """Whether there was a signal."""
        return self.signal is not None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals."""
        before = {number: signal.signal(number, self._take) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def passing_on_to(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """Pass signals on to a process and its descendants."""
        self._child, self._abandoned = child, None
        if self.signal is not None:  # it came while the process was being started
            self._tell(self.signal)
        try:
            yield
        finally:
            self._child = None

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody wants to know any more what the command finds out."""
        return self._abandoned is not None

    def abandon(self) -> None:
        """Tell the command to end; the worker goes on."""
        if self._abandoned is None:
            self._abandoned = time.monotonic()
            self._tell(signal.SIGTERM)

    def overdue(self, grace: float) -> bool:
        """Tell whether the command had its time to end."""
        now = time.monotonic()
        if self._abandoned is not None and now > self._abandoned + grace:
            return True
        return self.signal not in {None, signal.SIGUSR1} and now > self._since + grace

    def sleep(self, seconds: float) -> None:
        """Wait for the server, unless there is no time for that.

        Raises:
            Stopped: There is none.
        """
        if self.on_pause is not None and seconds:
            self.on_pause()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, _STEP))
        self._check()

    def linger(self, seconds: float) -> None:
        """Try to reach the server for so long after a signal, counted from now."""
        self._since = time.monotonic()
        self.patience = seconds

    def _check(self) -> None:
        if self.requested and (self._again or time.monotonic() > self._since + self.patience):
            raise Stopped

    def _take(self, number: int, _: FrameType | None) -> None:
        came = signal.Signals(number)
        if self.signal in {None, signal.SIGUSR1}:
            self.signal = came
            self._since = time.monotonic()
            self._tell(came)
        elif came != signal.SIGUSR1:
            self._again = True
            self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)
