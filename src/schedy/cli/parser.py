"""All commands under one roof."""

import argparse
import os
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from schedy.cli import (
    acting,
    completion,
    experiments,
    export,
    flush,
    jobs,
    learning_curves,
    limits,
    login,
    logs,
    models,
    run,
    standings,
    steering,
    surfaces,
    watch,
    words,
    workers,
)
from schedy.cli.options import Parser
from schedy.cli.session import PATIENCE

__all__ = ["build_parser", "parse"]


_EPILOG = """\
examples:
  schedy login --root https://schedy.example.org/ ana@example.org
  schedy add mnist random --minimize loss lr uniform '{"low": 0, "high": 1}'
  schedy run mnist -- python train.py %h
  schedy watch mnist
  schedy best mnist

`schedy COMMAND --help` tells more, with examples.

exit codes:
    0  all went well
    1  it failed
    2  the arguments make no sense
   75  `schedy run` was told to stop, and its job is back in the queue
  130  Ctrl-C
  141  nobody reads the output any more

SCHEDY_ROOT, SCHEDY_EMAIL and SCHEDY_TOKEN override the configuration file.
"""

# Options before the command that take a value.
_VALUED = ("--config", "--patience")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Understand a command line.

    What follows the first `--` of `schedy run` is the command to run, exactly as it stands.
    """
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    before, command_line = list(argv), None
    if "--" in before and _command(before) == "run":
        at = before.index("--")
        before, command_line = before[:at], before[at + 1 :]
    args = parser.parse_args(before)
    if command_line is None:
        return args
    if left := args.command_line:  # options behind the experiment: put them before it
        at = len(before) - len(left) - 1
        args = parser.parse_args([*before[:at], *left, before[at]])
    args.command_line = [*args.command_line, *command_line]
    return args


def build_parser() -> Parser:
    """Return what understands the command line."""
    parser = Parser(
        prog="schedy",
        description="Search hyperparameters on as many machines as you like.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"schedy {_version()}")
    parser.add_argument(
        "--config", metavar="FILE", help="configuration file (~/.schedy/client.json)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        help=f"how long to try to reach the server (SCHEDY_PATIENCE, or {PATIENCE:g})",
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    commands: Any = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, parser_class=Parser
    )
    for module in (
        login,
        experiments,
        jobs,
        run,
        watch,
        steering,
        acting,
        words,
        logs,
        workers,
        limits,
        flush,
        export,
        models,
        surfaces,
        standings,
        learning_curves,
        completion,
    ):
        module.add_commands(commands)
    return parser


def _complete(parser: Parser) -> None:
    import argcomplete  # noqa: PLC0415 - only where the tab key was pressed

    argcomplete.autocomplete(parser)


def _command(argv: Sequence[str]) -> str | None:
    words = iter(argv)
    for word in words:
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _version() -> str:
    try:
        return metadata.version("schedy")
    except metadata.PackageNotFoundError:
        return "unknown"
