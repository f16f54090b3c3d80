"""Signs of life: one thread in each process beats for every job that the process has claimed.

Training may keep Python busy for seconds on end, so nothing here counts on being punctual: what is
late is done at once. A job that ends before its first beat is due costs an entry in a dictionary;
the thread wakes up for beats that are due, not for jobs that come and go.
"""

import logging
import os
import random
import socket
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from schedy import encoding, errors
from schedy.connection import Connection
from schedy.credentials import Configuration
from schedy.forks import forks

__all__ = [
    "CONTINUE",
    "DRAIN",
    "STOP",
    "SUPERSEDED",
    "ask",
    "begin",
    "drain_reason",
    "end",
    "worker_name",
]

CONTINUE, STOP, SUPERSEDED, DRAIN = "continue", "stop", "superseded", "drain"

_TIMEOUT, _PATIENCE = 10.0, 5.0  # seconds that one beat may take
_EARLIEST, _LATEST = 0.9, 1.1  # of the interval, so that a thousand workers do not beat as one
_SHORTEST_PAUSE = 1.0  # seconds, after a beat that did not arrive
_IDLE = 60.0  # seconds
_GONE, _NOT_THERE = 404, ("There is no job ", "There is no experiment ")
_LONGEST_WORKER = 200  # characters

log = logging.getLogger("schedy")

# Its own: the training seeds the one of `random`, and has to find the same numbers every time.
_chance = random.SystemRandom()


class Living(Protocol):
    """What a beat needs of a job; it is one as long as somebody holds it."""

    job_id: str
    lease_id: str | None
    heartbeat_every: float | None
    resume: Any

    @property
    def connection(self) -> Connection:
        """The way to the server."""
        ...

    @property
    def path(self) -> str:
        """Where the job is on the server."""
        ...

    def hear(self, directive: str, reason: str | None) -> None:
        """Be told what the server wants."""
        ...


def begin(job: Living) -> None:
    """Beat for a job from now on, if its server wants that and nobody does it here yet."""
    if job.heartbeat_every is not None and job.lease_id is not None:
        heart = _heart_now()
        pulse = heart.pulses.get(id(job))
        if pulse is None or pulse.job() is not job:
            heart.begin(job)


def end(job: Living) -> None:
    """Beat no more for a job."""
    _state.heart.pulses.pop(id(job), None)


def ask(job: Living, lease_id: str) -> str | None:
    """Return what the server wants of a job right now; None if it does not say."""
    try:
        answer = job.connection.hurried(timeout=_TIMEOUT, patience=0.0).request(
            "POST", f"{job.path}heartbeat/", {"lease_id": lease_id}
        )
    except errors.HTTPError as error:
        return STOP if _says_it_is_gone(error) else None
    except errors.SchedyError:
        return None
    return _understood(answer.json()).directive


def drain_reason(configuration: Configuration) -> str | None:
    """Return why the server wants this process to take no more jobs; None if it does not."""
    return _state.heart.drained.get(configuration)


def worker_name() -> str:
    """Return how this process is called in lists of workers: SCHEDY_WORKER, or host and number."""
    name = os.environ.get("SCHEDY_WORKER") or f"{socket.gethostname()}:{os.getpid()}"
    return name[:_LONGEST_WORKER]


@dataclass(slots=True)
class _Pulse:
    """When to beat for a job, and what it said of itself last."""

    job: "weakref.ref[Living]"
    every: float
    due: float
    resume: bytes = b""


