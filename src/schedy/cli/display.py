"""What people see on a terminal: tables that fit it, in colour. Rich is loaded only here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schedy import Experiment, Job
from schedy.cli.output import terminal
from schedy.cli.records import experiment_record, job_record, scheduler_kind
from schedy.cli.tables import labels
from schedy.cli.text import clean, shortened, shown

__all__ = [
    "STYLES",
    "bar",
    "details",
    "duration",
    "empty_table",
    "experiments",
    "jobs",
    "number",
    "settings",
    "status_text",
    "table",
]

_GAP = 3  # columns, between two cells

STYLES: Mapping[str, str] = {
    "DONE": "green",
    "RUNNING": "cyan",
    "QUEUED": "yellow",
    "PRUNED": "magenta",
    "CRASHED": "red",
}


def table(
    headers: Sequence[str], rows: Sequence[Sequence[Any]], *, unbroken: Sequence[str] = ()
) -> None:
    """Show a table with all there is to see.

    Args:
        unbroken: Headers of columns in which no line is broken.
    """
    made = empty_table()
    for at, header in enumerate(headers):
        numeric = any(isinstance(row[at], int | float) for row in rows)
        made.add_column(
            header,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=header in unbroken,
        )
    for row in rows:
        made.add_row(*[shown(value) for value in row])
    terminal().print(made)


def experiments(found: Sequence[Experiment]) -> None:
    """Show experiments, one line each."""
    made = empty_table()
    made.add_column("name", style="bold", overflow="fold")
    for header in ("status", "scheduler"):
        made.add_column(header, no_wrap=True)
    for header in ("done", "running", "queued", "failed"):
        made.add_column(header, justify="right", no_wrap=True)
    for each in found:
        # DONE experiments are paused or completed, nothing to worry about.
        count = {status: str(each.counts.get(status) or "·") for status in STYLES}
        tags = " ".join(each.known_words[0])
        made.add_row(
            f"{clean(each.name)}  [{clean(tags)}]" if tags else clean(each.name),
            status_text(each.status),
            scheduler_kind(each),
            *[_styled(count[status], status) for status in ("DONE", "RUNNING", "QUEUED")],
            _styled(count["CRASHED"], "CRASHED" if each.counts.get("CRASHED") else ""),
        )
    terminal().print(made)


def jobs(found: Sequence[Job], *, ranked_by: str | None = None) -> None:
    """Show jobs, one line each, as far as it fits.

    Args:
        ranked_by: The result that they are sorted by, to stand out.
    """

    def row(job: Job) -> JobRow:
        others = {name: each for name, each in job.results.items() if name != ranked_by}
        second = job.status if ranked_by is None else number(job.results.get(ranked_by))
        style = STYLES[job.status]
        return JobRow([(job.job_id, "bold"), (second, style)], job.hyperparameters, others)

    console = terminal()
    headers = ["id", "status" if ranked_by is None else clean(ranked_by)]
    console.print(jobs_table(headers, [row(job) for job in found], width=console.width))


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in a table.

    Attributes:
        cells: What is shown in full: texts with their styles.
    """

    cells: Sequence[tuple[str, str]]
    hyperparameters: Mapping[str, Any]
    results: Mapping[str, Any]


def jobs_table(headers: Sequence[str], rows: Sequence[JobRow], *, width: int) -> Any:
    """Return a table of jobs, one line each; hyperparameters and results share what room is left.

    Args:
        headers: Those of the cells that are shown in full.
    """
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    made = empty_table()
    room = width - 2
    for at, header in enumerate(headers):
        made.add_column(header, no_wrap=True)
        room -= max(len(text) for text in (header, *(row.cells[at][0] for row in rows))) + _GAP
    pairs = [(settings(row.hyperparameters), settings(row.results)) for row in rows]
    names = ("hyperparameters", "results")
    longest = [
        max(map(len, (name, *(pair[at] for pair in pairs)))) for at, name in enumerate(names)
    ]
    widths = shares(longest[0], longest[1], room - _GAP)
    for name, share in zip(names, widths, strict=True):
        made.add_column(name, no_wrap=True, overflow="ellipsis", max_width=share)
    for row, pair in zip(rows, pairs, strict=True):
        made.add_row(*[Text(text, style) for text, style in row.cells], *pair)
    return made


def shares(first: int, second: int, room: int) -> tuple[int, int]:
    """Return how wide two columns may be; what one does not need, the other gets."""
    room = max(room, 2)
    if first + second > room:
        second = min(second, max(room * 2 // 5, room - first))
        first = room - second
    return max(first, 1), max(second, 1)


def details(what: Experiment | Job) -> None:
    """Show all there is to say of one experiment, or of one job."""
    from rich.table import Table  # noqa: PLC0415 - loaded only for a terminal

    record = experiment_record(what) if isinstance(what, Experiment) else job_record(what)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, (key, value) in zip(labels(list(record)), record.items(), strict=True):
        grid.add_row(label, status_text(value) if key.full == "schedy.status" else shown(value))
    for label, value in _more(what).items():
        if value not in {None, ""}:
            grid.add_row(label, clean(str(value)))
    terminal().print(grid)
    if isinstance(what, Experiment) and any(what.counts.values()):
        terminal().print(bar(what.counts))


def bar(counts: Mapping[str, int], *, width: int = 60) -> Any:
    """Return how the jobs are spread over the statuses, as a bar and in figures."""
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    total = max(sum(counts.values()), 1)
    line, figures = Text(), Text()
    for status, style in STYLES.items():
        count = counts.get(status, 0)
        if count:
            line.append("━" * max(1, round(width * count / total)), style)
            figures.append(f"{status.lower()} {count}  ", style)
    line.truncate(width)
    return Text("\n").join([line, figures]) if line else Text("no jobs yet", "dim")


def settings(values: Mapping[str, Any]) -> str:
    """Return names and values in a line."""
    return " ".join(f"{clean(name)}={number(value)}" for name, value in values.items())


def number(value: Any) -> str:
    """Return a value with no more digits than people compare, and no more text than fits."""
    return f"{value:.5g}" if isinstance(value, float) else shortened(shown(value))


def duration(seconds: float) -> str:
    """Return a time in hours, minutes and seconds."""
    hours, rest = divmod(max(int(seconds), 0), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _more(what: Experiment | Job) -> dict[str, Any]:
    if isinstance(what, Experiment):
        goal = f"{what.objective} {what.result_name}" if what.result_name is not None else None
        return {
            "objective": goal if scheduler_kind(what) != "PBT" else None,
            "seed": what.seed,
            "created": _moment(what.created),
        }
    return {
        "number": what.number,
        "attempt": what.attempt,
        "worker": what.worker,
        "reason": what.reason,
        "created": _moment(what.created),
        "started": _moment(what.started),
        "finished": _moment(what.finished),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def empty_table() -> Any:
    """Return a table without columns, in the one style that all have."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - loaded only for a terminal
    from rich.table import Table  # noqa: PLC0415

    return Table(box=SIMPLE_HEAD, header_style="dim", pad_edge=False)


def status_text(status: str) -> Any:
    """Return a status in its colour."""
    return _styled(status, status)


def _styled(text: str, status: str) -> Any:
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    return Text(text, STYLES.get(status, "") if text != "·" else "dim")
