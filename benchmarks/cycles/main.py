"""The command: what to measure, a progress bar meanwhile, the table at the end."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cycles import report
from benchmarks.cycles.contenders import DATABASES, contenders
from benchmarks.cycles.findings import PEERS, findings
from benchmarks.cycles.measuring import Measured, measure
from benchmarks.cycles.pool import ROOT
from benchmarks.cycles.slow_disk import NoCompiler, slow_down
from tests.databases import PostgresUnavailable
from tests.running import ServerFailed

_INTERRUPTED = 130  # the exit code, as shells have it
_MOST_SYNCS = 100_000
_WIDTH = 150  # of the table where there is no terminal to ask


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, store the figures."""
    given = _parser().parse_args(arguments)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    try:
        if given.disk:
            slow_down(given.disk)
        measured = _measured(given, console)
    except (PostgresUnavailable, ServerFailed, NoCompiler) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    found = list(findings(measured))
    console.print(report.table(found, measured))
    for remark in report.remarks(found):
        console.print(remark, highlight=False, markup=False)
    report.write(report.as_json(found, measured), given.json)
    console.print(f"Everything that was measured: {given.json}", highlight=False, soft_wrap=True)
    return 0


def _measured(given: argparse.Namespace, console: Console) -> Measured:
    turns, workers = (
        (1, given.workers or [1, 8]) if given.quick else (3, given.workers or [1, 4, 8])
    )
    seconds = given.seconds or (1.5 if given.quick else 2.5)
    runs = turns * len(workers) * len(given.databases) * (1 + len(PEERS))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ExitStack() as stack:
        progress = stack.enter_context(
            Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
        )
        task = progress.add_task("", total=runs, completed=-1)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schedy-bench-")))
        compared = stack.enter_context(
            contenders(
                given.databases,
                folder,
                workers=max(workers),
                tell=lambda what: progress.update(task, description=what),
            )
        )
        return measure(
            compared,
            workers=workers,
            turns=turns,
            seconds=seconds,
            folder=folder,
            tell=lambda what: progress.update(task, description=what, advance=1),
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Compare how many cycles per second Schedy, the database alone and Optuna do.",
    )
    today = datetime.now(UTC).date()
    parser.add_argument(
        "--quick", action="store_true", help="one turn with 1 and 8 workers: a rough idea"
    )
    parser.add_argument("--seconds", type=float, help="how long one run takes")
    parser.add_argument("--workers", type=_numbers, help="e.g. 1,4,8")
    parser.add_argument("--databases", type=_databases, default=list(DATABASES), help="e.g. sqlite")
    parser.add_argument(
        "--disk",
        type=_rate,
        metavar="N",
        help="as on a disk that makes something durable N times a second, e.g. 400",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / f"benchmarks/results/throughput-{today}.json",
        metavar="FILE",
        help="where to store all figures (default: benchmarks/results/throughput-DATE.json)",
    )
    return parser


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("there must be a worker")
    return numbers


def _rate(text: str) -> int:
    if not 1 <= int(text) <= _MOST_SYNCS:
        raise argparse.ArgumentTypeError(f"from 1 to {_MOST_SYNCS:,} times a second")
    return int(text)


def _databases(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(DATABASES):
        raise argparse.ArgumentTypeError(f"{unknown.pop()!r} is none of {', '.join(DATABASES)}")
    return names
