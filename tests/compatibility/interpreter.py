"""Run by the old client's Python: carries out scripts that tests send, and tells what came of them.

A line of JSON in, a line of JSON out. Every script finds `schedy`, a fresh `db` made of
`config`, the `name` of an experiment of its own, and whatever else the test gives it. Nothing of
the client is replaced.
"""

import json
import os
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import schedy

warnings.simplefilter("error", UserWarning)  # the client warns of pages that it did not expect


def outcome(call: Callable[..., object], *arguments: Any, **keywords: Any) -> str | None:
    """Return the name of the exception that a call ends with, or None."""
    try:
        call(*arguments, **keywords)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test judges it
        return type(error).__name__
    return None


def carry_out(order: dict[str, Any]) -> Any:
    """Return what a script returns."""
    names = {
        "schedy": schedy,
        "outcome": outcome,
        "config": order["config"],
        "db": schedy.SchedyDB(config_override=order["config"]),
        **order["names"],
    }
    body = textwrap.indent(textwrap.dedent(order["script"]).strip(), "    ")
    exec(f"def script():\n{body}\n", names)  # noqa: S102 - that is what it is for
    return names["script"]()


def main() -> None:
    """Carry out scripts until the input ends."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a script prints must not be taken for an answer
    for line in sys.stdin:
        try:
            answer = {"value": carry_out(json.loads(line))}
        except Exception:  # noqa: BLE001 - the test shows it
            answer = {"failure": traceback.format_exc()}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()


if __name__ == "__main__":
    main()
