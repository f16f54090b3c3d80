"""Starts `schedy-server` for a test that means it harm; nothing of this is in the server itself.

    python -m tests.faults.launcher serve --port=...

The environment says what happens to it, see `Orders`: that it dies at a chosen moment, that it gets
its listening socket from outside, that it writes down which rare branches it took. It never
outlives the process that started it.
"""

import ctypes
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Self

from schedy_server import corked
from schedy_server.cli import main
from schedy_server.model import transitions
from schedy_server.model.transitions import Refused, Replayed, Step
from schedy_server.service import claims, reaper
from schedy_server.storage import opening
from schedy_server.storage.session import DatabaseBusy
from schedy_server.storage.transactor import Transactor

_PR_SET_PDEATHSIG = 1
_FIRST_INHERITED = 3
POINTS = ("before_commit", "after_commit", "mid_response", "reaper_mid")


@dataclass(frozen=True)
class Orders:
    """What a server is to suffer.

    Attributes:
        point: Where it dies; one of `POINTS`.
        at: The how manieth time it gets there.
        listener: The file descriptor of a listening socket that outlives it.
        seen: The file into which rare branches are written, one name in each line.
        pause: For how many seconds each commit takes longer, at most: disks are slow.
        acks: The file into which each confirmed change of a job goes: ACK, its number, its version.
        synchronous: How SQLite syncs, if not as the server wants it.
    """

    point: str | None = None
    at: int = 0
    listener: int | None = None
    seen: str | None = None
    pause: float = 0.0
    acks: str | None = None
    synchronous: str | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables that hand over these orders."""
        return {
            f"FAULTS_{name.upper()}": str(value)
            for name, value in vars(self).items()
            if value is not None
        }

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables."""
        listener = environ.get("FAULTS_LISTENER")
        return cls(
            point=environ.get("FAULTS_POINT"),
            at=int(environ.get("FAULTS_AT", "0")),
            listener=None if listener is None else int(listener),
            seen=environ.get("FAULTS_SEEN"),
            pause=float(environ.get("FAULTS_PAUSE", "0")),
            acks=environ.get("FAULTS_ACKS"),
            synchronous=environ.get("FAULTS_SYNCHRONOUS"),
        )


@dataclass
class Fate:
    """Counts how often the server came to a point, and ends it when its time has come."""

    orders: Orders
    passed: Counter[str] = field(default_factory=Counter)

    def meets(self, point: str) -> bool:
        """Tell whether this is where the server dies."""
        self.passed[point] += 1
        return point == self.orders.point and self.passed[point] == self.orders.at

    def pass_by(self, point: str) -> None:
        """Die here, if this is the place."""
        if self.meets(point):
            os.kill(os.getpid(), signal.SIGKILL)


class Diary:
    """Writes down which rare branches were taken; one write for each, so that no kill cuts it."""

    def __init__(self, path: str | None) -> None:
        self._file = (
            None if path is None else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        )

    def note(self, branch: str) -> None:
        """Note that a branch was taken."""
        if self._file is not None:
            os.write(self._file, f"{branch}\n".encode())


def harm(fate: Fate, diary: Diary) -> None:
    """Put the points and the diary into the server's code."""
    _harm_commits(fate, diary)
    _harm_answers(fate)
    if fate.orders.synchronous is not None:
        _harm_disk(fate.orders.synchronous)
    _watch_transitions(diary)
    _watch_leases(fate, diary)


_doubtful = threading.local()


def _harm_commits(fate: Fate, diary: Diary) -> None:
    commit = Transactor.commit

    @wraps(commit)
    def harmed(self: Transactor) -> None:
        fate.pass_by("before_commit")
        if fate.orders.pause:
            time.sleep(random.random() * fate.orders.pause)
        try:
            commit(self)
        except DatabaseBusy:
            diary.note("commit outcome unknown")
            _doubtful.commit = True
            raise
        fate.pass_by("after_commit")

    Transactor.commit = harmed  # type: ignore[method-assign]


