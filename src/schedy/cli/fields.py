"""Arguments that name a hyperparameter or a result, which the tab key completes."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from schedy import pagination
from schedy.cli.options import hurried
from schedy.cli.text import clean
from schedy.connection import segment

__all__ = ["FIXED", "HYPERPARAMETERS", "RESULTS", "complete_fields", "field_argument"]

HYPERPARAMETERS, RESULTS = "hyperparameters", "results"
FIXED = ("quality", "seconds")  # which every job may have

_LOOKED_AT = 20  # jobs


def field_argument(
    command: argparse.ArgumentParser, name: str, *rooms: str, also: Sequence[str] = (), **how: Any
) -> None:
    """Let a command take the name of a field.

    Args:
        rooms: Where it may be: among hyperparameters, results, or both.
        also: Other names that are right.
        how: What `add_argument` takes.
    """
    action = command.add_argument(name, **how)

    def complete(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
        return complete_fields(prefix, parsed_args, rooms, also)

    action.completer = complete  # type: ignore[attr-defined]  # argcomplete reads it


def complete_fields(
    prefix: str, parsed_args: argparse.Namespace, rooms: Sequence[str], also: Sequence[str]
) -> list[str]:
    """Return the names that begin with a prefix, of what the latest jobs have.

    None if the server can't be asked, and none that a terminal would obey.
    """
    try:
        names = dict.fromkeys([*also, *_names(parsed_args, rooms)])
    except Exception:  # noqa: BLE001 - whatever it is, a line being typed is no place to say it
        return []
    return [name for name in names if name.startswith(prefix) and name == clean(name)]


def _names(parsed_args: argparse.Namespace, rooms: Sequence[str]) -> Iterator[str]:
    path = f"experiments/{segment(parsed_args.experiment)}/jobs/"
    query: dict[str, str | int] = {"sort": "-finished", "limit": _LOOKED_AT}
    jobs = pagination.items(hurried(parsed_args), path, query)
    return (name for job in islice(jobs, _LOOKED_AT) for room in rooms for name in job[room])
