"""`schedy-server token create | list | revoke`."""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from schedy_server.cli.sources import (
    COMMON,
    Commands,
    add_settings,
    root_of,
    settings_of,
    storage_of,
)
from schedy_server.http.account_shapes import ClientConfiguration, Token
from schedy_server.model.accounts import Credential, Scope
from schedy_server.model.errors import Invalid
from schedy_server.service import credentials
from schedy_server.service.accounts import OPERATOR, account_of
from schedy_server.service.credentials import NewToken, Wish
from schedy_server.setting_values import duration
from schedy_server.storage.ledger import Ledger

_STANDARD_OUTPUT = "-"


def add_commands(commands: Commands) -> None:
    """Add the commands to the command line."""
    top = commands.add_parser("token", help="make, list and revoke API tokens")
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = inner.add_parser(
        "create",
        help="make an API token",
        description="Make an API token and print it; it can't be shown again.",
    )
    command.add_argument("email", metavar="EMAIL", help="email address of the account")
    command.add_argument("--name", default="API token", help="what to recognise it by in lists")
    command.add_argument(
        "--scope",
        choices=[scope.value for scope in Scope],
        default=Scope.ADMIN.value,
        help="what it allows: read to look, worker also to add and change experiments and jobs, "
        "admin (default) also to delete experiments and to make tokens",
    )
    command.add_argument(
        "--expires-in", metavar="TIME", help="e.g. 90d; by default it never expires"
    )
    command.add_argument(
        "--client-config",
        metavar="PATH",
        help="write a configuration file for the client instead of printing the token; - prints it",
    )
    add_settings(command, *COMMON, "public_url", "host", "port")
    command.set_defaults(run=_create)

    command = inner.add_parser("list", help="list the API tokens of an account")
    command.add_argument("email", metavar="EMAIL", help="email address of the account")
    command.add_argument("--json", action="store_true", help="print JSON")
    add_settings(command, *COMMON)
    command.set_defaults(run=_list)

    command = inner.add_parser(
        "revoke",
        help="end an API token",
        description="End an API token and every session that was opened with it, at once.",
    )
    command.add_argument("id", metavar="ID", help="as `schedy-server token list` shows it")
    add_settings(command, *COMMON)
    command.set_defaults(run=_revoke)


def _create(given: argparse.Namespace) -> None:
    wish = Wish(given.name, Scope(given.scope), _life(given.expires_in))

    def create(ledger: Ledger) -> NewToken:
        account = account_of(ledger, given.email)
        return credentials.create_token(ledger, account, wish, now=_now(), actor=OPERATOR)

    with storage_of(given) as storage:
        new = storage.write_now(create)
    if given.client_config is None:
        print(new.text)  # noqa: T201
        _remark("Keep it safe: it can't be shown again.")
        return
    configuration = ClientConfiguration(root_of(settings_of(given)), new.credential.email, new.text)
    text = msgspec.json.format(msgspec.json.encode(configuration)).decode() + "\n"
    if given.client_config == _STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    path = Path(given.client_config).expanduser()
    _write_secret(path, text)
    _remark(f"Wrote {path} for {new.credential.email} at {configuration.root}")


def _list(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        found = storage.read_now(
            lambda ledger: ledger.accounts.tokens(account_of(ledger, given.email).key)
        )
    if given.json:
        listed = msgspec.json.encode([Token.of(credential) for credential in found])
        print(msgspec.json.format(listed).decode())  # noqa: T201
        return
    rows = [("ID", "TOKEN", "SCOPE", "CREATED", "LAST USED", "ENDS", "NAME"), *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())  # noqa: T201


def _revoke(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        credential = storage.write_now(
            lambda ledger: credentials.revoke(ledger, given.id, now=_now(), actor=OPERATOR)
        )
    print(f"Revoked {credential.hint} of {credential.email}.")  # noqa: T201


def _life(text: str | None) -> timedelta | None:
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise Invalid(f"--expires-in: {error}, not {text!r}") from error


def _row(credential: Credential) -> tuple[str, ...]:
    ends = _day(credential.expires) if credential.retired is None else "replaced"
    return (
        credential.id,
        credential.hint,
        credential.scope.value,
        _day(credential.created),
        _day(credential.last_used),
        ends,
        credential.name,
    )


def _day(instant: datetime | None) -> str:
    return "never" if instant is None else f"{instant:%Y-%m-%d}"


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _now() -> datetime:
    return datetime.now(UTC)


def _remark(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201
