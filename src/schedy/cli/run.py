"""The command run: a worker that runs a command line for each job."""

import argparse
import contextlib
import math
import shutil
import time
from signal import SIGINT

from schedy import Experiment, Job, errors
from schedy.cli import placeholders
from schedy.cli.failures import FAILED, INTERRUPTED, OK, CommandFailed, sentence
from schedy.cli.flushing import WAITING, flushed
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import note, put_json
from schedy.cli.reporting import Reporter
from schedy.cli.session import experiment_named, open_database
from schedy.cli.stopping import Stop, Stopped
from schedy.cli.worker import CannotStart, Worker
from schedy.connection import Connection
from schedy.deadlines import deadline_of
from schedy.outbox import outbox_folder

__all__ = ["add_commands"]

STOPPED = 75  # EX_TEMPFAIL: something is left to do, start me again

_DAY = 86400.0
_POLL = 5.0  # seconds, after which a waiting worker looks whether it was told to stop
_FIRST_CONTACT = 300.0  # seconds; a server may be started together with its workers
_MOST_CRASHES = 10  # in a row
_FLUSH_TIMEOUT = 10.0  # seconds

_DESCRIPTION = """\
In the command, %h (alone) becomes `--name value ...` for all hyperparameters
(`_` becomes `-`, nulls are left out), %e the experiment, %j the id of the job,
%% a percent sign. The command also finds in its environment SCHEDY_EXPERIMENT,
SCHEDY_JOB_ID, SCHEDY_HYPERPARAMETERS, SCHEDY_RESULTS and SCHEDY_RESUME (JSON;
the last two are what an interrupted attempt at the job left).

It prints its results to standard output, as a JSON object between two lines:
  --- RESULTS ---
  {"loss": 0.25}
  --- END RESULTS ---

Between `--- RESUME ---` and `--- END RESUME ---` it may print any JSON value
that another attempt can go on from, such as where its checkpoint is.

If its exit code is 0, the job is DONE, otherwise CRASHED, with the reason.

SIGTERM, SIGINT (Ctrl-C), SIGHUP and SIGUSR1 are passed on to the command, and
no further job is taken. Unless the command still ends with exit code 0 and
results, the job goes back to the queue, with the results so far. The exit code
is then 75 (130 after Ctrl-C). A second signal kills the command at once.

If the job is cancelled, or given to another worker because this one was silent
for too long, the command is told to end by SIGTERM, and killed after --grace.

Results wait in ~/.schedy/outbox until the server has confirmed them. What
killed workers left there is sent first; `schedy flush` sends it, too.
"""


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    run = add_command(
        commands,
        "run",
        _run,
        summary="Run a command for each job, until there is nothing to do.",
        description=_DESCRIPTION,
        examples=(
            "  schedy run mnist -- python train.py %h\n"
            "  schedy run --once mnist -- ./train.sh --output runs/%e-%j %h\n"
            "  schedy run --forever --ignore-errors mnist -- python train.py %h"
        ),
    )
    run.add_argument("--once", action="store_true", help="run one job only")
    run.add_argument(
        "--ignore-errors",
        action="store_true",
        help=f"go on whatever crashes, and end with exit code 0; otherwise it is 1 if a job has "
        f"crashed, and {_MOST_CRASHES} crashes in a row end the worker",
    )
    run.add_argument(
        "--allow-empty-results", action="store_true", help="do not mention it if there are none"
    )
    wait = run.add_mutually_exclusive_group()
    wait.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="when there is nothing to do, wait so long for a job",
    )
    wait.add_argument(
        "--forever",
        action="store_const",
        const=math.inf,
        dest="wait",
        help="wait for jobs until stopped",
    )
    run.add_argument(
        "--deadline",
        type=_moment,
        metavar="TIME",
        help="take no job that is known to last longer: Unix time, or like 2026-01-31T08:30 "
        "(SCHEDY_DEADLINE or SLURM_JOB_END_TIME)",
    )
    run.add_argument(
        "--grace",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="how long the command may take to end after a signal (20)",
    )
    run.add_argument(
        "--report-patience",
        type=float,
        default=30 * _DAY,
        metavar="SECONDS",
        help="how long to try to report a result while the server is away (30 days)",
    )
    experiment_argument(run)
    run.add_argument(
        "command_line", metavar="-- COMMAND", nargs=argparse.REMAINDER, help="what to run"
    )


def _run(args: argparse.Namespace) -> int:
    placeholders.check(args.command_line)
    program = args.command_line[0]
    if "%" not in program and shutil.which(program) is None:
        raise CommandFailed(f"There is no command {program!r} here. No job was taken.")
    experiment = experiment_named(open_database(args, patience=_FIRST_CONTACT), args.experiment)
    stop = Stop()
    with stop.listening():
        configuration = experiment.connection.configuration
        connection = Connection(configuration, patience=args.report_patience, sleep=stop.sleep)
        experiment.learn(connection, None)
        _send_what_was_left(experiment.connection)
        worker = Worker(
            args.command_line,
            Reporter(connection, stop),
            stop=stop,
            grace=args.grace,
            may_be_empty=args.allow_empty_results,
            quiet=args.json,
        )
        try:
            _work(args, experiment, worker, stop)
        except CannotStart as error:
            raise CommandFailed(str(error)) from error
    if args.json:
        put_json({"experiment": experiment.name, "jobs": worker.done})
    return _code(args, worker, stop)


def _work(args: argparse.Namespace, experiment: Experiment, worker: Worker, stop: Stop) -> None:
    deadline = deadline_of(args.deadline)
    while (job := _next(experiment, stop, args.wait, deadline)) is not None:
        worker.work(job)
        if args.once or stop.requested:
            return
        if worker.crashes_in_a_row >= _MOST_CRASHES and not args.ignore_errors:
            raise CommandFailed(
                f"{_MOST_CRASHES} jobs in a row have crashed: something else than their "
                "hyperparameters may be wrong. --ignore-errors goes on all the same."
            )


def _next(experiment: Experiment, stop: Stop, wait: float, deadline: float | None) -> Job | None:
    """Return a job to work on; None if there is nothing to do, or no time."""
    end = time.monotonic() + wait
    while not stop.requested:
        left = max(end - time.monotonic(), 0.0)
        try:
            return experiment.next_job(wait=min(left, _POLL), deadline=deadline)
        except errors.NoJobError as error:
            is_late = deadline is not None and time.time() >= deadline
            if not left or is_late or isinstance(error, errors.DrainedError):
                note(sentence(error))
                return None
        except Stopped:
            return None
    return None


def _send_what_was_left(connection: Connection) -> None:
    """Send the results of workers that were killed before they could."""
    hurried = connection.hurried(timeout=_FLUSH_TIMEOUT, patience=0.0)
    with contextlib.suppress(errors.SchedyError, OSError, RuntimeError):
        for outcome in flushed(hurried, outbox_folder()):
            if outcome.what != WAITING:
                note(f"Result of an earlier worker: {outcome.sentence}")


def _moment(text: str) -> float | None:
    try:
        return deadline_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _code(args: argparse.Namespace, worker: Worker, stop: Stop) -> int:
    if stop.signal == SIGINT:
        return INTERRUPTED
    if stop.requested:
        return STOPPED
    return FAILED if worker.has_failed and not args.ignore_errors else OK
