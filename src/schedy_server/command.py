"""The command `schedy-server`, as far as it goes without what the server needs.

`pip install schedy` brings the client alone, but the command is there all the same.
"""

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command and return its exit code."""
    try:
        from schedy_server import cli  # noqa: PLC0415 - it may be missing what it needs
    except ModuleNotFoundError as error:
        print(  # noqa: T201
            f"schedy-server: this needs the server's packages ({error.name} is missing): "
            "pip install 'schedy[server]'",
            file=sys.stderr,
        )
        return 1
    return cli.main()
