"""Commands for experiments: add, rm, show, pause, resume."""

import argparse
import sys

from schedy import Experiment, Job, ManualSearch, PopulationBasedTraining, RandomSearch, errors
from schedy.cli import display, values
from schedy.cli.attempts import attempts_json, attempts_of, put_attempts
from schedy.cli.failures import OK, CommandFailed
from schedy.cli.options import Commands, Parser, add_command, add_json, experiment_argument
from schedy.cli.output import is_terminal, put, put_json
from schedy.cli.records import experiment_json, experiment_record, job_json, job_record
from schedy.cli.session import experiment_of, job_of, open_database
from schedy.cli.tables import paragraph
from schedy.cli.text import clean

__all__ = ["add_commands"]

_STATUSES = (Experiment.RUNNING, Experiment.DONE)

_MANUAL = "  schedy add mnist manual\n"

_RANDOM = """\
  schedy add mnist random lr loguniform '{"low": 1e-5, "high": 0.1}' \\
      layers choice '{"values": [2, 4, 8]}'
  schedy add mnist random --minimize loss lr uniform '{"low": 0, "high": 1}'
"""

_PBT = """\
  schedy add mnist pbt loss min --population-size 20 --max-generations 50 \\
      --init lr loguniform '{"low": 1e-5, "high": 0.1}' --explore lr 0.8 1.2
"""

_DISTRIBUTIONS = """\
Each hyperparameter takes three words: a name, a distribution, JSON parameters:
  uniform     '{"low": 0, "high": 1}'       any number in between
  loguniform  '{"low": 1e-5, "high": 0.1}'  likewise, with a uniform logarithm
  normal      '{"mean": 0, "std": 1}'
  choice      '{"values": [1, "a", [2]]}'   "weights": [1, 2, 1] prefers some
  const       '"relu"'                      always this value
"""

_PBT_DESCRIPTION = f"""\
Trains a population whose worst members copy the best, and vary what they copy.

For --init:
{_DISTRIBUTIONS}
For --explore: a name and two numbers between which the factor lies, or
  NAME perturbchoice '{{"factors": [0.8, 1.25]}}'  one of these factors
  NAME resample '{{"probability": 0.25}}'          a new draw, now and then
"""


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    _add_add(commands)
    remove = add_command(
        commands,
        "rm",
        _remove,
        summary="Remove an experiment with all its jobs, or one job.",
        examples="  schedy rm mnist\n  schedy rm mnist 7xk2mq9a4c\n  schedy rm -f mnist",
    )
    experiment_argument(remove)
    remove.add_argument("job", metavar="JOB", nargs="?", help="id of the job")
    remove.add_argument("-f", "--force", action="store_true", help="do not ask")
    show = add_command(
        commands,
        "show",
        _show,
        summary="Show an experiment or a job.",
        examples="  schedy show mnist\n  schedy show mnist 7xk2mq9a4c\n  schedy show --json mnist",
    )
    experiment_argument(show)
    show.add_argument("job", metavar="JOB", nargs="?", help="id of the job")
    for name, run, summary in (
        ("pause", _pause, "Hand out no more jobs; those that run go on."),
        ("resume", _resume, "Hand out jobs again."),
    ):
        command = add_command(
            commands, name, run, summary=summary, examples=f"  schedy {name} mnist"
        )
        experiment_argument(command)


def _add_add(commands: Commands) -> None:
    add = add_command(
        commands,
        "add",
        _add,
        summary="Add an experiment.",
        description=_DISTRIBUTIONS,
        examples=_MANUAL + _RANDOM + _PBT,
    )
    add.add_argument("experiment", metavar="EXPERIMENT", help="name for the new experiment")
    add.add_argument(
        "-s",
        "--status",
        choices=_STATUSES,
        default=Experiment.RUNNING,
        help="DONE to hand out no jobs yet",
    )
    kinds = add.add_subparsers(
        title="schedulers",
        dest="scheduler",
        metavar="SCHEDULER",
        required=True,
        parser_class=Parser,
    )
    manual = kinds.add_parser(
        "manual",
        help="runs the jobs that you push",
        description="Runs the jobs that you push.",
        epilog=f"examples:\n{_MANUAL}",
    )
    manual.set_defaults(make=_manual)
    random = kinds.add_parser(
        "random",
        help="draws each hyperparameter at random",
        description=_DISTRIBUTIONS,
        epilog=f"examples:\n{_RANDOM}",
    )
    random.set_defaults(make=_random)
    random.add_argument(
        "hyperparameters",
        metavar="HP DIST JSON",
        nargs="+",
        help="what to draw each from, see above",
    )
    for each in (manual, random):
        goal = each.add_mutually_exclusive_group()
        goal.add_argument("--minimize", metavar="RESULT", help="the smaller, the better")
        goal.add_argument("--maximize", metavar="RESULT", help="the larger, the better")
    _add_pbt(kinds)
    for each in (random, kinds.choices["pbt"]):
        each.add_argument("--seed", type=int, help="makes the choices repeatable")
    for each in kinds.choices.values():
        add_json(each)


