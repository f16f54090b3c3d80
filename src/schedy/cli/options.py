"""How every command takes its arguments: one parser, with what all of them share."""

import argparse
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NoReturn, TypeAlias

from schedy import SchedyDB, pagination
from schedy.cli.failures import did_you_mean
from schedy.cli.text import one_line
from schedy.connection import Connection

__all__ = [
    "Commands",
    "Parser",
    "add_command",
    "add_json",
    "complete_experiments",
    "experiment_argument",
    "hurried",
    "positive",
]

_PATIENCE = 0.0  # nobody waits for a completion
_MOST_COMPLETIONS = 1000
_MOST_LISTED = 10  # choices

_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|-Infinity$")

Command = Callable[[argparse.Namespace], int]

# What `add_subparsers` returns; argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001


class Parser(argparse.ArgumentParser):
    """Takes `-1e-5` for the number it is, wherever no option looks like one."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)
        self._negative_number_matcher = _NUMBER
        self._is_intermixed = False

    def parse_known_args(  # type: ignore[override]  # one signature is enough
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Let optional arguments come after options: `best mnist --max accuracy`.

        Not where there is a `--`: the second look at what is left would not know of it any more.
        """
        has_end = "--" in (args or ())
        are_optional = any(map(_is_optional, self._get_positional_actions()))
        if self._is_intermixed or has_end or not are_optional:
            return super().parse_known_args(args, namespace)
        self._is_intermixed = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixed = False

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Offer what is called alike, where to list all there is would be too much."""
        known = list(action.choices or ())
        if len(known) > _MOST_LISTED and value not in known:
            raise argparse.ArgumentError(
                action, f"there is no {value!r}.{did_you_mean(value, known)}"
            )
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how to learn more; the usage of a command can be long."""
        self.exit(2, f"{self.prog}: error: {one_line(message)}\nTry `{self.prog} --help`.\n")


def _is_optional(action: argparse.Action) -> bool:
    return action.nargs in {argparse.OPTIONAL, argparse.ZERO_OR_MORE}


def add_command(
    commands: Commands,
    name: str,
    run: Command,
    *,
    summary: str,
    description: str = "",
    examples: str,
) -> Parser:
    """Add a command, and return what takes its arguments."""
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}\n\n{description}".strip(),
        epilog=f"examples:\n{examples.strip(chr(10))}",
    )
    command.set_defaults(run=run)
    add_json(command)
    return command


def add_json(command: argparse.ArgumentParser) -> None:
    """Let a command answer in JSON."""
    command.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="answer with one JSON document",
    )


def experiment_argument(command: argparse.ArgumentParser, **settings: Any) -> None:
    """Let a command take the name of an experiment, which the tab key completes."""
    settings = {"metavar": "EXPERIMENT", "help": "name of the experiment", **settings}
    action = command.add_argument("experiment", **settings)
    action.completer = complete_experiments  # type: ignore[attr-defined]  # argcomplete reads it


def positive(text: str) -> int:
    """Return the whole number above 0 that a text says.

    Raises:
        ArgumentTypeError: It says none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def complete_experiments(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Return the names that begin with a prefix; none if the server can't be asked."""
    try:
        found = pagination.items(hurried(parsed_args), "experiments/", {"prefix": prefix})
        return [each["name"] for each in islice(found, _MOST_COMPLETIONS)]
    except Exception:  # noqa: BLE001 - whatever it is, a line being typed is no place to say it
        return []


def hurried(parsed_args: argparse.Namespace) -> Connection:
    """Return a way to the server for somebody who presses the tab key.

    Raises:
        ConfigurationError: It is not known where that is.
    """
    config = getattr(parsed_args, "config", None)
    return SchedyDB(config, timeout=2.0, patience=_PATIENCE).connection
