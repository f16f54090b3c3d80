"""What a run leaves behind: the history of its clients, its trace, what was wrong."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.checkers import Violation
from tests.faults.history import Call, Outcome

_REMEMBERED = 60


@dataclass
class Book:
    """Notes what happens in a run.

    Attributes:
        clock: Tells the virtual time in seconds.
        calls: Those of all clients, in the order in which they began.
        seen: How often which rare branch was taken.
        lines: The latest of the trace.
    """

    clock: Callable[[], float]
    calls: list[Call] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def hash(self) -> str:
        """What tells this run from every other."""
        return str(self._digest.hexdigest())

    def trace(self, text: str) -> None:
        """Note that something happened; the same seed leads to the same trace."""
        line = f"{self.clock():.6f} {text}"
        self._digest.update(line.encode("utf-8", "surrogateescape"))
        self.lines.append(line)

    def invoke(self, process: str, op: str, **facts: Any) -> "Entry":
        """Note that a call begins."""
        self.calls.append(Call(process=process, op=op, invoked=self._now(), **facts))
        return Entry(self, len(self.calls) - 1)

    def end(self, number: int, outcome: Outcome, facts: dict[str, Any]) -> None:
        """Note how a call ended."""
        call = self.calls[number]
        self.calls[number] = replace(call, ended=self._now(), outcome=outcome, **facts)

    def object(self, rule: str, job: str, what: str) -> None:
        """Note that a promise was broken."""
        self.trace(f"VIOLATION {rule} {job} {what}")
        self.violations.append(Violation(rule, job, what))

    def _now(self) -> int:
        return round(self.clock() * 1e9)


@dataclass(frozen=True, slots=True)
class Entry:
    """A call under way."""

    book: Book
    number: int

    def ok(self, **facts: Any) -> None:
        """Note that the server carried it out."""
        self.book.end(self.number, Outcome.OK, facts)

    def fail(self, **facts: Any) -> None:
        """Note that the server did not carry it out."""
        self.book.end(self.number, Outcome.FAIL, facts)

    def info(self, **facts: Any) -> None:
        """Note that nobody can tell whether it was carried out."""
        self.book.end(self.number, Outcome.INFO, facts)
