"""A command, run for one job: its output passes by live, and its end is understood."""

import contextlib
import functools
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from schedy.cli.stopping import Stop

__all__ = ["ending", "run"]

_PIECE = 65536
_STEP = 0.2  # seconds
_PR_SET_PDEATHSIG = 1
_LONGEST_ECHO = 5.0  # seconds; what descendants of the command print after its end


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    on_output: Callable[[bytes], None],
    *,
    stop: Stop,
    grace: float,
    is_unwanted: Callable[[], bool] = lambda: False,
) -> int:
    """Run a command to its end, and return its exit code; -N if signal N killed it.

    It has a session of its own, so that Ctrl-C reaches it once, through `stop`, and everything
    that it started can be told to end with it.

    Args:
        on_output: Takes what the command prints, as it comes.
        grace: How many seconds it has after a signal, before it is killed.
        is_unwanted: Nobody wants to know any more what it finds out; it is told to end.

    Raises:
        OSError: It can't be started.
        ValueError: There are arguments that no process can take.
    """
    with (
        subprocess.Popen(  # noqa: S603 - running the user's command is what this is for
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=environment,
            start_new_session=True,
            # What this calls takes no lock, so that other threads can't be in its way.
            preexec_fn=_die_with_us(),  # noqa: PLW1509 - see above
        ) as process,
        stop.passing_on_to(process),
    ):
        try:
            _follow(process, on_output, stop=stop, grace=grace, is_unwanted=is_unwanted)
        except BaseException:
            _kill(process)
            raise
        if stop.requested or stop.is_abandoned:
            _kill(process)  # descendants that did not listen
        return process.wait()


def ending(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name} ({-code})"
    except ValueError:
        return f"killed by signal {-code}"


def _follow(
    process: subprocess.Popen[bytes],
    on_output: Callable[[bytes], None],
    *,
    stop: Stop,
    grace: float,
    is_unwanted: Callable[[], bool],
) -> None:
    """Read until the process has ended and has nothing more to say."""
    stream = process.stdout
    if stream is None:
        raise RuntimeError("a process without output")
    open_until = float("inf")
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while time.monotonic() < open_until:
            ended = process.poll() is not None
            if selector.select(0 if ended else _STEP):
                piece = os.read(stream.fileno(), _PIECE)
                if not piece:
                    break
                on_output(piece)
            elif ended:
                break
            if ended:
                open_until = min(open_until, time.monotonic() + _LONGEST_ECHO)
            _judge(process, stop=stop, grace=grace, is_unwanted=is_unwanted)
    while True:  # it may have closed its output, and go on
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STEP)
            return
        _judge(process, stop=stop, grace=grace, is_unwanted=is_unwanted)


def _judge(
    process: subprocess.Popen[bytes], *, stop: Stop, grace: float, is_unwanted: Callable[[], bool]
) -> None:
    """Tell a process to end, or kill it, if it is time for that."""
    if is_unwanted():
        stop.abandon()
    if stop.overdue(grace):
        _kill(process)


@functools.cache
def _die_with_us() -> Callable[[], None] | None:
    """Return what a new process does to be killed when this one is, where the system can do it."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415 - loaded only by those who run something

    try:
        ask = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    arguments = (ctypes.c_int(_PR_SET_PDEATHSIG), ctypes.c_ulong(signal.SIGKILL))

    def die_with_us() -> None:
        ask(*arguments)

    return die_with_us


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
