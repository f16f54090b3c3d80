"""Commands that tell what happened: log, kept."""

import argparse
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from schedy import Experiment, errors
from schedy.cli import display
from schedy.cli.failures import OK, CommandFailed, WrongUse
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.records import job_json
from schedy.cli.session import experiment_of
from schedy.cli.tables import aligned
from schedy.cli.text import clean, shortened
from schedy.history import LogLine
from schedy.kept import Kept

__all__ = ["add_commands", "instant", "put_rows"]

_NOT_FOUND = 404
_LONGEST = 60  # characters of results in a table
_UNBROKEN = ("when", "job", "came", "adopted", "last seen", "quarantined", "limit")


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    log = add_command(
        commands,
        "log",
        _log,
        summary="Show what happened to an experiment, or to one of its jobs.",
        description="Who did what, when, and why; the oldest first.",
        examples=(
            "  schedy log mnist\n  schedy log mnist bqkvw7zt3x\n  schedy log mnist -n 20 --json"
        ),
    )
    experiment_argument(log)
    log.add_argument("job", metavar="JOB", nargs="?", help="only what happened to this job")
    log.add_argument("-n", "--number", type=_positive, metavar="N", help="only the last N lines")
    kept = add_command(
        commands,
        "kept",
        _kept,
        summary="Show results that came too late to count, or have them count.",
        description=(
            "What a worker sends after its job went to somebody else is kept. --adopt makes\n"
            "it the job's results after all; whoever runs the job now is told to leave it."
        ),
        examples=(
            "  schedy kept mnist\n  schedy kept mnist bqkvw7zt3x\n"
            '  schedy kept mnist --adopt 17 --reason "the network was down"\n'
            "  schedy kept mnist --adopt 18 --status DONE --replace"
        ),
    )
    experiment_argument(kept)
    kept.add_argument("job", metavar="JOB", nargs="?", help="only what was sent for this job")
    kept.add_argument("--adopt", type=_positive, metavar="ID", help="have these results count")
    kept.add_argument(
        "--status",
        choices=("DONE", "PRUNED", "CRASHED"),
        metavar="STATUS",
        help="with --adopt: how the job ended (as was sent)",
    )
    kept.add_argument(
        "--replace", action="store_true", help="with --adopt: also if the job is DONE"
    )
    kept.add_argument("--reason", metavar="TEXT", help="with --adopt: why, for the log")


def instant(moment: datetime | None) -> str | None:
    """Return a point in time: in local time for people, exactly for programs."""
    if moment is None:
        return None
    if is_terminal():
        return f"{moment.astimezone():%b %d %H:%M:%S}"
    return moment.isoformat(timespec="seconds")


def put_rows(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show a table to people, and aligned columns to programs."""
    if is_terminal():
        display.table(headers, rows, unbroken=_UNBROKEN)
    else:
        put(aligned(rows))


def _log(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    lines = _lines(experiment, args.job, args.number)
    if args.json:
        put_json([_as_json(line) for line in lines])
        return OK
    rows = [_row(line, of_job=args.job is not None) for line in lines]
    headers = ["when", *([] if args.job else ["job"]), "what", "by"]
    put_rows(headers, rows)
    return OK


def _lines(experiment: Experiment, job: str | None, number: int | None) -> list[LogLine]:
    try:
        return list(deque(experiment.log(job), maxlen=number))
    except errors.ClientRequestError as error:
        if error.code != _NOT_FOUND:
            raise
        name = clean(experiment.name)
        raise CommandFailed(
            f"There never was a job {job!r} in experiment {name!r}. "
            f"`schedy list {name}` shows those there are."
        ) from error


def _row(line: LogLine, *, of_job: bool) -> list[Any]:
    attempt = f" (attempt {line.attempt})" if "handed out" in line.what else ""
    why = f": {line.reason}" if line.reason else ""
    # Which of their tokens somebody used stands in the JSON.
    by = line.actor.partition(" (")[0] if is_terminal() else line.actor
    job = [] if of_job else [line.job]
    return [instant(line.at), *job, f"{line.what}{attempt}{why}", by]


def _kept(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    if args.adopt is not None:
        return _adopt(args, experiment)
    if args.status or args.replace or args.reason:
        raise WrongUse("--status, --replace and --reason go with --adopt ID.")
    found = list(experiment.kept(args.job))
    if args.json:
        put_json([_as_json(each) for each in found])
    elif found:
        rows = [_kept_row(each) for each in found]
        put_rows(["id", "job", "came", "sent as", "results", "why"], rows)
    elif is_terminal():
        note("Nothing was kept: all results that came count.")
    return OK


def _adopt(args: argparse.Namespace, experiment: Experiment) -> int:
    found = next((each for each in experiment.kept() if each.id == args.adopt), None)
    name = clean(experiment.name)
    if found is None:
        raise CommandFailed(
            f"Nothing was kept under {args.adopt} in experiment {name!r}. "
            f"`schedy kept {name}` shows what was."
        )
    try:
        job = found.adopt(args.reason, status=args.status, replace=args.replace)
    except errors.ClientRequestError as error:
        raise CommandFailed(_in_options(error.body)) from error
    if args.json:
        put_json(job_json(job))
    elif is_terminal():
        put(f"Job {clean(job.job_id)} is {job.status} with these results.")
    else:
        put(aligned([[job.job_id, job.status]]))
    return OK


def _in_options(message: str) -> str:
    """Return what the server says with the options of the command instead of JSON."""
    message = message.replace('say "replace": true.', "add `--replace`.")
    return message.replace('e.g. {"status": "DONE"}.', "e.g. `--status DONE`.")


def _kept_row(each: Kept) -> list[Any]:
    results = ", ".join(f"{name}={value}" for name, value in each.results.items())
    why = each.why.partition(". ")[0]  # what follows is advice for whoever sent them
    return [
        each.id,
        each.job,
        instant(each.at),
        each.status or "RUNNING",
        shortened(results, _LONGEST),
        why if each.adopted is None else f"{why}; adopted {instant(each.adopted)}",
    ]


def _as_json(what: LogLine | Kept) -> dict[str, Any]:
    if isinstance(what, LogLine):
        found = asdict(what)
    else:
        names = ("id", "job", "attempt", "why", "at", "status", "results", "hyperparameters")
        found = {name: getattr(what, name) for name in (*names, "adopted")}
    return {
        name: each.isoformat() if isinstance(each, datetime) else each
        for name, each in found.items()
    }


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
