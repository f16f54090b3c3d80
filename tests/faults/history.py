"""What the clients of a run saw: every call, when it began, and how it ended.

    recorder = Recorder(folder / "worker-3.jsonl", process="worker-3")
    call = recorder.invoke("finish", job="x7", attempt=1, digest=digest(results))
    ...
    call.ok(tag=etag)        # it was carried out
    call.fail(why="412")     # it was not, for sure
    call.info(why="reset")   # nobody can tell; a call that never ends counts like that as well

One file for each process, a line for each thing that happened, written at once: what a process saw
before it was killed stays known. Times are monotonic, and the same for all processes of a machine.
Only the standard library: the old client's Python reads this file, too.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any


class Outcome(Enum):
    """How a call ended, as far as its caller can tell."""

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True)
class Call:
    """One call of one process.

    Attributes:
        process: Who called; a worker that lives on after a crash of the server stays the same.
        op: add, claim, report, finish, release, heartbeat, requeue, cancel or void.
        invoked: When, in nanoseconds of the monotonic clock.
        ended: When it was over; None if it never was.
        job: The id of the job, where it is known (after the call, for what makes or claims one).
        attempt: Under which attempt it was made; for a claim, which one it got.
        status: The status that the call wants the job to have.
        digest: Of the results that were sent; of the hyperparameters for an add.
        base: The ETag with which it was made.
        tag: The ETag that it got.
        why: What went wrong; the directive, where the server gave one.
    """

    process: str
    op: str
    invoked: int
    ended: "int | None" = None
    outcome: Outcome = Outcome.INFO
    job: "str | None" = None
    attempt: "int | None" = None
    status: "str | None" = None
    digest: "str | None" = None
    base: "str | None" = None
    tag: "str | None" = None
    why: "str | None" = None

    @property
    def acked(self) -> bool:
        """Tell whether the server said that it is done."""
        return self.outcome is Outcome.OK

    @property
    def is_final(self) -> bool:
        """Tell whether the call ends a job."""
        return self.status in {"DONE", "CRASHED", "PRUNED"}


def digest(value: Any) -> str:
    """Return what tells one JSON value from another, however its keys are ordered."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def version_of(tag: "str | None") -> "int | None":
    """Return the version that an ETag is of."""
    return None if tag is None else int(tag.strip('"').split(".")[2])


@dataclass
class Pending:
    """A call under way; it ends in one of three ways, once."""

    recorder: "Recorder"
    number: int

    def ok(self, **facts: Any) -> None:
        """Note that the server carried it out."""
        self.recorder.end(self.number, Outcome.OK, facts)

    def fail(self, **facts: Any) -> None:
        """Note that the server did not carry it out."""
        self.recorder.end(self.number, Outcome.FAIL, facts)

    def info(self, **facts: Any) -> None:
        """Note that nobody can tell whether it was carried out."""
        self.recorder.end(self.number, Outcome.INFO, facts)


@dataclass
class Recorder:
    """Writes down what one process does; threads may share it."""

    path: Path
    process: str
    clock: Callable[[], int] = time.monotonic_ns
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _file: "int | None" = None

    def invoke(self, op: str, **facts: Any) -> Pending:
        """Note that a call begins."""
        with self._lock:
            self._calls += 1
            number = self._calls
        self._write({"call": number, "invoked": self.clock(), "op": op, **facts})
        return Pending(self, number)

    def end(self, number: int, outcome: Outcome, facts: "dict[str, Any]") -> None:
        """Note how a call ended."""
        self._write({"call": number, "ended": self.clock(), "outcome": outcome.value, **facts})

    def _write(self, line: "dict[str, Any]") -> None:
        with self._lock:
            if self._file is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                self._file = os.open(self.path, flags, 0o644)
            # One write for each line: a process that is killed leaves no half of one.
            text = json.dumps({"process": self.process, **line}) + "\n"
            os.write(self._file, text.encode())


def read(paths: Iterable[Path]) -> "list[Call]":
    """Return the calls of all files, in the order in which they began."""
    calls = [call for path in paths for call in _calls_of(path.read_text().splitlines())]
    return sorted(calls, key=lambda call: call.invoked)


def _calls_of(lines: Iterable[str]) -> Iterator[Call]:
    calls: dict[object, Call] = {}
    for text in lines:
        line = json.loads(text)
        key = (line["process"], line.pop("call"))
        if "outcome" in line:
            line["outcome"] = Outcome(line["outcome"])
        calls[key] = replace(calls[key], **line) if key in calls else Call(**line)
    yield from calls.values()
