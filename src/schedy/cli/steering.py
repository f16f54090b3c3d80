"""Commands for jobs that went wrong: requeue, cancel, void."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from schedy import Experiment, Job, errors
from schedy.cli.failures import FAILED, OK, CommandFailed, WrongUse, sentence
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.records import job_json
from schedy.cli.session import experiment_of, job_of
from schedy.cli.tables import aligned
from schedy.cli.text import clean

__all__ = ["add_commands"]

_STATUSES = (Job.QUEUED, Job.RUNNING, Job.DONE, Job.CRASHED, Job.PRUNED)
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class _Way:
    """Something to be done about jobs.

    Attributes:
        done: What is said of the jobs to which it was done.
        instead: The command for jobs to which it can't be done.
    """

    name: str
    steer: Callable[[Job, str | None], None]
    done: str
    instead: str | None = None


_REQUEUE = _Way("requeue", Job.requeue, "back in the queue")
_CANCEL = _Way("cancel", Job.cancel, "cancelled", "void")
_VOID = _Way("void", Job.void, "void: the results stay, but do not count", "cancel")


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    _add(
        commands,
        _REQUEUE,
        summary="Have jobs run again.",
        description=(
            "Whatever became of them; a worker that runs one of them now is told to leave it,\n"
            "and its result still counts if it comes first. How often a job was lost,\n"
            "preempted or crashed before counts no more."
        ),
        examples=(
            "  schedy requeue mnist bqkvw7zt3x\n"
            '  schedy requeue mnist --status CRASHED --reason "the disk was full"'
        ),
    )
    _add(
        commands,
        _CANCEL,
        summary="End jobs that are QUEUED or RUNNING.",
        description=(
            "They are PRUNED. A worker that runs one of them is told to stop, within a minute\n"
            "or with its next report."
        ),
        examples=(
            "  schedy cancel mnist bqkvw7zt3x --reason diverged\n"
            "  schedy cancel mnist --status QUEUED --yes"
        ),
    )
    _add(
        commands,
        _VOID,
        summary="Have the results of jobs not count.",
        description="They are CRASHED from now on; the results stay to be read.",
        examples='  schedy void mnist bqkvw7zt3x --reason "trained on the test set"',
    )


def _add(commands: Commands, way: _Way, *, summary: str, description: str, examples: str) -> None:
    def run(args: argparse.Namespace) -> int:
        return _run(args, way)

    command = add_command(
        commands, way.name, run, summary=summary, description=description, examples=examples
    )
    experiment_argument(command)
    command.add_argument("jobs", metavar="JOB", nargs="*", help="ids of the jobs")
    command.add_argument(
        "--status", choices=_STATUSES, metavar="STATUS", help="all jobs with this status"
    )
    command.add_argument("--reason", metavar="TEXT", help="why, for those who read the log")
    command.add_argument(
        "-y", "--yes", action="store_true", help="do not ask whether all of a status are meant"
    )


def _run(args: argparse.Namespace, way: _Way) -> int:
    experiment = experiment_of(args)
    jobs = _chosen(args, experiment, way)
    if jobs is None:
        return OK
    steered = [job for job in jobs if _steered(job, way, args.reason)]
    if args.json:
        put_json([job_json(job) for job in steered])
    elif is_terminal():
        if steered:
            put(f"{_so_many(len(steered))} {way.done}.")
    else:
        put(aligned([[job.job_id, job.status] for job in steered]))
    return OK if len(steered) == len(jobs) else FAILED


def _chosen(args: argparse.Namespace, experiment: Experiment, way: _Way) -> list[Job] | None:
    """Return the jobs that are meant; None if it turned out that they are not."""
    name = clean(experiment.name)
    if bool(args.jobs) == bool(args.status):
        raise WrongUse(
            f"Say which jobs: `schedy {way.name} {name} JOB`, or `--status STATUS` for all with "
            f"that status. `schedy list {name}` shows them."
        )
    if args.jobs:
        return [job_of(experiment, job_id) for job_id in args.jobs]
    found = list(experiment.jobs(args.status))
    if not found:
        note(f"No job of {name} is {args.status}.")
    elif not args.yes:
        sys.stderr.write(f"{way.name} all {len(found):,} {args.status} jobs of {name}? [y/N] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stderr.write("\n")
            raise CommandFailed("Nobody is there to confirm: --yes does it without a question.")
        if line.strip().lower() not in {"y", "yes"}:
            return None
    return found


def _steered(job: Job, way: _Way, reason: str | None) -> bool:
    """Do it to a job, and tell whether it could be done; why not is said."""
    try:
        way.steer(job, reason)
    except errors.ClientRequestError as error:
        if error.code != _CONFLICT:
            raise
        name = clean(job.experiment.name)
        hint = f" `schedy {way.instead} {name} {clean(job.job_id)}`" if way.instead else ""
        note(f"{sentence(error)}{hint}")
        return False
    return True


def _so_many(count: int) -> str:
    return "1 job is" if count == 1 else f"{count:,} jobs are"
