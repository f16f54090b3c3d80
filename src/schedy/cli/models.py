"""Commands that tell what a model learns from the results: importance, predictions."""

import argparse

from schedy.analyses import Importance, Prediction, Predictions
from schedy.cli import display
from schedy.cli.findings import add_filter, add_target, put_basis, put_table, short, tell
from schedy.cli.options import Commands, add_command, experiment_argument, positive
from schedy.cli.output import is_terminal, put, terminal
from schedy.cli.session import experiment_of
from schedy.cli.tables import boxed
from schedy.cli.text import clean

__all__ = ["add_commands"]

_BAR = 24  # characters


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    importance = add_command(
        commands,
        "importance",
        _importance,
        summary="Show which hyperparameters a result depends on.",
        description=(
            "A random forest learns from the jobs that are DONE; a hyperparameter matters as far\n"
            "as the forest gets worse when it is shuffled. Behind ± stands how sure that is."
        ),
        examples=(
            "  schedy importance mnist\n  schedy importance mnist --target results.accuracy\n"
            "  schedy importance mnist --target seconds -f 'optimizer=adam layers>2'\n"
            "  schedy importance mnist --json"
        ),
    )
    experiment_argument(importance)
    add_target(importance, "what depends")
    add_filter(importance)
    predictions = add_command(
        commands,
        "predictions",
        _predictions,
        summary="Show how far to trust what importance and surface say.",
        description=(
            "How well a random forest tells the result of jobs that it has not seen, and about\n"
            "which jobs it is most wrong."
        ),
        examples=(
            "  schedy predictions mnist\n  schedy predictions mnist --target seconds -n 3\n"
            "  schedy predictions mnist -f 'optimizer=adam' --json"
        ),
    )
    experiment_argument(predictions)
    add_target(predictions, "what is told")
    add_filter(predictions)
    predictions.add_argument(
        "-n", "--number", type=positive, default=10, metavar="N", help="how many jobs (10)"
    )


def _importance(args: argparse.Namespace) -> int:
    found = experiment_of(args).importance(args.target, filter=args.filter)
    return tell(args, found, _show_importance)


def _predictions(args: argparse.Namespace) -> int:
    found = experiment_of(args).predictions(args.target, filter=args.filter)
    return tell(args, found, lambda found: _show_predictions(found, args.number))


def _show_importance(found: Importance) -> None:
    if not is_terminal():
        if found.items:
            rows = [[short(each.field), each.importance, each.spread] for each in found]
            put(boxed(["hyperparameter", "importance", "spread"], rows))
        return
    if found.items:
        _draw_importance(found)
    if found.fit is not None:
        put_basis(found, found.fit)


def _draw_importance(found: Importance) -> None:
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    made = display.empty_table()
    made.add_column("hyperparameter", overflow="fold")
    made.add_column("importance", justify="right", no_wrap=True)
    made.add_column("±", style="dim", no_wrap=True)
    made.add_column("", no_wrap=True)
    for each in found:
        made.add_row(
            clean(short(each.field)),
            f"{each.importance:.3f}",
            f"{each.spread:.3f}",
            Text("━" * round(_BAR * each.importance), "cyan"),
        )
    terminal().print(made)


def _show_predictions(found: Predictions, number: int) -> None:
    if found.items:
        worst = sorted(found, key=_error, reverse=True)[:number]
        rows = [[it.number, it.actual, it.predicted, it.spread, _error(it)] for it in worst]
        put_table(["job", "actual", "predicted", "spread", "error"], rows)
    if found.fit is not None:
        put_basis(found, found.fit)


def _error(each: Prediction) -> float:
    return abs(each.actual - each.predicted)
