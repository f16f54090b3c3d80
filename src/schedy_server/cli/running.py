"""`schedy-server serve`, `migrate` and `openapi`."""

import argparse
import json

from schedy_server.cli.sources import COMMON, Commands, add_settings, settings_of
from schedy_server.http.openapi import document
from schedy_server.http.routes import ENDPOINTS
from schedy_server.serve import serve
from schedy_server.settings import OPTIONS
from schedy_server.storage.opening import migrate_database


def add_commands(commands: Commands) -> None:
    """Add the commands to the command line."""
    command = commands.add_parser(
        "serve",
        help="run the server",
        description="Run the server until it gets SIGTERM or SIGINT (Ctrl+C).",
    )
    add_settings(command, *(option.name for option in OPTIONS))
    command.set_defaults(run=_serve)

    command = commands.add_parser(
        "migrate",
        help="bring the database to the current schema",
        description="Bring the database to the current schema; `serve` does so by itself.",
    )
    command.add_argument(
        "--force",
        action="store_true",
        help="even if servers are at work that can't go on with it; they notice, and stop",
    )
    add_settings(command, *COMMON)
    command.set_defaults(run=_migrate)

    command = commands.add_parser(
        "openapi",
        help="print the description of the HTTP API",
        description="Print the description of the HTTP API as an OpenAPI document (JSON).",
    )
    command.set_defaults(run=_openapi)


def _serve(given: argparse.Namespace) -> None:
    serve(settings_of(given))


def _migrate(given: argparse.Namespace) -> None:
    steps = migrate_database(settings_of(given).database, force=given.force)
    for step in steps:
        print(f"done: {step}")  # noqa: T201
    if not steps:
        print("The schema is current.")  # noqa: T201


def _openapi(given: argparse.Namespace) -> None:
    print(json.dumps(document(ENDPOINTS), indent=2, ensure_ascii=False))  # noqa: T201
