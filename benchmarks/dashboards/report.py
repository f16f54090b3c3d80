"""The figures as one table for each number of jobs, and everything that was measured as JSON."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.dashboards.figures import BYTES, FIGURES, MILLISECONDS, Figure, Notes

_TIMES = "\N{MULTIPLICATION SIGN}"
_MET, _NOT_MET = "\N{CHECK MARK}", "\N{BALLOT X}"
_NONE = "\N{EN DASH}"


def table(jobs: int, ours: Notes, theirs: Notes | None) -> Table:
    """Return one table: both contestants, how many times one is the other, and the budget."""
    drawn = Table(
        title=f"The dashboard with {jobs:,} jobs",
        caption=f"{_MET} budget met, {_NOT_MET} not met; {_NONE} no such thing, or not measured",
        caption_justify="left",
    )
    drawn.add_column("", no_wrap=True)
    for column in ("Schedy", "optuna-dashboard", f"{_TIMES} less", "budget", ""):
        drawn.add_column(column, justify="right")
    for name, figure in FIGURES.items():
        drawn.add_row(figure.title, *_cells(jobs, name, figure, ours, theirs))
    return drawn


def as_json(ours: Mapping[int, Notes], theirs: Mapping[int, Notes]) -> str:
    """Return every single value."""
    everything: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
        },
        "figures": {
            name: {"title": each.title, "unit": each.unit, "budget": dict(each.budget)}
            for name, each in FIGURES.items()
        },
    }
    for who, all_notes in (("schedy", ours), ("optuna-dashboard", theirs)):
        everything[who] = {
            jobs: {"values": notes.values, "failures": notes.failures}
            for jobs, notes in all_notes.items()
        }
    return json.dumps(everything, indent=2) + "\n"


def write(text: str, path: Path) -> None:
    """Store the JSON, folder and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _cells(
    jobs: int, name: str, figure: Figure, ours: Notes, theirs: Notes | None
) -> Iterator[str]:
    value = ours.median(name)
    other = None if theirs is None else theirs.median(name)
    yield _shown(value, figure.unit, ours.failures.get(name))
    yield _shown(other, figure.unit, theirs.failures.get(name) if theirs else None)
    yield f"{other / value:,.1f}" if value and other is not None else ""
    budget = figure.budget.get(jobs)
    if budget is None:
        yield from ("", "")
        return
    yield _shown(budget, figure.unit, None)
    is_met = value is not None and value <= budget
    yield f"[green]{_MET}[/]" if is_met else f"[red]{_NOT_MET}[/]"


def _shown(value: float | None, unit: str, failure: str | None) -> str:
    if value is None:
        return failure or _NONE
    if unit == MILLISECONDS:
        return f"{value / 1000:,.2f} s" if value >= 1000 else f"{value:,.0f} ms"
    if unit == BYTES:
        return f"{value / 1e6:,.2f} MB" if value >= 1e6 else f"{value / 1e3:,.0f} kB"
    return f"{value:,.0f}"
