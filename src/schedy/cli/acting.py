"""The command act: do something to many jobs at once."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from schedy import Experiment
from schedy.actions import ACTIONS, Outcome
from schedy.cli.failures import FAILED, OK, CommandFailed, WrongUse
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import note, put, put_json
from schedy.cli.session import experiment_of
from schedy.cli.text import clean

__all__ = ["add_commands"]

_SHOWN = 10  # reasons
_TAGGING = frozenset({"tag", "untag"})
_PAST = {
    "requeue": "back in the queue",
    "cancel": "cancelled",
    "void": "void",
    "delete": "deleted",
    "tag": "tagged",
    "untag": "untagged",
}


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    command = add_command(
        commands,
        "act",
        _act,
        summary="Do something to all jobs that a filter wants, or to some.",
        description=(
            "Shows first how many jobs that is, and asks. What can't be done to a job is told,\n"
            "and keeps nothing from being done to the others.\n\n"
            "A filter has terms that all have to be true, as in the dashboard:\n"
            "  status:crashed,pruned   lr<1e-3   optimizer=adam   tag:gpu   note~driver"
        ),
        examples=(
            "  schedy act mnist requeue -f 'status:crashed' --reason \"the driver was old\"\n"
            "  schedy act mnist tag odd -f 'loss>10' --dry-run\n"
            "  schedy act mnist delete bqkvw7zt3x 7xk2mq9a4c --yes"
        ),
    )
    experiment_argument(command)
    command.add_argument("action", metavar="ACTION", choices=ACTIONS, help=", ".join(ACTIONS))
    command.add_argument(
        "words", metavar="WORD", nargs="*", help="the tag, for tag and untag; then ids of jobs"
    )
    command.add_argument("-f", "--filter", metavar="FILTER", help="all jobs that this is true of")
    command.add_argument("--reason", metavar="TEXT", help="why, for those who read the log")
    command.add_argument("-n", "--dry-run", action="store_true", help="only count")
    command.add_argument("-y", "--yes", action="store_true", help="do not ask")


def _act(args: argparse.Namespace) -> int:
    tag, ids = _read(args)
    wish: dict[str, Any] = {"filter": args.filter, "tag": tag, "reason": args.reason}
    wish["jobs"] = None if args.filter is not None else ids
    experiment = experiment_of(args)
    if args.dry_run or not args.yes:
        trial = experiment.act(args.action, **wish, dry_run=True)
        if args.dry_run:
            return _told(args, trial, f"would be {_PAST[args.action]}")
        if not trial.changed or not _confirmed(args, experiment, trial):
            return OK if trial.changed else _told(args, trial, _PAST[args.action])
    return _told(args, experiment.act(args.action, **wish), f"{_PAST[args.action]}")


def _read(args: argparse.Namespace) -> tuple[str | None, list[str]]:
    """Return the tag and the ids of the jobs that are meant."""
    words = list(args.words)
    tag = None
    if args.action in _TAGGING:
        if not words:
            raise WrongUse(f"Say which tag: `schedy act EXPERIMENT {args.action} TAG -f FILTER`.")
        tag = words.pop(0)
    if bool(words) == (args.filter is not None):
        raise WrongUse("Say which jobs: either their ids, or -f FILTER; -f '' means all of them.")
    return tag, words


def _confirmed(args: argparse.Namespace, experiment: Experiment, trial: Outcome) -> bool:
    what = f"{args.action} {trial.changed:,} of {trial.matched:,} jobs"
    sys.stderr.write(f"{what} of {clean(experiment.name)}? [y/N] ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise CommandFailed("Nobody is there to confirm: --yes does it without a question.")
    return line.strip().lower() in {"y", "yes"}


def _told(args: argparse.Namespace, outcome: Outcome, done: str) -> int:
    if args.json:
        put_json(asdict(outcome))
    else:
        put(f"{outcome.changed:,} of {outcome.matched:,} jobs {done}.")
        for job_id, reason in list(outcome.refused.items())[:_SHOWN]:
            note(f"{clean(job_id)}: {reason}")
        if len(outcome.refused) > _SHOWN or outcome.more:
            note("... and more; --json tells a hundred of them.")
    return FAILED if outcome.refused and not args.dry_run else OK
