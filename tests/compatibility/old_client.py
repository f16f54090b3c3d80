"""The client that people run today: its last release, untouched, in an environment of its own.

    client = OldClient(interpreter, server.client, "experiment of this test")
    client.run("db.add_experiment(schedy.ManualSearch(name))")
    assert client.run("return db.get_experiment(name).status") == "RUNNING"

Scripts are its users' Python. What they return comes back as JSON, so numbers, booleans and text
keep their types.
"""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.architecture.tree import ROOT

BIN = ROOT / ".venvs/old-client/bin"
_PATIENCE = 60.0  # seconds; the client itself has no limit at all
_CLEAN = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


class ScriptFailed(Exception):
    """An exception left a script of the old client; the message is its traceback."""


class Interpreter:
    """A Python process with the old client in it."""

    def __init__(self) -> None:
        if not (BIN / "schedy").exists():
            raise FileNotFoundError(f"{BIN} is missing: run 'make setup'")
        self._process = _start()

    def send(self, script: str, config: Mapping[str, str], **names: object) -> None:
        """Have a script carried out, and do not wait for it."""
        assert self._process.stdin is not None
        order = {"script": script, "config": config, "names": names}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Any:
        """Return what the script returned that was sent first.

        Raises:
            ScriptFailed: It raised an exception, or did not end in time.
        """
        assert self._process.stdout is not None
        watchdog = threading.Timer(_PATIENCE, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            self.close()
            self._process = _start()  # for the next test
            raise ScriptFailed("the script ended its process, or hung and was killed")
        answer = json.loads(line)
        if "failure" in answer:
            raise ScriptFailed(answer["failure"])
        return answer["value"]

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BIN / "python", Path(__file__).with_name("interpreter.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_CLEAN,
    )


@dataclass(frozen=True, slots=True)
class OldClient:
    """Carries out scripts, as one user of one server.

    Attributes:
        name: An experiment that no other test touches; scripts find it as `name`.
    """

    interpreter: Interpreter
    config: Mapping[str, str]
    name: str

    def run(self, script: str, **names: object) -> Any:
        """Return what a script returns.

        Raises:
            ScriptFailed: It raised an exception.
        """
        self.interpreter.send(script, self.config, **{"name": self.name, **names})
        return self.interpreter.receive()


@dataclass(frozen=True, slots=True)
class Fleet:
    """Workers on many machines: one process each."""

    interpreters: Sequence[Interpreter]

    def run(self, script: str, client: OldClient) -> list[Any]:
        """Have every worker carry out a script at the same time, and return what each returned."""
        for number, interpreter in enumerate(self.interpreters):
            interpreter.send(script, client.config, name=client.name, worker=number)
        return [interpreter.receive() for interpreter in self.interpreters]


def command(
    *arguments: str, answer: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the old `schedy` command.

    Args:
        answer: What its user types.
        environment: Variables, e.g. HOME.
    """
    return subprocess.run(
        [BIN / "schedy", *arguments],
        input=answer,
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE,
        env={**_CLEAN, **environment},
    )
