"""`schedy-server user add | list | remove | reset-password`."""

import argparse
import getpass
import json
import sys
from datetime import UTC, datetime

from schedy_server.cli.sources import (
    COMMON,
    Commands,
    add_settings,
    root_of,
    settings_of,
    storage_of,
)
from schedy_server.model.accounts import normalise_email
from schedy_server.model.errors import Invalid
from schedy_server.service.accounts import (
    OPERATOR,
    account_of,
    add_account,
    remove_account,
    require_no_account,
    set_password,
)
from schedy_server.service.passwords import SHORTEST, check_new, profile


def add_commands(commands: Commands) -> None:
    """Add the commands to the command line."""
    top = commands.add_parser("user", help="add, list and remove accounts")
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = inner.add_parser(
        "add",
        help="make an account",
        description=f"Make an account. Its password needs {SHORTEST} characters or more.",
    )
    _add_email(command)
    _add_password_stdin(command)
    add_settings(command, *COMMON, "public_url")
    command.set_defaults(run=_add)

    command = inner.add_parser("list", help="list all accounts")
    command.add_argument("--json", action="store_true", help="print JSON")
    add_settings(command, *COMMON)
    command.set_defaults(run=_list)

    command = inner.add_parser("remove", help="delete an account with all its experiments")
    _add_email(command)
    command.add_argument("--yes", action="store_true", help="don't ask")
    add_settings(command, *COMMON)
    command.set_defaults(run=_remove)

    command = inner.add_parser(
        "reset-password",
        help="give an account a new password",
        description="Give an account a new password and end the sessions that were opened with "
        "the old one. API tokens go on; see `schedy-server token revoke`.",
    )
    _add_email(command)
    _add_password_stdin(command)
    add_settings(command, *COMMON)
    command.set_defaults(run=_reset_password)


def _add_email(command: argparse.ArgumentParser) -> None:
    command.add_argument("email", metavar="EMAIL", help="email address of the account")


def _add_password_stdin(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of standard input instead of asking",
    )


def _add(given: argparse.Namespace) -> None:
    email = normalise_email(given.email)
    with storage_of(given, makes_one=True) as storage:
        storage.read_now(lambda ledger: require_no_account(ledger, email))
        password_hash = _hashed_password(given, email)
        storage.write_now(
            lambda ledger: add_account(
                ledger, email=email, password_hash=password_hash, now=_now(), actor=OPERATOR
            )
        )
    _say(f"{email} has an account now. To use it, sign in where you work:")
    _say(f"    schedy login --root {root_of(settings_of(given))} {email}")


def _list(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        accounts = storage.read_now(lambda ledger: ledger.accounts.all())
    if given.json:
        listed = [
            {"email": account.email, "created": account.created.isoformat()} for account in accounts
        ]
        _say(json.dumps(listed, indent=2))
        return
    width = max((len(account.email) for account in accounts), default=0)
    for account in accounts:
        _say(f"{account.email:{width}}  since {account.created:%Y-%m-%d}")


def _remove(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        account = storage.read_now(lambda ledger: account_of(ledger, given.email))
        experiments = storage.read_now(lambda ledger: ledger.accounts.experiments(account))
        loss = f"{account.email} with its {experiments} experiments and all their jobs"
        if not given.yes and not _agrees(f"Delete {loss}, for ever?"):
            raise Invalid("nothing was deleted")
        storage.write_now(
            lambda ledger: remove_account(ledger, account, now=_now(), actor=OPERATOR)
        )
    _say(f"Deleted {loss}.")


def _reset_password(given: argparse.Namespace) -> None:
    with storage_of(given) as storage:
        account = storage.read_now(lambda ledger: account_of(ledger, given.email))
        password_hash = _hashed_password(given, account.email)
        storage.write_now(
            lambda ledger: set_password(
                ledger, account, password_hash=password_hash, now=_now(), actor=OPERATOR
            )
        )
    _say(f"{account.email} has a new password; sessions opened with the old one have ended.")


def _hashed_password(given: argparse.Namespace, email: str) -> str:
    password = _first_line() if given.password_stdin else _asked_twice(email)
    check_new(password, email=email)
    return profile().hash(password.encode("utf-8", "surrogatepass"))


def _first_line() -> str:
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def _asked_twice(email: str) -> str:
    if not sys.stdin.isatty():
        raise Invalid("there is no terminal to ask for the password: use --password-stdin")
    password = getpass.getpass(f"New password of {email}: ")
    check_new(password, email=email)  # before it is typed again
    if getpass.getpass("Once more: ") != password:
        raise Invalid("the two passwords differ; nothing was changed")
    return password


def _agrees(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Invalid("there is no terminal to ask whether you are sure: use --yes")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def _now() -> datetime:
    return datetime.now(UTC)


def _say(line: str) -> None:
    print(line)  # noqa: T201