@dataclass(slots=True)
class _Heart:
    """The beats of this process.

    Attributes:
        pulses: By the identity of the job.
        drained: Why servers want no more claims.
    """

    born: int
    pulses: dict[int, _Pulse] = field(default_factory=dict)
    drained: dict[Configuration, str] = field(default_factory=dict)
    _connections: dict[Configuration, Connection] = field(default_factory=dict)
    _news: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sleeps_until: float = float("inf")
    _shortest: float = _IDLE
    _has_thread: bool = False

    def begin(self, job: Living) -> None:
        every = job.heartbeat_every or _IDLE
        due = time.monotonic() + every * _about_one()
        self.pulses[id(job)] = _Pulse(weakref.ref(job), every, due)
        if not self._has_thread:
            self._start()
        if due < self._sleeps_until:
            self._news.set()

    def _start(self) -> None:
        with self._lock:
            if self._has_thread:
                return
            self._has_thread = True
            try:
                threading.Thread(target=self._run, name="schedy heartbeats", daemon=True).start()
            except RuntimeError as error:  # no more threads, or the end of the process
                self._has_thread = False  # there may be one for the next job
                log.warning("There are no heartbeats: %s", error)

    def _run(self) -> None:
        while True:
            pause = self._sleeps_until - time.monotonic()
            if pause > 0:
                self._news.wait(min(pause, threading.TIMEOUT_MAX))
            # While this is inf, every new job wakes the thread: it may not have been seen here.
            self._sleeps_until = float("inf")
            self._news.clear()
            try:
                self._beat_all()
            except Exception:  # nothing that happens here may end the beats
                log.debug("A heartbeat failed.", exc_info=True)
            self._sleeps_until = self._next()

    def _next(self) -> float:
        pulses = self.pulses.copy().values()
        for pulse in pulses:
            self._shortest = min(self._shortest, pulse.every)
        idle = time.monotonic() + self._shortest * _EARLIEST
        return min([idle, *(pulse.due for pulse in pulses)])

    def _beat_all(self) -> None:
        silent: set[Configuration] = set()
        for key, pulse in sorted(self.pulses.copy().items(), key=lambda each: each[1].due):
            if pulse.due > time.monotonic():
                return
            job = pulse.job()
            goes_on = job is not None and job.lease_id is not None
            if job is not None and goes_on:
                goes_on = self._beat(job, pulse, silent)
            if not goes_on and self.pulses.get(key) is pulse:
                self.pulses.pop(key, None)

    def _beat(self, job: Living, pulse: _Pulse, silent: set[Configuration]) -> bool:
        """Beat once, and tell whether to go on."""
        configuration = job.connection.configuration
        # What does not answer for one job does not answer for the others either.
        pulse.due = time.monotonic() + max(pulse.every / 4, _SHORTEST_PAUSE) * _about_one()
        if configuration in silent:
            return True
        resume = _encoded(job.resume)
        body = b'{"lease_id":' + encoding.encode(job.lease_id)
        body += b',"resume":' + resume + b"}" if resume != pulse.resume else b"}"
        try:
            answer = self._way(job.connection).request("POST", f"{job.path}heartbeat/", body)
            said = _understood(answer.json())
        except errors.HTTPError as error:
            is_gone = _says_it_is_gone(error)
            if is_gone:
                job.hear(STOP, "it was deleted")
            else:
                log.info("No heartbeat for job %s: %s", job.job_id, error)
            return not is_gone
        except errors.SchedyError as error:
            silent.add(configuration)
            log.info("No heartbeat for job %s: %s", job.job_id, error)
            return True
        pulse.resume = resume
        pulse.every = said.every or pulse.every
        pulse.due = time.monotonic() + pulse.every * _about_one()
        self._note(configuration, said.directive, said.reason)
        job.hear(said.directive, said.reason)
        return said.directive not in {STOP, SUPERSEDED}

    def _note(self, configuration: Configuration, directive: str, reason: str | None) -> None:
        if directive == DRAIN:
            self.drained[configuration] = reason or "it is to be drained"
        elif directive == CONTINUE:
            self.drained.pop(configuration, None)

    def _way(self, connection: Connection) -> Connection:
        way = self._connections.get(connection.configuration)
        if way is None:
            way = connection.hurried(timeout=_TIMEOUT, patience=_PATIENCE)
            self._connections[connection.configuration] = way
        return way


@dataclass(slots=True)
class _State:
    heart: _Heart


_state = _State(_Heart(forks.count))


def _heart_now() -> _Heart:
    heart = _state.heart
    if heart.born != forks.count:
        # The jobs that a child inherits stay its parent's.
        forks.inherited.append(heart)
        heart = _state.heart = _Heart(forks.count)
    return heart


def _about_one() -> float:
    return _chance.uniform(_EARLIEST, _LATEST)


def _encoded(resume: Any) -> bytes:
    """Return what to send along; nothing if there is nothing, or nothing that can be sent now."""
    if resume is None:
        return b""
    try:
        return encoding.encode(resume)
    except (TypeError, ValueError, RuntimeError) as error:  # the job may just be changing it
        log.warning("job.resume can't be sent: %s", error)
        return b""


def _says_it_is_gone(error: errors.HTTPError) -> bool:
    """Tell whether the server said so: a proxy without a server says 404, too."""
    return error.code == _GONE and error.body.startswith(_NOT_THERE)


class _Said(NamedTuple):
    """What the server answered to a beat."""

    directive: str = CONTINUE
    reason: str | None = None
    every: float | None = None


def _understood(wire: Any) -> _Said:
    if not isinstance(wire, Mapping):
        return _Said()
    every = wire.get("heartbeat_every")
    is_number = isinstance(every, int | float) and every > 0
    return _Said(
        str(wire.get("directive", CONTINUE)), wire.get("reason"), every if is_number else None
    )
