"""The measurement: many short runs, the contenders in turn, so that noise hits all alike."""

import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.cycles.contenders import Contender
from benchmarks.cycles.pool import Tally

_DISK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Run:
    """One contender, once.

    Attributes:
        cpu: Seconds of processor time that its server took; None if it has none.
    """

    contender: str
    database: str
    workers: int
    turn: int
    tally: Tally
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """All runs, and how many times a second the disk made 4 KiB durable in between."""

    runs: list[Run] = field(default_factory=list)
    fdatasyncs: list[float] = field(default_factory=list)

    def of(self, contender: str, database: str, workers: int) -> list[Run]:
        """Return the runs of one contender on one database with so many workers, by turn."""
        return [
            run
            for run in self.runs
            if (run.contender, run.database, run.workers) == (contender, database, workers)
        ]

    @property
    def disk(self) -> float:
        """The median of what the disk did."""
        return statistics.median(self.fdatasyncs)


def measure(
    compared: Sequence[Contender],
    *,
    workers: Iterable[int],
    turns: int,
    seconds: float,
    folder: Path,
    tell: Callable[[str], None],
) -> Measured:
    """Run every contender with every number of workers, in turn, several times.

    Args:
        folder: On the disk that holds the databases.
        tell: Told what is about to run, once per run.
    """
    measured = Measured()
    for turn in range(turns):
        for count in workers:
            measured.fdatasyncs.append(_fdatasyncs_per_second(folder))
            for contender in compared:
                tell(f"{contender.name} on {contender.database}, {count} workers")
                measured.runs.append(_run(contender, count, turn, seconds))
    return measured


def _run(contender: Contender, workers: int, turn: int, seconds: float) -> Run:
    before = _cpu_seconds(contender.process)
    tally = contender.run(f"{workers} workers, turn {turn}", workers=workers, seconds=seconds)
    after = _cpu_seconds(contender.process)
    cpu = after - before if before is not None and after is not None else None
    return Run(contender.name, contender.database, workers, turn, tally, cpu)


def _cpu_seconds(process: int | None) -> float | None:
    if process is None:
        return None
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(process).cpu_times()
        return float(times.user + times.system)
    return None


def _fdatasyncs_per_second(folder: Path) -> float:
    """Return how often a second the disk can be made to write 4 KiB, for certain."""
    path = folder / "disk"
    block = os.urandom(4096)
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(file, block, 0)
        os.fsync(file)
        count, start = 0, time.perf_counter()
        while (taken := time.perf_counter() - start) < _DISK_SECONDS:
            os.pwrite(file, block, 0)
            os.fdatasync(file)
            count += 1
    finally:
        os.close(file)
        path.unlink()
    return count / taken
