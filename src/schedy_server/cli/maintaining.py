"""`schedy-server maintenance on | off | status`."""

import argparse
from datetime import UTC, datetime

from schedy_server.cli.sources import COMMON, Commands, add_settings, storage_of
from schedy_server.model.errors import Invalid
from schedy_server.service import maintenance
from schedy_server.storage.ledger import Ledger

_LONGEST = 500  # characters


def add_commands(commands: Commands) -> None:
    """Add the commands to the command line."""
    top = commands.add_parser(
        "maintenance",
        help="have no jobs handed out for a while",
        description="Have no jobs handed out for a while, by no server on the database: before an "
        "upgrade, say, or a move. Jobs that run go on, and their results are taken.",
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = inner.add_parser("on", help="hand out no jobs, from a few seconds on")
    command.add_argument(
        "--message", metavar="TEXT", default="", help="what workers that ask for a job are told"
    )
    add_settings(command, *COMMON)
    command.set_defaults(run=_on)

    command = inner.add_parser("off", help="hand out jobs again")
    add_settings(command, *COMMON)
    command.set_defaults(run=_off)

    command = inner.add_parser("status", help="tell whether it is on, and how many jobs run")
    add_settings(command, *COMMON)
    command.set_defaults(run=_status)


def _on(given: argparse.Namespace) -> None:
    message = given.message.strip()
    if len(message) > _LONGEST or not message.isprintable():
        raise Invalid(f"A message is one line, of {_LONGEST} characters at most.")
    with storage_of(given) as storage:
        storage.write_now(lambda ledger: maintenance.start(ledger, message, datetime.now(UTC)))
        running = storage.read_now(_running)
    print(  # noqa: T201
        f"From a few seconds on, no jobs are handed out. Now, {_jobs(running)}; "
        "see 'schedy-server maintenance status'."
    )


def _off(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        storage.write_now(maintenance.stop)
    print("From a few seconds on, jobs are handed out again.")  # noqa: T201


def _status(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        found = storage.read_now(maintenance.current)
        running = storage.read_now(_running)
    if found is None:
        print(f"Maintenance is off; {_jobs(running)}.")  # noqa: T201
        return
    message = f" ({found.message})" if found.message else ""
    print(  # noqa: T201
        f"Maintenance is on since {found.since:%Y-%m-%d %H:%M} UTC{message}; {_jobs(running)}."
    )


def _running(ledger: Ledger) -> int:
    return ledger.experiments.count_running()


def _jobs(count: int) -> str:
    return "1 job runs" if count == 1 else f"{count:,} jobs run"