def _add_pbt(kinds: Commands) -> None:
    pbt = kinds.add_parser(
        "pbt",
        help="trains a population whose worst members copy the best",
        description=_PBT_DESCRIPTION,
        epilog=f"examples:\n{_PBT}",
    )
    pbt.set_defaults(make=_pbt)
    pbt.add_argument("result", metavar="RESULT", help="the result to optimise, e.g. loss")
    pbt.add_argument("objective", choices=("min", "max"))
    pbt.add_argument("--population-size", type=int, metavar="N", help="how many members there are")
    pbt.add_argument("--max-generations", type=int, metavar="N", help="how many jobs each has")
    pbt.add_argument(
        "--exploit",
        nargs="+",
        metavar="SHARE",
        default=["0.2"],
        help="the worst and the best share of all members (0.2)",
    )
    pbt.add_argument(
        "--explore",
        nargs="+",
        action="extend",
        default=[],
        metavar="HP MIN MAX",
        help="how to vary hyperparameters",
    )
    pbt.add_argument(
        "--init",
        nargs="+",
        action="extend",
        default=[],
        metavar="HP DIST JSON",
        help="what to draw those of the first jobs from",
    )


def _manual(args: argparse.Namespace) -> Experiment:
    return ManualSearch(
        args.experiment, args.status, minimize=args.minimize, maximize=args.maximize
    )


def _random(args: argparse.Namespace) -> Experiment:
    return RandomSearch(
        args.experiment,
        values.distributions(args.hyperparameters),
        args.status,
        minimize=args.minimize,
        maximize=args.maximize,
        seed=args.seed,
    )


def _pbt(args: argparse.Namespace) -> Experiment:
    return PopulationBasedTraining(
        args.experiment,
        objective=args.objective,
        result_name=args.result,
        exploit=values.exploit(args.exploit),
        explore=values.explore(args.explore),
        initial_distributions=values.distributions(args.init),
        population_size=args.population_size,
        status=args.status,
        max_generations=args.max_generations,
        seed=args.seed,
    )


def _add(args: argparse.Namespace) -> int:
    experiment: Experiment = args.make(args)
    try:
        open_database(args).add_experiment(experiment)
    except errors.ResourceExistsError:
        raise CommandFailed(
            f"There is an experiment {args.experiment!r} already; `schedy show "
            f"{args.experiment}` shows it."
        ) from None
    if args.json:
        put_json(experiment_json(experiment))
    elif is_terminal():
        name = clean(experiment.name)
        put(f"Added {name}. Next: `schedy run {name} -- COMMAND %h` on any machine.")
    return OK


def _remove(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    job = None if args.job is None else job_of(experiment, args.job)
    what: Experiment | Job = experiment if job is None else job
    name = clean(experiment.name if job is None else job.job_id)
    if not args.force:
        if not args.json:
            _put(what)
        if not _confirmed(f"{name} and all its jobs" if job is None else name):
            if not args.json:
                put(f"{name} was not removed.")
            return OK
    what.delete()
    if args.json:
        put_json({"removed": experiment.name if job is None else job.job_id})
    return OK


def _confirmed(what: str) -> bool:
    sys.stderr.write(f"Are you sure you want to remove {what}? [y/N] ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise CommandFailed("Nobody is there to confirm: -f removes without a question.")
    return line.strip().lower() in {"y", "yes"}


def _show(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    if args.job is not None:
        return _show_job(args, job_of(experiment, args.job))
    if args.json:
        put_json(experiment_json(experiment))
    else:
        _put(experiment)
    return OK


def _show_job(args: argparse.Namespace, job: Job) -> int:
    attempts = attempts_of(job)
    if args.json:
        put_json({**job_json(job), **attempts_json(job, attempts)})
    else:
        _put(job)
        put_attempts(job, attempts)
    return OK


def _put(what: Experiment | Job) -> None:
    if is_terminal():
        display.details(what)
        return
    record = experiment_record(what) if isinstance(what, Experiment) else job_record(what)
    put(paragraph(record, list(record)))


def _pause(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    experiment.pause()
    return _changed(args, experiment, "paused: no more jobs are handed out")


def _resume(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    experiment.resume()
    return _changed(args, experiment, "resumed: jobs are handed out again")


def _changed(args: argparse.Namespace, experiment: Experiment, what: str) -> int:
    if args.json:
        put_json(experiment_json(experiment))
    elif is_terminal():
        put(f"{clean(experiment.name)} is {what}.")
    return OK
