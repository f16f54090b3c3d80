"""Commands that store credentials: login, and gen-token as of 2018."""

import argparse
import contextlib
import getpass
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schedy.cli.failures import OK, CommandFailed
from schedy.cli.options import Commands, add_command
from schedy.cli.output import note, put, put_json
from schedy.cli.session import patience_of
from schedy.cli.text import clean
from schedy.connection import Connection
from schedy.credentials import (
    PASSWORD,
    Configuration,
    ConfigurationError,
    default_path,
    load_configuration,
    wanted_patience,
    write_configuration,
)
from schedy.errors import AuthenticationError

__all__ = ["add_commands"]

_USUAL_ROOT = "http://127.0.0.1:8080/"
_LONGEST_NAME = 100  # characters


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    login = add_command(
        commands,
        "login",
        _login,
        summary="Connect this machine to a server.",
        description=(
            "Asks for your password, makes an API token for this machine, and stores it in\n"
            "~/.schedy/client.json (or --config FILE), readable only by you. The password is\n"
            "not stored."
        ),
        examples=(
            "  schedy login --root https://schedy.example.org/ ana@example.org\n"
            "  schedy login ana@example.org --password-stdin < password.txt"
        ),
    )
    login.add_argument("--root", metavar="URL", help="the server; by default, the one in use")
    login.add_argument("email", metavar="EMAIL", nargs="?", help="your account (asked for)")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    login.add_argument("--name", help="name of the token (this machine's name)")
    login.add_argument(
        "--scope",
        choices=["read", "worker", "admin"],
        default="admin",
        help="what this machine may do: look, also add and change experiments and jobs, or "
        "everything (default)",
    )
    token = add_command(
        commands,
        "gen-token",
        _gen_token,
        summary="Replace the account's default API token, and store the new one here.",
        description="The token before stops working: `schedy login` is kinder to other machines.",
        examples="  schedy gen-token --root https://schedy.example.org/ --email ana@example.org",
    )
    token.add_argument("--root", metavar="URL", help="the server; by default, the one in use")
    token.add_argument("--email", help="your account (asked for)")
    token.add_argument("--password", help="your password (asked for; others may see it here)")


def _login(args: argparse.Namespace) -> int:
    connection = _with_password(args, args.email, None)
    name = (args.name or socket.gethostname())[:_LONGEST_NAME]
    answer = _answer(connection, "tokens/", {"name": name, "scope": args.scope})
    configuration = connection.configuration
    return _store(args, {"root": configuration.root, "email": configuration.email, **answer})


def _gen_token(args: argparse.Namespace) -> int:
    connection = _with_password(args, args.email, args.password)
    return _store(args, _answer(connection, "resettoken/", None))


def _answer(connection: Connection, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the answer to a request that is sent with the password."""
    configuration = connection.configuration
    try:
        answer = connection.request("POST", path, body, repeatable=False).json()
    except AuthenticationError as error:
        raise CommandFailed(
            f"{configuration.root} does not accept {configuration.email} with this password: "
            f"{error.body.splitlines()[0] if error.body else 'it gives no reason'}"
        ) from error
    return answer if isinstance(answer, dict) else {}


def _with_password(args: argparse.Namespace, email: str | None, password: str | None) -> Connection:
    """Return a conversation with the server that begins with the password."""
    root = args.root or _current_root(args) or _asked("Server", _USUAL_ROOT)
    email = email or _asked("Email", "")
    configuration = Configuration(root, email, password or _password(args, email), PASSWORD)
    patience, _ = wanted_patience(patience_of(args))
    return Connection(configuration, patience=patience)


def _store(args: argparse.Namespace, values: Mapping[str, Any]) -> int:
    try:
        configuration = Configuration(values["root"], values["email"], values["token"])
    except KeyError:
        raise CommandFailed("The server's answer holds no token: is it a Schedy server?") from None
    path = write_configuration(configuration, Path(args.config) if args.config else default_path())
    root, email = clean(configuration.root), clean(configuration.email)
    if args.json:
        put_json({"root": configuration.root, "email": configuration.email, "config": str(path)})
    else:
        put(f"Logged in to {root} as {email}; the token is in {clean(str(path))}.")
        option = f" --config {clean(args.config)}" if args.config else ""
        put(f"Next: `schedy{option} list` shows the experiments, `schedy{option} add` makes one.")
    if hidden := [name for name in ("ROOT", "EMAIL", "TOKEN") if os.environ.get(f"SCHEDY_{name}")]:
        names = " and ".join(f"SCHEDY_{name}" for name in hidden)
        note(f"{names} in the environment will be used instead of what the file says.")
    return OK


def _current_root(args: argparse.Namespace) -> str | None:
    """Return the server that the configuration names so far."""
    if root := os.environ.get("SCHEDY_ROOT"):
        return root
    with contextlib.suppress(ConfigurationError):
        return load_configuration(args.config, environ={}).root
    return None


def _asked(what: str, default: str) -> str:
    if not sys.stdin.isatty():
        if default:
            return default
        raise CommandFailed(f"{what} is missing, and nobody is there to be asked.")
    sys.stderr.write(f"{what}{f' [{default}]' if default else ''}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _password(args: argparse.Namespace, email: str) -> str:
    if getattr(args, "password_stdin", False) or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass(f"Password of {clean(email)}: ")
    if not password:
        raise CommandFailed("No password was given.")
    return password
