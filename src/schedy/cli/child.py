"""A command, run for one job: its output passes by live, and its end is understood."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from schedy.cli.stopping import Stop

__all__ = ["ending", "run"]

_PIECE = 65536
_STEP = 0.2  # seconds
_LONGEST_ECHO = 5.0  # seconds; what descendants of the command print after its end


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    on_output: Callable[[bytes], None],
    *,
    stop: Stop,
    grace: float,
) -> int:
    """Run a command to its end, and return its exit code; -N if signal N killed it.

    It has a session of its own, so that Ctrl-C reaches it once, through `stop`, and everything
    that it started can be told to end with it.

    Args:
        on_output: Takes what the command prints, as it comes.
        grace: How many seconds it has after a signal, before it is killed.

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
        ) as process,
        stop.passing_on_to(process),
    ):
        try:
            _follow(process, on_output, stop=stop, grace=grace)
        except BaseException:
            _kill(process)
            raise
        if stop.requested:
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
            if stop.overdue(grace):
                _kill(process)
    _wait(process, stop=stop, grace=grace)


def _wait(process: subprocess.Popen[bytes], *, stop: Stop, grace: float) -> None:
    """Wait for a process that has closed its output."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STEP)
            return
        if stop.overdue(grace):
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
