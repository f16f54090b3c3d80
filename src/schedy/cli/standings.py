"""Commands that tell how good the jobs are: pareto, progress, distribution."""

import argparse
import math

from schedy.analyses import Distribution, ParetoFront, Progress
from schedy.cli import display
from schedy.cli.failures import WrongUse
from schedy.cli.fields import FIXED, HYPERPARAMETERS, RESULTS, field_argument
from schedy.cli.findings import add_filter, put_basis, put_plot, put_table, short, tell
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal, put
from schedy.cli.session import experiment_of

__all__ = ["add_commands"]

_QUANTILES = {"min": 0.0, "5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}
_DRAWN = 200  # quantiles


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    pareto = add_command(
        commands,
        "pareto",
        _pareto,
        summary="Show the jobs that nothing surpasses in several results at once.",
        description="Of two jobs on the front, each is better than the other one in something.",
        examples=(
            "  schedy pareto mnist -o loss:min -o seconds:min\n"
            "  schedy pareto mnist -o results.accuracy:max -o results.size:min -o seconds:min\n"
            "  schedy pareto mnist -o loss:min -o seconds:min -f 'layers<4' --json"
        ),
    )
    experiment_argument(pareto)
    pareto.add_argument(
        "-o",
        "--objective",
        action="append",
        required=True,
        metavar="FIELD:min|max",
        help="quality, seconds or a result, and whether it should be small; two or three of them",
    )
    add_filter(pareto)
    progress = add_command(
        commands,
        "progress",
        _progress,
        summary="Show how the best result improved.",
        description="The jobs that were better than all that had ended before them.",
        examples=(
            "  schedy progress mnist\n  schedy progress mnist -f 'optimizer=adam'\n"
            "  schedy progress mnist --json"
        ),
    )
    experiment_argument(progress)
    add_filter(progress)
    distribution = add_command(
        commands,
        "distribution",
        _distribution,
        summary="Show how many jobs reach what.",
        description=(
            "Quantiles: a quarter of the jobs has no larger value than what stands behind 25%."
        ),
        examples=(
            "  schedy distribution mnist\n  schedy distribution mnist seconds\n"
            "  schedy distribution mnist results.accuracy -f 'layers>2' --json"
        ),
    )
    experiment_argument(distribution)
    field_argument(
        distribution,
        "field",
        RESULTS,
        HYPERPARAMETERS,
        also=FIXED,
        metavar="FIELD",
        nargs="?",
        default="quality",
        help="quality, seconds, a result or a hyperparameter (quality)",
    )
    add_filter(distribution)


def _pareto(args: argparse.Namespace) -> int:
    if len(args.objective) not in {2, 3}:
        raise WrongUse("name two or three objectives: -o loss:min -o seconds:min")
    found = experiment_of(args).pareto(args.objective, filter=args.filter)
    return tell(args, found, _show_front)


def _progress(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    found = experiment.progress(filter=args.filter)
    return tell(args, found, lambda found: _show_progress(found, str(experiment.result_name)))


def _distribution(args: argparse.Namespace) -> int:
    found = experiment_of(args).distribution(args.field, filter=args.filter)
    return tell(args, found, _show_distribution)


def _show_front(found: ParetoFront) -> None:
    if found.front:
        headers = ["id", *(f"{field} ({goal})" for field, goal in found.objectives.items())]
        put_table(headers, [[each.job_id, *each.values.values()] for each in found.front])
    if is_terminal() and found.used:
        put(f"{len(found.front):,} of {found.used:,} jobs: nothing surpasses them.")


def _show_progress(found: Progress, result: str) -> None:
    if not found.items:
        return
    goal = f"{result} ({found.direction})"
    if not is_terminal():
        rows = [[each.number, each.job_id, each.finished, each.best] for each in found]
        put_table(["job", "id", "seconds", goal], rows)
        return
    best = _best_by_job(found)
    put_plot(best, title=f"best {goal}", below=("1", "job", f"{len(best):,}"))
    headers = ["job", "id", "after", goal]
    put_table(headers, [[e.number, e.job_id, display.duration(e.finished), e.best] for e in found])
    put(f"Job {found.items[-1].number} is the best of {found.used:,}.")


def _best_by_job(found: Progress) -> list[float]:
    """Return how good the best job was up to each number; NaN where none had ended."""
    best: list[float] = []
    for each in found:
        best += [best[-1] if best else math.nan] * (each.number - 1 - len(best))
        best.append(each.best)
    return best + [best[-1]] * (found.jobs - len(best))


def _show_distribution(found: Distribution) -> None:
    if not found.values:
        return
    name = short(found.target)
    if is_terminal():
        drawn = [found.quantile(at / (_DRAWN - 1)) for at in range(_DRAWN)]
        put_plot(drawn, title=name, below=("0%", "of the jobs", "100%"))
    put_table(["share", name], [[each, found.quantile(at)] for each, at in _QUANTILES.items()])
    if is_terminal():
        put_basis(found)
