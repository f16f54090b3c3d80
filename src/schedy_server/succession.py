"""How a server is replaced by its next version without refusing a connection.

The same process starts the program anew, as it is installed by then, with the socket on which it
listens: clients that come meanwhile wait in the queue of that socket. Before that, another process
finds out whether the program can be started; if not, everything stays as it is.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys

_FIRST_INHERITED = 3  # where systemd puts the sockets that it hands over
_REHEARSAL = "SCHEDY_REHEARSAL"  # set for a process that only finds out whether it could serve
_HEIR = "SCHEDY_HEIR"  # set for a process that goes on with the socket of its former self


def inherited_listener() -> socket.socket | None:
    """Return the socket on which systemd, or this process's former self, listens for the server.

    Such a socket outlives the server: clients that come while it restarts wait instead of failing.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=_FIRST_INHERITED)


def is_rehearsal() -> bool:
    """Tell whether this process is only to find out whether it could serve."""
    return _REHEARSAL in os.environ


async def why_not() -> str | None:
    """Return why the program can't be started again; None if it can."""
    rehearsal = await asyncio.create_subprocess_exec(
        _program(),
        *sys.orig_argv[1:],
        env={**os.environ, _REHEARSAL: "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, said = await rehearsal.communicate()
    if rehearsal.returncode == 0:
        return None
    return said.decode(errors="replace").strip() or f"it ended with {rehearsal.returncode}"


def start_anew(listener: socket.socket) -> None:
    """Start the program anew in this process; does not return.

    Raises:
        OSError: It can't be started.
    """
    os.dup2(listener.fileno(), _FIRST_INHERITED)
    os.set_inheritable(_FIRST_INHERITED, True)  # noqa: FBT003 - positional only
    environ = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", _HEIR: "1"}
    os.execve(_program(), sys.orig_argv, environ)  # noqa: S606 - ourselves


def takes_hangups() -> bool:
    """Tell whether SIGHUP means to be replaced; with nohup it is ignored, and has to stay so."""
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN or _HEIR in os.environ


def ignore_hangups() -> None:
    """Take no more of them: who sends one now gets what it asks for already."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def has_terminal() -> bool:
    """Tell whether this process belongs to a terminal, which sends SIGHUP when it is closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _program() -> str:
    return shutil.which(sys.orig_argv[0]) or sys.executable
