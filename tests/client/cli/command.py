"""The command line, run in this process or in one of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.running import RunningServer

COMMAND = (sys.executable, "-c", "import sys; from schedy.cli import main; sys.exit(main())")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Schedy = Callable[..., Outcome]


def environment(server: RunningServer, home: Path) -> Mapping[str, str]:
    """Return the environment of a user of the server whose files are all in one folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHEDY_")}
    # A server that saw this machine crash in other tests would give it no more jobs.
    own = {"HOME": str(home), "TERM": "xterm-256color", "SCHEDY_WORKER": f"{home.name}:1"}
    return {**kept, **server.environment, **own}


def start(
    server: RunningServer, home: Path, *arguments: str, **settings: Any
) -> subprocess.Popen[bytes]:
    """Run the command in a process of its own."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    return subprocess.Popen([*COMMAND, *arguments], env=environment(server, home), **settings)
