"""The findings as one table, and everything that was measured as JSON."""

import dataclasses
import json
import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.cycles.contenders import DATABASE_ALONE, OPTUNA_GRPC, OPTUNA_RDB, SCHEDY
from benchmarks.cycles.findings import GOALS, LONGEST_CLAIM, Finding, Speed
from benchmarks.cycles.measuring import Measured

_TIMES = "\N{MULTIPLICATION SIGN}"
_MET, _NOT_MET = "\N{CHECK MARK}", "\N{BALLOT X}"
_LOST = "*"  # marks figures of contenders that lost workers


def table(found: Sequence[Finding], measured: Measured) -> Table:
    """Return the one table: rates, ratios, and which goals are met."""
    drawn = Table(
        title="Cycles per second: claim a job, report its results, both durable",
        caption=f"{_MET} goal met, {_NOT_MET} goal not met; "
        f"the disk did {measured.disk:,.0f} fdatasync of 4 KiB per second meanwhile",
        caption_justify="left",
    )
    drawn.add_column("database", no_wrap=True)
    for column in ("workers", SCHEDY, DATABASE_ALONE, OPTUNA_RDB, OPTUNA_GRPC):
        drawn.add_column(column, justify="right")
    drawn.add_column(f"to RDB\ngoal {GOALS[OPTUNA_RDB]:.0f} {_TIMES}", justify="right")
    drawn.add_column(f"to gRPC\ngoal {GOALS[OPTUNA_GRPC]:.0f} {_TIMES}", justify="right")
    drawn.add_column(f"to database\ngoal {GOALS[DATABASE_ALONE]:.0%}", justify="right")
    drawn.add_column("claim p50\nms", justify="right")
    drawn.add_column(f"claim p99\ngoal {LONGEST_CLAIM * 1e3:.0f} ms", justify="right")
    drawn.add_column("server\nCPU ms", justify="right")
    drawn.add_column("worker\nCPU ms", justify="right")
    for finding in found:
        drawn.add_row(*_cells(finding))
    return drawn


def remarks(found: Sequence[Finding]) -> Iterator[str]:
    """Yield which goals are missed where, and what workers failed with."""
    missed: dict[str, list[str]] = {}
    for finding in found:
        for goal in _missed(finding):
            missed.setdefault(goal, []).append(f"{finding.database} {finding.workers}")
    for goal, places in missed.items():
        yield f"Goal not met: {goal} ({', '.join(places)} workers)"
    if not missed:
        yield "All goals are met."
    for finding in found:
        for name, speed in finding.speeds.items():
            for error, count in Counter(speed.errors).items():
                yield (
                    f"{_LOST} {name} on {finding.database}, {finding.workers} workers: "
                    f"{count} of {speed.workers} failed: {error}"
                )


def as_json(found: Sequence[Finding], measured: Measured) -> str:
    """Return everything, but for the single claims."""
    runs = [
        {
            **{name: getattr(run, name) for name in ("contender", "database", "workers", "turn")},
            "rate": run.tally.rate,
            "cycles": run.tally.cycles,
            "seconds": run.tally.seconds,
            "errors": run.tally.errors,
            "server_cpu": run.cpu,
            "worker_cpu": run.tally.cpu,
        }
        for run in measured.runs
    ]
    everything: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        },
        "fdatasyncs_per_second": measured.fdatasyncs,
        "findings": [dataclasses.asdict(finding) for finding in found],
        "runs": runs,
    }
    return json.dumps(everything, indent=2) + "\n"


def write(text: str, path: Path) -> None:
    """Store the JSON, folder and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _cells(finding: Finding) -> Iterator[str]:
    yield finding.database
    yield str(finding.workers)
    for name in (SCHEDY, DATABASE_ALONE, OPTUNA_RDB, OPTUNA_GRPC):
        yield _rate(finding.speeds[name])
    yield _judged(_times(finding, OPTUNA_RDB), met=finding.meets(OPTUNA_RDB))
    yield _judged(_times(finding, OPTUNA_GRPC), met=finding.meets(OPTUNA_GRPC))
    share = finding.ratios.get(DATABASE_ALONE)
    text = "fails" if share is None else f"{share:.0%}"
    yield _judged(text, met=finding.meets(DATABASE_ALONE))
    yield f"{finding.p50 * 1e3:.1f}"
    yield _judged(f"{finding.p99 * 1e3:.1f}", met=finding.answers_in_time)
    yield f"{finding.server_cpu * 1e3:.2f}"
    yield f"{finding.worker_cpu * 1e3:.2f}"


def _rate(speed: Speed) -> str:
    text = f"{speed.rate:,.0f}" if speed.rate >= 100 else f"{speed.rate:.1f}"
    return (text if speed.rate else "fails") + (_LOST if speed.errors else "")


def _times(finding: Finding, peer: str) -> str:
    return f"{finding.ratios[peer]:.1f} {_TIMES}" if peer in finding.ratios else "fails"


def _judged(text: str, *, met: bool) -> str:
    return f"[green]{text} {_MET}[/]" if met else f"[red]{text} {_NOT_MET}[/]"


def _missed(finding: Finding) -> Iterator[str]:
    for peer in GOALS:
        if not finding.meets(peer):
            yield f"speed compared with {peer}"
    if not finding.answers_in_time:
        yield "claim p99"
