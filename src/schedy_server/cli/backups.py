"""`schedy-server backup | restore`."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from schedy_server.cli.progress import shown_progress
from schedy_server.cli.sources import COMMON, Commands, add_settings, settings_of
from schedy_server.model.errors import Conflict
from schedy_server.sole_server import DatabaseTaken, only_server_on
from schedy_server.storage.backup import Contents, back_up, restore

_KIB = 1024


def add_commands(commands: Commands) -> None:
    """Add the commands to the command line."""
    command = commands.add_parser(
        "backup",
        help="copy the database into a file, while the server goes on",
        description="Copy the database, as it is at one instant, into a new file, and check the "
        "copy. Servers go on meanwhile. The file holds keys and digests of passwords: only its "
        "owner can read it. `schedy-server restore` takes it into a database of either kind.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="file to make; none may be there")
    add_settings(command, *COMMON)
    command.set_defaults(run=_backup)

    command = commands.add_parser(
        "restore",
        help="fill a database from a backup",
        description="Fill a database from a backup, or from the file of a server that has stopped. "
        "The database may be of the other kind, so this also moves from SQLite to PostgreSQL. "
        "No server may use the database meanwhile.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the backup")
    command.add_argument(
        "--keep-epoch",
        action="store_true",
        help="the backup is the latest state: workers go on with the jobs that they hold. Without "
        "this, what they send for those is kept aside, as it may be of a future that is lost",
    )
    command.add_argument(
        "--replace",
        action="store_true",
        help="even if the database holds something. An SQLite file is put aside; what is in "
        "PostgreSQL is gone",
    )
    add_settings(command, *COMMON)
    command.set_defaults(run=_restore)


def _backup(given: argparse.Namespace) -> None:
    url = settings_of(given).database
    with shown_progress() as progress:
        made = back_up(url, given.file, now=datetime.now(UTC), progress=progress)
    print(f"{given.file} is complete and checked: {_size(made.size)}.")  # noqa: T201
    print(f"It holds {_summary(made)}.")  # noqa: T201


def _restore(given: argparse.Namespace) -> None:
    url = settings_of(given).database
    try:
        with only_server_on(url), shown_progress() as progress:
            contents = restore(
                given.file,
                url,
                now=datetime.now(UTC),
                keep_epoch=given.keep_epoch,
                replace=given.replace,
                progress=progress,
            )
    except DatabaseTaken as error:
        raise Conflict(f"A server is at work on the database: stop it first. ({error})") from error
    as_of = f" as of {contents.made:%Y-%m-%d %H:%M:%S} UTC" if contents.made else ""
    print(f"Restored {_summary(contents)}{as_of}, and checked.")  # noqa: T201
    if given.keep_epoch:
        print("Workers can go on with the jobs that they hold.")  # noqa: T201
    else:
        print(  # noqa: T201
            "What workers send for jobs that they hold will be kept aside (new epoch). Tokens that "
            "were revoked since then are good again: see `schedy-server token list`."
        )


def _summary(contents: Contents) -> str:
    running = f" ({contents.running:,} running)" if contents.running else ""
    return (
        f"{_counted(contents, 'account')}, {_counted(contents, 'experiment')} and "
        f"{_counted(contents, 'job')}{running}"
    )


def _counted(contents: Contents, table: str) -> str:
    count = contents.rows[table]
    return f"{count:,} {table}{'' if count == 1 else 's'}"


def _size(size: int) -> str:
    return f"{size / _KIB:,.0f} KiB" if size < 100 * _KIB else f"{size / _KIB**2:,.1f} MiB"
