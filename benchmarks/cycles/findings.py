"""What the runs say: medians, ratios to the peers, and which goals are met."""

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.cycles.contenders import DATABASE_ALONE, OPTUNA_GRPC, OPTUNA_RDB, SCHEDY
from benchmarks.cycles.measuring import Measured, Run

PEERS = (DATABASE_ALONE, OPTUNA_RDB, OPTUNA_GRPC)
GOALS = {OPTUNA_RDB: 25.0, OPTUNA_GRPC: 30.0, DATABASE_ALONE: 0.3}
LONGEST_CLAIM = 0.05  # seconds, of 99 in 100 claims


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one contender was.

    Attributes:
        rate: Cycles per second, the median of the turns.
        errors: What workers failed with, one line each.
        workers: How many workers there were in all turns together.
    """

    rate: float
    errors: Sequence[str]
    workers: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: a database, and a number of workers.

    Attributes:
        ratios: Schedy's rate to each peer's, turn by turn, the median; absent where a peer did
            nothing at all.
        p50: Seconds that half of Schedy's claims took at most.
        p99: Seconds that 99 in 100 took at most.
        server_cpu: Seconds of processor time per cycle of Schedy's server.
        worker_cpu: The same of its workers.
    """

    database: str
    workers: int
    speeds: dict[str, Speed]
    ratios: dict[str, float]
    p50: float
    p99: float
    server_cpu: float
    worker_cpu: float

    def meets(self, peer: str) -> bool:
        """Tell whether Schedy is as much faster than the peer as it should be."""
        if peer not in self.ratios:  # it did nothing at all; the database itself has no excuse
            return peer != DATABASE_ALONE and self.speeds[SCHEDY].rate > 0
        return self.ratios[peer] >= GOALS[peer]

    @property
    def answers_in_time(self) -> bool:
        """Whether claims are answered as quickly as they should be."""
        return self.speeds[SCHEDY].rate > 0 and self.p99 < LONGEST_CLAIM


def findings(measured: Measured) -> Iterator[Finding]:
    """Yield a finding for each database and number of workers."""
    databases = dict.fromkeys(run.database for run in measured.runs)
    counts = dict.fromkeys(run.workers for run in measured.runs)
    for database, workers in itertools.product(databases, counts):
        runs = {name: measured.of(name, database, workers) for name in (SCHEDY, *PEERS)}
        own = runs[SCHEDY]
        claims = [claim for run in own for claim in run.tally.claims]
        cycles = sum(run.tally.cycles for run in own) or 1
        yield Finding(
            database=database,
            workers=workers,
            speeds={name: _speed(of_one) for name, of_one in runs.items()},
            ratios={
                peer: ratio for peer in PEERS if (ratio := _ratio(own, runs[peer])) is not None
            },
            p50=percentile(claims, 50),
            p99=percentile(claims, 99),
            server_cpu=sum(run.cpu or 0.0 for run in own) / cycles,
            worker_cpu=sum(run.tally.cpu for run in own) / cycles,
        )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many in a hundred do not exceed; 0 if there are none."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def _speed(runs: Sequence[Run]) -> Speed:
    return Speed(
        rate=statistics.median(run.tally.rate for run in runs),
        errors=[error for run in runs for error in run.tally.errors],
        workers=sum(run.workers for run in runs),
    )


def _ratio(own: Sequence[Run], peers: Sequence[Run]) -> float | None:
    ratios = [
        one.tally.rate / other.tally.rate
        for one, other in zip(own, peers, strict=True)
        if other.tally.rate
    ]
    return statistics.median(ratios) if ratios else None
