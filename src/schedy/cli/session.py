"""What commands start from: the server, and an experiment on it."""

import argparse
import contextlib
import itertools
import os

from schedy import Experiment, Job, SchedyDB, errors
from schedy.cli.failures import CommandFailed, did_you_mean

__all__ = [
    "PATIENCE",
    "experiment_named",
    "experiment_of",
    "job_of",
    "open_database",
    "patience_of",
    "suggestions",
]

PATIENCE = 20.0  # seconds

_NOT_FOUND = 404
_MOST_NAMES = 1000  # of which one may be meant


def patience_of(args: argparse.Namespace, usual: float = PATIENCE) -> float | None:
    """Return for how long to try; None if the environment says it.

    Args:
        usual: For how long if nobody says anything.
    """
    if args.patience is not None:
        return float(args.patience)
    return None if os.environ.get("SCHEDY_PATIENCE") else usual


def open_database(args: argparse.Namespace, *, patience: float = PATIENCE) -> SchedyDB:
    """Return the server that options, environment and configuration file name.

    Args:
        patience: For how many seconds to try to reach it if neither options nor environment say.
    """
    return SchedyDB(args.config, patience=patience_of(args, patience))


def experiment_of(args: argparse.Namespace) -> Experiment:
    """Return the experiment that the arguments name.

    Raises:
        CommandFailed: There is none; the message offers similar names.
    """
    return experiment_named(open_database(args), args.experiment)


def experiment_named(db: SchedyDB, name: str) -> Experiment:
    """Return the experiment with this name.

    Raises:
        CommandFailed: There is none; the message offers similar names.
    """
    try:
        return db.get_experiment(name)
    except errors.ClientRequestError as error:
        if error.code != _NOT_FOUND:
            raise
        raise CommandFailed(f"There is no experiment {name!r}.{suggestions(db, name)}") from error


def suggestions(db: SchedyDB, name: str) -> str:
    """Return a question that offers similar names, or how to see all."""
    names: list[str] = []
    with contextlib.suppress(errors.SchedyError):
        names = [each.name for each in itertools.islice(db.get_experiments(), _MOST_NAMES)]
    if not names:
        return " There are none yet: `schedy add` makes one."
    return did_you_mean(name, names) or " `schedy list` shows those there are."


def job_of(experiment: Experiment, job_id: str) -> Job:
    """Return the job with this id.

    Raises:
        CommandFailed: There is none.
    """
    try:
        return experiment.get_job(job_id)
    except errors.ClientRequestError as error:
        if error.code != _NOT_FOUND:
            raise
        raise CommandFailed(
            f"There is no job {job_id!r} in experiment {experiment.name!r}. "
            f"`schedy list {experiment.name}` shows those there are."
        ) from error