_ACK = re.compile(rb'^etag: "[^."]+\.(\d+)-[0-9a-f]+\.(\d+)\.', re.MULTILINE | re.IGNORECASE)


def _harm_answers(fate: Fate) -> None:
    flush = corked.CorkedTransport._flush
    acks = Diary(fate.orders.acks)

    @wraps(flush)
    def harmed(self: corked.CorkedTransport) -> None:
        data = b"".join(self._held)
        for number, version in _ACK.findall(data) if fate.orders.acks else ():
            acks.note(f"ACK {number.decode()} {version.decode()}")
        if data and fate.meets("mid_response"):
            # Past the event loop, which would send it later.
            os.write(self.get_extra_info("socket").fileno(), data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        flush(self)

    corked.CorkedTransport._flush = harmed  # type: ignore[method-assign]


def _harm_disk(synchronous: str) -> None:
    place: Any = opening  # which imports it from elsewhere
    connect = place.connect

    @wraps(connect)
    def harmed(path: Path, **keywords: Any) -> Any:
        connection = connect(path, **keywords)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    place.connect = harmed


def _watch_transitions(diary: Diary) -> None:
    judge = transitions._judge_stale

    @wraps(judge)
    def judged(job: Any, change: Any, asked: Any, memory: Any, around: Any) -> Any:
        outcome = judge(job, change, asked, memory, around)
        diary.note(_branch(outcome, change))
        if isinstance(outcome, Replayed) and getattr(_doubtful, "commit", False):
            diary.note("commit unknown, found applied")
        _doubtful.commit = False
        return outcome

    transitions._judge_stale = judged
    claimed = claims._claimed_before
    claims._claimed_before = _noting(claimed, diary, "replay of a claim")


def _branch(outcome: Step | Replayed | Refused, change: transitions.Change) -> str:
    if isinstance(outcome, Replayed):
        if change.status.is_final:
            return "replay of an end"
        return "replay of a claim" if change.results in {None, "{}"} else "replay of a report"
    if isinstance(outcome, Step):
        return "end continues own write" if outcome.adopted is None else "late result adopted"
    return "late result refused" if change.status.is_final else "race for a job lost"


def _watch_leases(fate: Fate, diary: Diary) -> None:
    take_one, hear = reaper._take_one, claims.heartbeat

    @wraps(take_one)
    def taken(context: Any, experiment: Any, lease: Any) -> Any:
        outcome = take_one(context, experiment, lease)
        if outcome is not None:
            diary.note("lease expired")
            fate.pass_by("reaper_mid")
        return outcome

    @wraps(hear)
    def heard(*arguments: Any, **keywords: Any) -> Any:
        outcome = hear(*arguments, **keywords)
        if outcome.directive != claims.Directive.CONTINUE:
            diary.note(f"told {outcome.directive}")
        return outcome

    reaper._take_one = taken
    claims.heartbeat = heard
    reaper._prolong = _noting(reaper._prolong, diary, "breaker held")


def _noting(function: Callable[..., Any], diary: Diary, branch: str) -> Callable[..., Any]:
    @wraps(function)
    def noted(*arguments: Any, **keywords: Any) -> Any:
        outcome = function(*arguments, **keywords)
        diary.note(branch)
        return outcome

    return noted


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_listener(fd: int) -> None:
    """Do what systemd does for a service with a socket of its own."""
    if fd != _FIRST_INHERITED:
        os.dup2(fd, _FIRST_INHERITED, inheritable=True)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}


def launch() -> int:
    """Run the server as ordered."""
    die_with_parent()
    orders = Orders.of(os.environ)
    if orders.point is not None and orders.point not in POINTS:
        raise ValueError(f"there is no point {orders.point!r}")
    if orders.listener is not None:
        _take_listener(orders.listener)
    harm(Fate(orders), Diary(orders.seen))
    return main()


if __name__ == "__main__":
    sys.exit(launch())
