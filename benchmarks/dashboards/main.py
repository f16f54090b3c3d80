"""The command: what to measure, where it stands meanwhile, the table at the end."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console

from benchmarks.cycles.pool import ROOT
from benchmarks.dashboards import report
from benchmarks.dashboards.browser import chromium
from benchmarks.dashboards.figures import ALL, Notes
from benchmarks.dashboards.optuna_side import (
    OptunaServer,
    OptunaSide,
    PeerFailed,
    optuna_server,
)
from benchmarks.dashboards.schedy_side import SchedySide, name_of, server_with
from tests.running import ServerFailed

_INTERRUPTED = 130  # the exit code, as shells have it
_WIDTH = 150  # of the table where there is no terminal to ask
_LIMIT = 60.0  # seconds that a step of Schedy's may take
_LARGE = 5_000  # with more jobs than this, the peer has one turn, after all others


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, store the figures."""
    given = _parser().parse_args(arguments)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    try:
        ours, theirs = _measured(given, console)
    except (ServerFailed, FileNotFoundError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    for jobs in given.jobs:
        console.print(report.table(jobs, ours[jobs], theirs.get(jobs)))
    report.write(report.as_json(ours, theirs), given.json)
    console.print(f"Everything that was measured: {given.json}", highlight=False, soft_wrap=True)
    return 0


def _measured(
    given: argparse.Namespace, console: Console
) -> tuple[Mapping[int, Notes], Mapping[int, Notes]]:
    ours = {jobs: Notes() for jobs in given.jobs}
    theirs: dict[int, Notes] = {}
    with ExitStack() as stack:
        status = stack.enter_context(console.status(""))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schedy-bench-")))
        browser = stack.enter_context(chromium(stack.enter_context(sync_playwright())))
        status.update("filling Schedy")
        server = stack.enter_context(server_with({name_of(jobs): jobs for jobs in given.jobs}))
        schedy = SchedySide(browser, server, limit=_LIMIT)
        optuna = None
        if given.peer:
            status.update("filling Optuna")
            peer = _peer(stack, folder, given.jobs, console)
            optuna = None if peer is None else OptunaSide(browser, peer, limit=given.limit)
        if optuna is not None:
            theirs = {jobs: Notes() for jobs in given.jobs}
        for turn, jobs in product(range(1, given.runs + 1), given.jobs):
            status.update(f"{jobs:,} jobs, turn {turn} of {given.runs}: Schedy")
            schedy.measure(jobs, ours[jobs])
            if optuna is not None and jobs <= _LARGE:
                status.update(f"{jobs:,} jobs, turn {turn} of {given.runs}: optuna-dashboard")
                optuna.measure(jobs, theirs[jobs])
        # What it does not finish goes on in its server: it must not hold up anybody else.
        for jobs in given.jobs:
            if optuna is not None and jobs > _LARGE:
                status.update(f"{jobs:,} jobs: optuna-dashboard")
                optuna.measure(jobs, theirs[jobs])
    return ours, theirs


def _peer(
    stack: ExitStack, folder: Path, sizes: Sequence[int], console: Console
) -> OptunaServer | None:
    try:
        return stack.enter_context(optuna_server(folder, sizes))
    except PeerFailed as error:
        console.print(f"Without the peer: {error}", style="yellow", markup=False)
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench-dashboard",
        description="Time what people do in the dashboard, with many jobs, beside a peer.",
    )
    today = datetime.now(UTC).date()
    sizes = ",".join(map(str, ALL))
    parser.add_argument("--jobs", type=_numbers, default=list(ALL), help=f"default: {sizes}")
    parser.add_argument("--runs", type=int, default=3, help="turns of each (default: 3)")
    parser.add_argument(
        "--peer",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure optuna-dashboard, too",
    )
    parser.add_argument(
        "--limit", type=float, default=120.0, help="seconds a step of the peer's may take"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / f"build/dashboard-{today}.json",
        metavar="FILE",
        help="where to store all figures (default: build/dashboard-DATE.json)",
    )
    return parser


def _numbers(text: str) -> list[int]:
    numbers = sorted({int(part.replace("_", "")) for part in text.split(",")})
    if numbers[0] < 50:
        raise argparse.ArgumentTypeError("a page has 50 jobs: name no fewer")
    return numbers
