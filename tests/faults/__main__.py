"""`make faults`: plays the whole plan, prints a table, and leaves the figures in build/faults.json.

make faults                                  # all of it takes an hour and three quarters
make faults ARGS="--only A05 A10 --scale 0.1 --seed 7"
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.architecture.tree import ROOT
from tests.faults.checkers import Violation
from tests.faults.plan import Plan, Report
from tests.faults.scenarios import SCENARIOS, Scenario

_ENOUGH = 10  # of every rare branch, or the run proved nothing about it


def main(arguments: Sequence[str] | None = None) -> int:
    """Play scenarios, and return 1 if one of them found something."""
    given = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"seed {given.seed}, scale {given.scale:g}")
    reports = []
    for scenario in SCENARIOS:
        if not given.only or scenario.id in given.only:
            reports += _play(scenario, given, console)
            _store(reports, given)  # whoever stops here has what was found
    console.print(_table(reports))
    missing = _print_rare(reports, console) if given.scale >= 1 and not given.only else []
    return 1 if missing or any(report.violations for report in reports) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="ID", help="e.g. A05")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of it; 1 is all")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="only on this one")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave logs and data here")
    return parser


def _play(scenario: Scenario, given: argparse.Namespace, console: Console) -> list[Report]:
    reports = []
    for database in scenario.databases:
        if given.database not in {None, database}:
            continue
        if reason := scenario.lacks():
            console.print(f"[yellow]{scenario.id} {scenario.name}: skipped, {reason}")
            continue
        with tempfile.TemporaryDirectory(prefix="schedy-faults-") as folder:
            place = Path(folder)
            if given.keep is not None:
                name = f"{scenario.id}-{scenario.name}-{database}".replace(" ", "-")
                given.keep.mkdir(parents=True, exist_ok=True)
                place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=given.keep))
            plan = Plan(place, given.seed, given.scale, database)
            try:
                report = scenario.play(plan)
            except Exception as error:  # noqa: BLE001 - the others are worth playing all the same
                report = Report(scenario.id, scenario.name, plan)
                report.violations.append(
                    Violation("broken", "?", f"{type(error).__name__}: {error}")
                )
        reports.append(report)
        colour = "red" if report.violations else "green"
        console.print(
            f"[{colour}]{report.id} {report.what}, {database}: "
            f"{report.injected.total()} faults, {len(report.violations)} violations, "
            f"{report.seconds:.0f} s"
        )
        for violation in report.violations[:10]:
            console.print(f"    {violation}", highlight=False)
    return reports


def _table(reports: Sequence[Report]) -> Table:
    table = Table(title="What was done to Schedy, and what came of it")
    for name in ("id", "what", "on", "injected", "rare branches", "reached"):
        table.add_column(name, overflow="fold")
    for name in ("lost", "double", "stuck", "other", "seed", "s"):
        table.add_column(name, justify="right")
    for report in reports:
        wrong = [report.of(*rules) for rules in _COLUMNS]
        table.add_row(
            report.id,
            report.what,
            report.plan.database,
            _counts(report.injected),
            _counts(report.seen),
            ", ".join(f"{value} {name}" for name, value in report.reached.items()),
            *map(str, [*wrong, len(report.violations) - sum(wrong)]),
            str(report.plan.seed),
            f"{report.seconds:.0f}",
            style="red" if report.violations else "",
        )
    return table


_COLUMNS = (("lost", "thrown_away"), ("double", "duplicate", "stale"), ("stuck",))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()) if count)


RARE = (
    "replay of a claim",
    "replay of a report",
    "replay of an end",
    "end continues own write",
    "race for a job lost",
    "lease expired",
    "late result adopted",
    "late result refused",
    "result kept aside",
    "commit unknown, found applied",
    "breaker held",
    "told superseded",
    "tag of before a restart accepted",
)


def _print_rare(reports: Sequence[Report], console: Console) -> list[str]:
    seen: Counter[str] = sum((report.seen for report in reports), Counter())
    table = Table("rare branch", "how often")
    for name in RARE:
        table.add_row(name, str(seen[name]), style="" if seen[name] >= _ENOUGH else "red")
    console.print(table)
    missing = [name for name in RARE if seen[name] < _ENOUGH]
    if missing:
        console.print(f"[red]taken less than {_ENOUGH} times, so nothing is proved of them")
    return missing


def _store(reports: Sequence[Report], given: argparse.Namespace) -> None:
    path = ROOT / "build" / "faults.json"
    path.parent.mkdir(exist_ok=True)
    items = [
        {
            "id": report.id,
            "what": report.what,
            "database": report.plan.database,
            "seed": report.plan.seed,
            "scale": report.plan.scale,
            "injected": dict(report.injected),
            "seen": dict(report.seen),
            "reached": report.reached,
            "violations": [dataclasses.asdict(violation) for violation in report.violations],
            "seconds": round(report.seconds, 1),
        }
        for report in reports
    ]
    path.write_text(json.dumps({"at": time.time(), "seed": given.seed, "runs": items}, indent=2))


if __name__ == "__main__":
    sys.exit(main())
