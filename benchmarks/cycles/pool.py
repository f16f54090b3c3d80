"""Worker processes of one system: started once, told what to do, ended for certain."""

import json
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

ROOT = Path(__file__).parents[2]
_PATIENCE = 90.0  # seconds that a worker may take to get ready, or to finish its last cycle


@dataclass(frozen=True, slots=True)
class Tally:
    """What workers did together in one round.

    Attributes:
        cpu: Seconds of processor time that the workers took.
        claims: How many seconds each claim took.
        errors: One line for each worker that failed.
    """

    cycles: int
    seconds: float
    cpu: float
    claims: Sequence[float]
    errors: Sequence[str]

    @property
    def rate(self) -> float:
        """Cycles per second."""
        return self.cycles / self.seconds if self.seconds else 0.0


class WorkerPool:
    """Processes that run a worker module; they start when they are first needed."""

    def __init__(self, module: str, size: int, python: str) -> None:
        self._command = [python, "-m", module]
        self._size = size
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(self, order: Mapping[str, Any], *, workers: int, seconds: float) -> Tally:
        """Let this many workers carry out an order at the same time."""
        try:
            self._start()
            return _run(self._workers[:workers], order, seconds)
        except _Lost as lost:
            self._end()
            return Tally(0, 0.0, 0.0, (), [str(lost)])
        except BaseException:
            self._end()
            raise

    def _start(self) -> None:
        """Start the processes, all at once, and wait until they have imported what they need."""
        if not self._workers:
            for _ in range(self._size):
                self._workers.append(_Worker(self._command))
            for worker in self._workers:
                worker.answer()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()


def _run(workers: Sequence["_Worker"], order: Mapping[str, Any], seconds: float) -> Tally:
    first, *others = workers
    # One creates what all share; the others find it there.
    ready = [first.prepare({**order, "seconds": seconds, "first": True})]
    for worker in others:
        worker.tell({**order, "seconds": seconds, "first": False})
    ready += [worker.answer() for worker in others]
    going = [worker for worker, answer in zip(workers, ready, strict=True) if "ready" in answer]
    for worker in going:
        worker.tell("go")
    tallies = [answer for answer in ready if "ready" not in answer]
    tallies += [worker.answer(beyond=seconds) for worker in going]
    return Tally(
        cycles=sum(tally["cycles"] for tally in tallies),
        seconds=max(tally["seconds"] for tally in tallies),
        cpu=sum(tally["cpu"] for tally in tallies),
        claims=[claim for tally in tallies for claim in tally["claims"]],
        errors=[tally["error"] for tally in tallies if tally["error"]],
    )


class _Lost(Exception):
    """A worker process died, or does not answer."""


class _Worker:
    def __init__(self, command: Sequence[str]) -> None:
        self._log: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed by `end`
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
        )
        self._input = cast("IO[str]", self._process.stdin)
        self._output = cast("IO[str]", self._process.stdout)

    def prepare(self, order: Mapping[str, Any]) -> dict[str, Any]:
        self.tell(order)
        return self.answer()

    def tell(self, message: Any) -> None:
        try:
            print(json.dumps(message), file=self._input, flush=True)
        except BrokenPipeError:
            raise self._lost("the worker ended") from None

    def answer(self, *, beyond: float = 0.0) -> dict[str, Any]:
        patience = beyond + _PATIENCE
        if not select.select([self._output], [], [], patience)[0]:
            raise self._lost(f"the worker did not answer for {patience:.0f} s")
        line = self._output.readline()
        if not line:
            raise self._lost("the worker ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        self._process.kill()  # it may be in the middle of a cycle that nobody waits for
        self._process.wait()
        with suppress(BrokenPipeError):
            self._input.close()
        self._output.close()
        self._log.close()

    def _lost(self, what: str) -> _Lost:
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return _Lost(f"{what}: {lines[-1]}" if lines else what)
