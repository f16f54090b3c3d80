"""The command completion: what makes the tab key complete commands and experiments."""

import argparse

from schedy.cli.failures import OK
from schedy.cli.options import Commands, add_command
from schedy.cli.output import put, put_json

__all__ = ["add_commands"]

_SHELLS = ("bash", "zsh", "fish")

_EXAMPLES = """\
  bash:  echo 'eval "$(schedy completion bash)"' >> ~/.bashrc
  zsh:   echo 'eval "$(schedy completion zsh)"' >> ~/.zshrc
  fish:  schedy completion fish > ~/.config/fish/completions/schedy.fish
"""


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    completion = add_command(
        commands,
        "completion",
        _completion,
        summary="Print what makes the tab key complete commands and names of experiments.",
        examples=_EXAMPLES,
    )
    completion.add_argument("shell", choices=_SHELLS)


def _completion(args: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode  # noqa: PLC0415 - no other command needs it

    code = shellcode(["schedy"], shell=args.shell)
    if args.json:
        put_json({"shell": args.shell, "code": code})
    else:
        put(code)
    return OK
