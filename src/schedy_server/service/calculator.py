"""The process in which numbers are worked out, beside the server.

A fit takes seconds and a hundred megabytes of libraries. In a process of its own it holds up nobody
who waits for a job, and what it takes is given back once nobody asks any more. It reads tasks from
the server and ends with its input, so that it outlives no server, not even one that was killed.
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import IO, TypeVar

import msgspec
import structlog

from schedy_server.analysis.tasks import FAILED, FOUND, Task, encode
from schedy_server.model.errors import Invalid, Unavailable

T = TypeVar("T")

log = structlog.get_logger("schedy.calculator")

_COMMAND = (sys.executable, "-P", "-m", "schedy_server.analysis")
_LENGTH = 4  # bytes
_STOPPING = "The server is stopping: try again in a moment."
_QUEUE = 16
_PAUSE = timedelta(seconds=3)
_IDLE = timedelta(minutes=5)
_LONGEST = timedelta(minutes=1)


class AnalysisFailed(Exception):
    """Something was wrong with the program that calculates; the message is its traceback."""


class Calculator:
    """Hands tasks to a process that is started when it is needed, one after the other.

    Args:
        idle: After how long without a task the process ends.
        longest: How long one task may take.
        queue: How many may wait.
    """

    def __init__(
        self, *, idle: timedelta = _IDLE, longest: timedelta = _LONGEST, queue: int = _QUEUE
    ) -> None:
        self._idle, self._longest = idle.total_seconds(), longest.total_seconds()
        self._room = queue
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="schedy-calculator")
        self._process: subprocess.Popen[bytes] | None = None
        self._farewell: threading.Timer | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The process, if there is one now."""
        process = self._process
        return None if process is None else process.pid

    async def calculate(self, task: Task, kind: type[T]) -> T:
        """Return what comes of a task.

        Raises:
            Unavailable: Too many wait already, or the process has died.
            Invalid: It takes too long.
        """
        if self._is_closed:
            raise Unavailable(_STOPPING, _PAUSE)
        if not self._room:
            raise Unavailable("Too many analyses at once: try again in a moment.", _PAUSE)
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._calculate, task, kind
            )
        finally:
            self._room += 1

    def close(self) -> None:
        """Drop what waits and end the process, even while it is at work."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        self._end()

    def _calculate(self, task: Task, kind: type[T]) -> T:
        if self._farewell is not None:
            self._farewell.cancel()
        process = self._running()
        limit = threading.Timer(self._longest, process.kill)
        limit.daemon = True
        limit.start()
        began = time.monotonic()
        try:
            answer = _ask(process, encode(task))
        finally:
            limit.cancel()
        if answer is None:
            self._end()
            raise self._broken(seconds=time.monotonic() - began)
        self._say_farewell_later()
        if answer.startswith(FAILED):
            raise AnalysisFailed(answer.removeprefix(FAILED).decode())
        return msgspec.msgpack.decode(answer.removeprefix(FOUND), type=kind)

    def _broken(self, *, seconds: float) -> Exception:
        if seconds >= self._longest and not self._is_closed:
            return Invalid(
                f"This takes more than {self._longest:g} seconds to work out: look at fewer jobs, "
                "with a filter."
            )
        if not self._is_closed:
            log.error("the process that calculates has died")
        return Unavailable("The analysis broke off: try again in a moment.", _PAUSE)

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise Unavailable(_STOPPING, _PAUSE)
            if self._process is not None and self._process.poll() is not None:
                self._forget()
            if self._process is None:
                self._process = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
                    _COMMAND,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    process_group=0,  # Ctrl-C is for the server alone
                )
            return self._process

    def _say_farewell_later(self) -> None:
        self._farewell = threading.Timer(self._idle, self._submit, [self._end])
        self._farewell.daemon = True
        self._farewell.start()

    def _submit(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # closed meanwhile, and ended with that
            self._thread.submit(work)

    def _end(self) -> None:
        with self._lock:
            if self._farewell is not None:
                self._farewell.cancel()
            if self._process is not None:
                self._process.kill()
                self._forget()

    def _forget(self) -> None:
        """Let go of a process that has ended, or is about to."""
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not written yet, nobody would read
                    pipe.close()  # type: ignore[union-attr]  # both are pipes


def _ask(process: subprocess.Popen[bytes], message: bytes) -> bytes | None:
    """Return the answer; None if the process has ended."""
    to, back = process.stdin, process.stdout
    if to is None or back is None:
        return None
    try:
        to.write(len(message).to_bytes(_LENGTH, "big") + message)
        to.flush()
        head = back.read(_LENGTH)
        return _read(back, int.from_bytes(head, "big")) if len(head) == _LENGTH else None
    except (OSError, ValueError):  # its end of the pipe is closed, or ours
        return None


def _read(stream: IO[bytes], size: int) -> bytes | None:
    answer = stream.read(size)
    return answer if len(answer) == size else None
