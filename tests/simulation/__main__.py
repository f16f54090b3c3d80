"""Simulates many runs, or shows one.

python -m tests.simulation --seeds 10000             # the whole of it, in two processes
python -m tests.simulation --seed 22 --ops 300       # one again, with the end of its trace
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console

from tests.architecture.tree import ROOT
from tests.simulation.many import PROCESSES, many
from tests.simulation.run import Result, simulate
from tests.simulation.watching import RARE

_ENOUGH = 10  # of every rare branch, or the runs proved nothing about it
_TOLD = 500
_CONSOLE = Console(markup=False, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, and return 1 if a promise was broken, or a rare branch was too rare."""
    given = _parser().parse_args(arguments)
    if given.seed is not None:
        return _show(simulate(given.seed, ops=given.ops, database=given.database))
    began = time.monotonic()
    seen: Counter[str] = Counter()
    wrong: list[int] = []
    for number, result in enumerate(_runs(given), 1):
        seen += result.seen
        if result.violations:
            wrong.append(result.seed)
            _CONSOLE.print(result)
        if not number % _TOLD:
            _CONSOLE.print(f"{number} runs, {len(wrong)} wrong, {time.monotonic() - began:.0f} s")
    seconds = time.monotonic() - began
    _CONSOLE.print(
        f"{given.seeds} runs of {given.ops} requests, {len(wrong)} wrong, {seconds:.0f} s"
    )
    rare = [name for name in RARE if seen[name] < _ENOUGH]
    for name in RARE:
        _CONSOLE.print(f"{seen[name]:9} {name}{'   <- too rare' if name in rare else ''}")
    path = ROOT / "build" / "simulation.json"
    path.parent.mkdir(exist_ok=True)
    found = {**vars(given), "seen": seen, "wrong": wrong, "seconds": round(seconds, 1)}
    path.write_text(json.dumps(found, indent=2))
    return 1 if wrong or rare else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="show one run")
    parser.add_argument("--seeds", type=int, default=10_000, help="simulate so many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--ops", type=int, default=300, help="requests of each run")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    return parser


def _runs(given: argparse.Namespace) -> Iterator[Result]:
    seeds = range(given.first, given.first + given.seeds)
    return many(seeds, ops=given.ops, database=given.database, processes=given.processes)


def _show(result: Result) -> int:
    for line in result.tail:
        _CONSOLE.print(line)
    _CONSOLE.print(f"trace {result.hash}, {result.seconds:.0f} s of virtual time")
    if result.violations:
        _CONSOLE.print(result)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
