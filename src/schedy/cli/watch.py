"""The command watch: an experiment as it goes on."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schedy import Experiment, Job
from schedy.cli import display
from schedy.cli.failures import OK
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal, put, put_json, terminal
from schedy.cli.records import experiment_json, job_json
from schedy.cli.session import experiment_named, experiment_of, open_database
from schedy.cli.text import clean

__all__ = ["Snapshot", "add_commands", "line"]

_PATIENCE = 86400.0  # seconds; whoever watches, waits
_MOST_RUNNING = 8
_LATEST = 4
_ENDED = (Job.DONE, Job.CRASHED, Job.PRUNED)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An experiment at one moment.

    Attributes:
        running: Some of the jobs that run, those that run longest first.
        latest: The jobs that ended last, the latest first.
        best: The best job so far, where the experiment says what is best.
    """

    experiment: Experiment
    running: list[Job]
    latest: list[Job]
    best: Job | None

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nothing waits, though something did."""
        counts = self.experiment.counts
        waiting = 0 if self.experiment.status == Experiment.DONE else counts.get(Job.QUEUED, 0)
        ended = sum(counts.get(status, 0) for status in _ENDED)
        finished = ended or self.experiment.status == Experiment.DONE
        return bool(finished) and not waiting and not counts.get(Job.RUNNING, 0)


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    watch = add_command(
        commands,
        "watch",
        _watch,
        summary="Watch an experiment as it goes on.",
        description=(
            "Without a terminal, prints a line whenever something has changed.\n"
            "Ctrl-C ends watching, not the experiment."
        ),
        examples="  schedy watch mnist\n  schedy watch mnist --until-done && schedy best mnist",
    )
    experiment_argument(watch)
    watch.add_argument(
        "--until-done", action="store_true", help="end when nothing runs and nothing is queued"
    )
    watch.add_argument(
        "--interval", type=float, default=2.0, metavar="SECONDS", help="how often to look (2)"
    )


def _watch(args: argparse.Namespace) -> int:
    experiment_of(args)  # whose name may be wrong, or the server's address
    db = open_database(args, patience=_PATIENCE)
    snapshots = _snapshots(
        lambda: _taken(experiment_named(db, args.experiment)),
        interval=max(args.interval, 0.05),
        until_done=args.until_done,
    )
    if args.json:
        for snapshot in snapshots:
            if not args.until_done or snapshot.is_idle:
                put_json(_as_json(snapshot))
                break
    elif is_terminal():
        _live(snapshots)
    else:
        _lines(snapshots)
    return OK


def _snapshots(
    take: Callable[[], Snapshot], *, interval: float, until_done: bool
) -> Iterator[Snapshot]:
    """Yield how the experiment is, now and then; the last one twice idle, if there is a last."""
    idle = 0
    while True:
        snapshot = take()
        yield snapshot
        # Once may be the moment between two jobs.
        idle = idle + 1 if snapshot.is_idle else 0
        if until_done and (idle > 1 or (snapshot.experiment.status == Experiment.DONE and idle)):
            return
        time.sleep(interval)


def _taken(experiment: Experiment) -> Snapshot:
    best = None
    if experiment.result_name is not None:
        best = experiment.best_job()
    return Snapshot(
        experiment,
        list(experiment.jobs(Job.RUNNING, sort="started", limit=_MOST_RUNNING)),
        list(experiment.jobs(_ENDED, sort="-finished", limit=_LATEST)),
        best,
    )


def line(snapshot: Snapshot) -> str:
    """Return an experiment in a line."""
    counts = snapshot.experiment.counts
    parts = [f"{status.lower()} {counts.get(status, 0)}" for status in display.STYLES]
    best = snapshot.best
    if best is not None:
        name = str(snapshot.experiment.result_name)
        parts.append(f"best {clean(name)}={display.number(best.results.get(name))} ({best.job_id})")
    return ", ".join([snapshot.experiment.status, *parts])


def _lines(snapshots: Iterator[Snapshot]) -> None:
    last = ""
    for snapshot in snapshots:
        now = line(snapshot)
        if now != last:
            put(f"{datetime.now().astimezone():%H:%M:%S} {now}")
            sys.stdout.flush()
        last = now


def _live(snapshots: Iterator[Snapshot]) -> None:
    from rich.live import Live  # noqa: PLC0415 - loaded only for a terminal

    console = terminal()
    with Live(console=console, auto_refresh=False) as live:
        for snapshot in snapshots:
            live.update(_picture(snapshot, console.width), refresh=True)


def _picture(snapshot: Snapshot, width: int) -> Any:
    from rich.console import Group  # noqa: PLC0415 - loaded only for a terminal
    from rich.text import Text  # noqa: PLC0415

    experiment = snapshot.experiment
    title = Text.assemble(
        (clean(experiment.name), "bold"), "  ", (experiment.status, display.STYLES["RUNNING"])
    )
    parts: list[Any] = [title, display.bar(experiment.counts)]
    if snapshot.best is not None:
        name = str(experiment.result_name)
        value = display.number(snapshot.best.results.get(name))
        parts.append(
            Text.assemble(
                ("best ", "dim"),
                (f"{clean(name)}={value} ", "bold green"),
                f"{snapshot.best.job_id} {display.settings(snapshot.best.hyperparameters)}",
                no_wrap=True,
                overflow="ellipsis",
            )
        )
    more = experiment.counts.get(Job.RUNNING, 0) - len(snapshot.running)
    parts.append(_jobs([*snapshot.running, *snapshot.latest], width))
    if more > 0:
        parts.append(Text(f"and {more} more running", "dim"))
    return Group(*parts)


def _jobs(found: list[Job], width: int) -> Any:
    rows = [
        display.JobRow(
            [(job.job_id, ""), (job.status, display.STYLES[job.status]), (_duration(job), "")],
            job.hyperparameters,
            job.results,
        )
        for job in found
    ]
    return display.jobs_table(["id", "status", "time"], rows, width=width)


def _duration(job: Job) -> str:
    if job.started is None:
        return ""
    return display.duration(((job.finished or datetime.now(UTC)) - job.started).total_seconds())


def _as_json(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "experiment": experiment_json(snapshot.experiment),
        "running": [job_json(job) for job in snapshot.running],
        "latest": [job_json(job) for job in snapshot.latest],
        "best": None if snapshot.best is None else job_json(snapshot.best),
    }
