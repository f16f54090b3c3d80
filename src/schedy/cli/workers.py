"""The command for those who work: who there is, and which machine gets no more jobs."""

import argparse
from dataclasses import asdict
from datetime import datetime
from typing import Any

from schedy.cli.failures import OK
from schedy.cli.logs import instant, put_rows
from schedy.cli.options import Commands, Parser, add_command, add_json
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.session import open_database
from schedy.cli.text import clean
from schedy.workers import Worker

__all__ = ["add_commands"]


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    workers = add_command(
        commands,
        "workers",
        _list,
        summary="Show who works, and which machines get no more jobs.",
        description=(
            "A machine on which job after job crashes is quarantined: its workers get no more\n"
            "jobs until somebody lifts that."
        ),
        examples=(
            "  schedy workers\n  schedy workers lift node7\n"
            '  schedy workers quarantine node7 --reason "its GPU is broken"'
        ),
    )
    deeds: Any = workers.add_subparsers(title="commands", metavar="[COMMAND]", parser_class=Parser)
    lift = deeds.add_parser("lift", help="Give a machine jobs again.")
    quarantine = deeds.add_parser("quarantine", help="Give a machine no more jobs.")
    for deed, run in ((lift, _lift), (quarantine, _quarantine)):
        deed.set_defaults(run=run)
        deed.add_argument("worker", metavar="NAME", help="the machine, or a worker on it")
        add_json(deed)
    quarantine.add_argument("--reason", metavar="TEXT", help="why, for those who wonder")


def _list(args: argparse.Namespace) -> int:
    found = open_database(args).workers()
    if args.json:
        put_json([_as_json(each) for each in found])
    elif found:
        headers = ["worker", "running", "last seen", "crashes", "quarantined", "why"]
        put_rows(headers, [_row(each) for each in found])
    elif is_terminal():
        note("Nobody works. `schedy run EXPERIMENT -- COMMAND %h` does.")
    return OK


def _lift(args: argparse.Namespace) -> int:
    open_database(args).lift(args.worker)
    return _done(args, quarantined=False)


def _quarantine(args: argparse.Namespace) -> int:
    open_database(args).quarantine(args.worker, args.reason)
    return _done(args, quarantined=True)


def _done(args: argparse.Namespace, *, quarantined: bool) -> int:
    name = clean(args.worker)
    if args.json:
        put_json({"worker": args.worker, "quarantined": quarantined})
    elif not is_terminal():
        return OK
    elif quarantined:
        put(f"{name} gets no more jobs, until `schedy workers lift {name}`.")
    else:
        put(f"{name} gets jobs again.")
    return OK


def _row(each: Worker) -> list[Any]:
    since = instant(each.since) if each.quarantined else "no"
    return [
        each.worker,
        each.running,
        instant(each.seen),
        each.crashes_in_a_row,
        since,
        each.reason,
    ]


def _as_json(each: Worker) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(each).items()
    }
