"""Commands for jobs: push, list, best."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from schedy import Experiment, Job, pbt
from schedy.cli import display, values
from schedy.cli.failures import OK, CommandFailed, WrongUse
from schedy.cli.options import Commands, add_command, experiment_argument, positive
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.records import experiment_json, experiment_record, job_json, job_record
from schedy.cli.session import experiment_of, open_database
from schedy.cli.tables import (
    HYPERPARAMETER,
    OWN,
    RESULT,
    Key,
    Record,
    Table,
    aligned,
    boxed,
    labels,
    paragraph,
)

__all__ = ["add_commands", "best_jobs"]

_STATUSES = (Job.QUEUED, Job.RUNNING, Job.DONE, Job.CRASHED, Job.PRUNED)

_SHORT = (Key(OWN, "id"), Key(OWN, "name"), Key(OWN, "status"), Key(OWN, "scheduler"))

_PAIRS = "pairs of a name and a JSON value"


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    _add_push(commands)
    _add_list(commands)
    best = add_command(
        commands,
        "best",
        _best,
        summary="Show the best jobs of an experiment.",
        description="Which result counts is the experiment's own objective, unless you say.",
        examples="  schedy best mnist\n  schedy best mnist accuracy --max -n 3",
    )
    experiment_argument(best)
    best.add_argument("result", metavar="RESULT", nargs="?", help="which result counts")
    direction = best.add_mutually_exclusive_group()
    for option, value, text in (
        ("--min", pbt.MINIMIZE, "the smaller, the better"),
        ("--max", pbt.MAXIMIZE, "the larger, the better"),
    ):
        direction.add_argument(
            option, dest="direction", action="store_const", const=value, help=text
        )
    best.add_argument(
        "-n", "--number", type=positive, default=10, metavar="N", help="how many (10)"
    )


def _add_push(commands: Commands) -> None:
    push = add_command(
        commands,
        "push",
        _push,
        summary="Add a job to an experiment.",
        description="A QUEUED job is run by the next worker; any other is a record of what was.",
        examples=(
            "  schedy push mnist -p lr 0.01 layers '[64, 32]' activation '\"relu\"'\n"
            "  schedy push mnist -p lr 0.01 layers 2 -r loss 0.3 -s DONE"
        ),
    )
    experiment_argument(push)
    push.add_argument(
        "-s",
        "--status",
        choices=_STATUSES,
        metavar="STATUS",
        default=Job.QUEUED,
        help=f"{', '.join(_STATUSES)} (QUEUED)",
    )
    push.add_argument(
        "-r",
        "--results",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME VALUE",
        help=f"results: {_PAIRS}",
    )
    push.add_argument(
        "-p",
        "--hyperparameters",
        nargs="+",
        action="extend",
        required=True,
        metavar="NAME VALUE",
        help=f"hyperparameters: {_PAIRS}",
    )


def _add_list(commands: Commands) -> None:
    listing = add_command(
        commands,
        "list",
        _list,
        summary="List the experiments, or the jobs of one.",
        description=(
            "Fields are hyperparameters, results, and id, name, status or scheduler. Where\n"
            "two have the same name, say hyperparameter.NAME, result.NAME or schedy.NAME."
        ),
        examples=(
            "  schedy list\n  schedy list mnist -t -s loss -f id -f lr -f loss\n"
            "  schedy list mnist --status DONE --json\n"
            "  schedy list mnist --filter 'loss<0.1 tag:gpu'"
        ),
    )
    experiment_argument(listing, nargs="?", help="whose jobs; without it, all experiments")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("-t", "--table", action="store_true", help="all fields, as a table")
    form.add_argument("-p", "--paragraph", action="store_true", help="all fields, as paragraphs")
    listing.add_argument(
        "-s",
        "--sort",
        action="append",
        default=[],
        metavar="FIELD",
        help="sort by a field; again for more of them",
    )
    listing.add_argument("-d", "--decreasing", action="store_true", help="sort the other way round")
    listing.add_argument(
        "-f",
        "--field",
        action="append",
        default=[],
        metavar="FIELD",
        help="show this field; again for more of them",
    )
    listing.add_argument(
        "--status", action="append", choices=_STATUSES, help="only jobs with this status"
    )
    listing.add_argument(
        "--filter", metavar="FILTER", help="only jobs of which this is true: 'lr<1e-3 tag:gpu'"
    )


def best_jobs(
    experiment: Experiment, result: str | None, direction: str | None, number: int
) -> tuple[str, list[Job]]:
    """Return the name of the result that counts, and the jobs with the best ones.

    Raises:
        WrongUse: Nobody says what is best.
    """
    name = result or experiment.result_name
    goal = direction or (experiment.objective if name == experiment.result_name else None)
    if name is None or goal is None:
        raise WrongUse(
            f"Nobody says what is best in {experiment.name!r}: "
            f"`schedy best {experiment.name} {name or 'RESULT'} --min`, or --max."
        )
    if (name, goal) == (experiment.result_name, experiment.objective):
        sort = "best"  # the server keeps these sorted
    else:
        sort = f"results.{name}" if goal == pbt.MINIMIZE else f"-results.{name}"
    found = experiment.jobs(Job.DONE, sort=sort, limit=number)
    return name, [job for job in found if _is_rankable(job.results.get(name))]


def _push(args: argparse.Namespace) -> int:
    hyperparameters = values.pairs(args.hyperparameters, "hyperparameter")
    results = values.pairs(args.results, "result")
    job = experiment_of(args).add_job(hyperparameters, status=args.status, results=results)
    if args.json:
        put_json(job_json(job))
    else:
        record = job_record(job)
        put(paragraph(record, list(record)))
    return OK


def _list(args: argparse.Namespace) -> int:
    found: list[tuple[Record, Experiment | Job]]
    if args.experiment is None:
        found = [(experiment_record(each), each) for each in open_database(args).get_experiments()]
    else:
        found = [(job_record(each), each) for each in _chosen(args)]
    behind = {id(record): each for record, each in found}
    table = Table.of(record for record, _ in found)
    if found:  # no columns, no wrong ones
        table = table.sorted(args.sort, decreasing=args.decreasing)
        if args.decreasing and not args.sort:
            table = Table(table.columns, table.records[::-1])
    items = [behind[id(record)] for record in table.records]
    if args.json:
        put_json([_as_json(each) for each in items])
    elif found:
        _put(args, table.only(args.field) if args.field else table, items)
    elif is_terminal():
        note("There are none yet.")
    return OK


def _chosen(args: argparse.Namespace) -> Iterator[Job]:
    return experiment_of(args).jobs(args.status, filter=args.filter)


def _put(args: argparse.Namespace, table: Table, items: list[Any]) -> None:
    if args.paragraph:
        put("\n\n".join(paragraph(record, table.columns) for record in table.records))
    elif args.table:
        show = display.table if is_terminal() else _put_box
        show(labels(table.columns), table.cells)
    elif is_terminal() and not args.field:
        show_all = display.experiments if args.experiment is None else display.jobs
        show_all(items)
    else:
        short = [key for key in table.columns if key in _SHORT]
        put(aligned((table if args.field else Table(short, table.records)).cells))


def _put_box(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    put(boxed(headers, rows))


def _best(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    name, jobs = best_jobs(experiment, args.result, args.direction, args.number)
    if args.json:
        put_json([job_json(job) for job in jobs])
    elif not jobs:
        raise CommandFailed(f"No job of {experiment.name!r} is DONE with a usable {name!r} yet.")
    elif is_terminal():
        display.jobs(jobs, ranked_by=name)
    else:
        columns = [Key(OWN, "id"), Key(RESULT, name)]
        columns += [
            key for key in Table.of(map(job_record, jobs)).columns if key.kind == HYPERPARAMETER
        ]
        table = Table(columns, [job_record(job) for job in jobs])
        put(boxed(labels(table.columns), table.cells))
    return OK


def _as_json(what: Experiment | Job) -> dict[str, Any]:
    return experiment_json(what) if isinstance(what, Experiment) else job_json(what)


def _is_rankable(value: Any) -> bool:
    """Tell whether the server ranks a value: a number that is one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124
