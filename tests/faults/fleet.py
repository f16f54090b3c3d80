"""Workers in processes of their own, and what they wrote down."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.compatibility.old_client import BIN
from tests.faults.history import Call, read
from tests.waiting import wait_until

_WORKER = Path(__file__).with_name("worker.py")


@dataclass
class Fleet:
    """The workers of one run.

    Attributes:
        folder: For their histories, and the files by which they are told something.
        config: What their clients need to find the server.
    """

    folder: Path
    config: Mapping[str, str]
    experiment: str
    seed: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "home").mkdir(parents=True, exist_ok=True)

    def hire(
        self,
        name: str,
        *,
        old: bool = False,
        wrapper: Sequence[str | Path] = (),
        environment: Mapping[str, str] | None = None,
        **orders: Any,
    ) -> None:
        """Start a worker.

        Args:
            old: With the client of 2018.
            wrapper: A command that runs the worker's.
            orders: What it does: `train` (seconds from, to), `reports`, `crash` (share), `add`
                (add so many jobs instead), `beat` (seconds between signs of life), `config`,
                `client` (options of SchedyDB).
        """
        whole = {
            "process": name,
            "old": old,
            "folder": str(self.folder),
            "config": dict(self.config),
            "experiment": self.experiment,
            "seed": f"{self.seed} {name}",
            "train": (0.01, 0.1),
            "reports": 1,
            "crash": 0.1,
            "add": 0,
            **orders,
        }
        # Results that could not be sent wait at home, as they do at a user's.
        home = str(self.folder / "home")
        clean = {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"}
        if not old and "PYTHONPATH" in os.environ:
            clean["PYTHONPATH"] = os.environ["PYTHONPATH"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [
                    *wrapper,
                    *(BIN / "python" if old else sys.executable, _WORKER, json.dumps(whole)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**clean, **(environment or {})},
                start_new_session=True,
            )

    def tell(self, what: str) -> None:
        """Tell everybody: `drain`, end when there is nothing to do; `stop`, take no more jobs."""
        (self.folder / what).touch()

    def wait(self, *, seconds: float, names: Any = None) -> list[str]:
        """Wait for workers to end; kill those that do not in time, and return their names."""
        waited_for = list(self.processes if names is None else names)

        def all_ended() -> bool:
            return all(self.processes[name].poll() is not None for name in waited_for)

        try:
            wait_until(all_ended, seconds=seconds)
        except TimeoutError:
            late = [name for name in waited_for if self.processes[name].poll() is None]
            self.send(signal.SIGKILL, late)
            return late
        return []

    def send(self, number: signal.Signals, names: Any = None) -> None:
        """Send a signal to workers."""
        for name in list(self.processes if names is None else names):
            if self.processes[name].poll() is None:
                self.processes[name].send_signal(number)

    @property
    def alive(self) -> list[str]:
        """The names of those that still run."""
        return [name for name, process in self.processes.items() if process.poll() is None]

    def history(self) -> list[Call]:
        """Return what all of them saw."""
        return read(sorted(self.folder.glob("*.jsonl")))

    def failures(self) -> str:
        """Return what those said that broke."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))[-3000:]


@contextmanager
def fleet(
    folder: Path, config: Mapping[str, str], experiment: str, *, seed: int
) -> Iterator[Fleet]:
    """Have workers for as long as a block lasts."""
    workers = Fleet(folder, config, experiment, seed)
    try:
        yield workers
    finally:
        workers.send(signal.SIGKILL)
        for process in workers.processes.values():
            process.wait()
