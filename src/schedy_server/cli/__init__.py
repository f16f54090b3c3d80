"""The command `schedy-server`: runs the server, and looks after its accounts and tokens."""

import argparse
import os
import sys
from collections.abc import Sequence

from schedy_server.cli import backups, maintaining, running, tokens, users, verifying
from schedy_server.model.errors import Invalid, ServiceError
from schedy_server.serve import CannotServe
from schedy_server.storage.migrate import MigrationUnsafe, SchemaTooNew
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed

_WRONG_USE = 2  # as argparse has it
_INTERRUPTED = 130

_EXAMPLES = """\
examples:
  schedy-server serve
  schedy-server user add ana@lab.org
  schedy-server serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  schedy-server token create ana@lab.org --name cluster --client-config ~/.schedy/client.json

Every setting is an option, an environment variable (SCHEDY_SERVER_PORT for --port) and a line of
a TOML file (port = 8080) that --config names; `schedy-server serve --help` lists them.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = parser().parse_args(arguments)
    try:
        code: int | None = given.run(given)
    except CannotServe as error:
        return _fail(error, error.code)
    except Invalid as error:
        return _fail(error, _WRONG_USE)
    except (ServiceError, OSError) as error:
        return _fail(error, 1)
    except (DatabaseBusy, DatabaseFailed, SchemaTooNew, MigrationUnsafe) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code or 0


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(
        prog="schedy-server",
        description="Run a Schedy server, and look after its accounts and tokens.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    running.add_commands(commands)
    users.add_commands(commands)
    tokens.add_commands(commands)
    backups.add_commands(commands)
    verifying.add_commands(commands)
    maintaining.add_commands(commands)
    return top


def _fail(error: Exception, code: int) -> int:
    message = " ".join(str(error).split())
    try:
        print(f"schedy-server: {message}", file=sys.stderr)  # noqa: T201
    except BrokenPipeError:  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return code
