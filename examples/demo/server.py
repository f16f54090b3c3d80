"""Starts a Schedy server and makes an account, as one would by hand."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EMAIL = "demo@example.org"
_COMMAND = str(Path(sys.executable).with_name("schedy-server"))


@dataclass(frozen=True)
class Server:
    """A server that answers, and the account to use it with."""

    root: str
    email: str
    password: str
    token: str
    process: subprocess.Popen

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for clients: it tells them where the server is."""
        return {
            **os.environ,
            "SCHEDY_ROOT": self.root,
            "SCHEDY_EMAIL": self.email,
            "SCHEDY_TOKEN": self.token,
            # A handful of workers share this machine: one thread each.
            "OMP_NUM_THREADS": "1",
        }


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run a server on a free port of this machine, with its database in a folder."""
    password = secrets.token_urlsafe(12)
    _admin(folder, "user", "add", EMAIL, "--password-stdin", given=password)
    token = _admin(folder, "token", "create", EMAIL, "--name", "demo", "--scope", "admin")
    log = (folder / "server.log").open("w")
    process = subprocess.Popen(
        [_COMMAND, "serve", "--port", "0", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield Server(_root(process, folder), EMAIL, password, token, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _admin(folder: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [_COMMAND, *arguments, "--data", str(folder)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


def _root(process: subprocess.Popen, folder: Path) -> str:
    for line in process.stdout or ():
        if found := re.search(r"Schedy listens on (\S+)", line):
            return found[1]
    sys.exit(f"The server did not start:\n{(folder / 'server.log').read_text()}")
