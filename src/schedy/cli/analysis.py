"""Commands that tell what the results say: importance, pareto."""

import argparse
from dataclasses import asdict
from typing import Any

from schedy.analyses import Importance, ParetoFront
from schedy.cli import display
from schedy.cli.failures import OK, WrongUse
from schedy.cli.options import Commands, Parser, add_command, experiment_argument
from schedy.cli.output import is_terminal, note, put, put_json, terminal
from schedy.cli.session import experiment_of
from schedy.cli.tables import boxed
from schedy.cli.text import clean

__all__ = ["add_commands"]

_BAR = 24  # characters
_ROOM = "hyperparameters."


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
    importance.add_argument(
        "--target",
        default="quality",
        metavar="FIELD",
        help="what depends: quality, seconds or results.NAME (quality)",
    )
    _add_filter(importance)
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
    _add_filter(pareto)


def _add_filter(command: Parser) -> None:
    command.add_argument(
        "-f", "--filter", default="", metavar="FILTER", help="which jobs, such as 'layers>2'"
    )


def _importance(args: argparse.Namespace) -> int:
    found = experiment_of(args).importance(args.target, filter=args.filter)
    if args.json:
        put_json(asdict(found))
        return OK
    if found.items:
        _show_importance(found)
    if found.fit is not None and is_terminal():
        put(f"From {found.used:,} jobs; {found.fit} on jobs that the model has not seen.")
    _remark(found.note)
    return OK


def _pareto(args: argparse.Namespace) -> int:
    if len(args.objective) not in {2, 3}:
        raise WrongUse("name two or three objectives: -o loss:min -o seconds:min")
    found = experiment_of(args).pareto(args.objective, filter=args.filter)
    if args.json:
        put_json(asdict(found))
        return OK
    if found.front:
        _show_front(found)
    if is_terminal() and found.used:
        put(f"{len(found.front):,} of {found.used:,} jobs: nothing surpasses them.")
    _remark(found.note)
    return OK


def _show_importance(found: Importance) -> None:
    if not is_terminal():
        rows = [[each.field.removeprefix(_ROOM), each.importance, each.spread] for each in found]
        put(boxed(["hyperparameter", "importance", "spread"], rows))
        return
    from rich.text import Text  # noqa: PLC0415 - loaded only for a terminal

    made = display.empty_table()
    made.add_column("hyperparameter", overflow="fold")
    made.add_column("importance", justify="right", no_wrap=True)
    made.add_column("±", style="dim", no_wrap=True)
    made.add_column("", no_wrap=True)
    for each in found:
        made.add_row(
            clean(each.field.removeprefix(_ROOM)),
            f"{each.importance:.3f}",
            f"{each.spread:.3f}",
            Text("━" * round(_BAR * each.importance), "cyan"),
        )
    terminal().print(made)


def _show_front(found: ParetoFront) -> None:
    headers = ["id", *(f"{clean(field)} ({goal})" for field, goal in found.objectives.items())]
    rows: list[list[Any]] = [[each.job_id, *each.values.values()] for each in found.front]
    if not is_terminal():
        put(boxed(headers, rows))
        return
    made = display.empty_table()
    made.add_column("id", style="bold", overflow="fold")
    for header in headers[1:]:
        made.add_column(header, justify="right", overflow="fold")
    for job_id, *values in rows:
        made.add_row(clean(job_id), *(display.number(value) for value in values))
    terminal().print(made)


def _remark(text: str | None) -> None:
    if text is not None:
        note(text)
