"""optuna-dashboard with the same searches in it, as its users' browsers find it."""

import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from benchmarks.cycles.contenders import python_of_peers
from benchmarks.cycles.pool import ROOT
from benchmarks.dashboards.asking import timed
from benchmarks.dashboards.browser import Tab, tab
from benchmarks.dashboards.figures import Notes

_START = 60.0  # seconds
_RUN = "import sys; from optuna_dashboard._cli import main; sys.exit(main())"
_FILL_LIMIT = 120  # seconds
_LARGEST = 20_000  # with more jobs, it is asked first whether it answers at all
_NEW = (
    "INSERT INTO trials (number, study_id, state, datetime_start) "
    "SELECT max(number) + 1, study_id, 'RUNNING', ? FROM trials WHERE study_id = ?"
)


class PeerFailed(Exception):
    """optuna-dashboard can't be compared with; the message says why."""


@dataclass(frozen=True, slots=True)
class OptunaServer:
    """An optuna-dashboard that answers.

    Attributes:
        studies: The number of the study that has so many trials.
    """

    root: str
    file: Path
    studies: Mapping[int, int]
    process: "subprocess.Popen[bytes]"


@contextmanager
def optuna_server(folder: Path, sizes: Sequence[int]) -> Iterator[OptunaServer]:
    """Fill Optuna's SQLite storage and run its dashboard on it.

    Raises:
        PeerFailed: It is not installed, or does not start.
    """
    file = folder / "optuna.db"
    for jobs in sizes:
        _run(["-m", "benchmarks.dashboards.optuna_filling", str(file), str(jobs)])
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    command = [python_of_peers(), "-c", _RUN, f"sqlite:///{file}", "--port", str(port), "--quiet"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        try:
            root = f"http://127.0.0.1:{port}/"
            _wait_for(root, process)
            yield OptunaServer(root, file, {n: at for at, n in enumerate(sizes, 1)}, process)
        finally:
            process.kill()


class OptunaSide:
    """What people do in optuna-dashboard, timed.

    Args:
        limit: Seconds that a step may take.
    """

    def __init__(self, browser: Browser, server: OptunaServer, *, limit: float) -> None:
        self._browser, self._server, self._limit = browser, server, limit

    def measure(self, jobs: int, notes: Notes) -> None:
        """Go through all steps once; what came to no end before is not tried again."""
        study = self._server.studies[jobs]
        if jobs > _LARGEST and not self._answers(study, notes):
            return
        page = f"{self._server.root}dashboard/studies/{study}"
        if not notes.is_hopeless("rows"):
            with notes.attempt("rows"), tab(self._browser) as found:
                wanted = "main .MuiListItemButton-root"
                seen = found.open(f"{page}/trials", wanted, least=8, limit=self._limit)
                notes.note_page("rows", seen)
                with notes.attempt("change"):
                    self._change(found, study, jobs, notes)
        self._ask(study, notes)  # before its pages have the server keep the answers
        if not notes.is_hopeless("charts"):
            with notes.attempt("charts"), tab(self._browser) as found:
                seen = found.open(page, ".main-svg .points path", limit=self._limit)
                notes.note_page("charts", seen, is_drawn=True)
        notes.note("memory", psutil.Process(self._server.process.pid).memory_info().rss)

    def _answers(self, study: int, notes: Notes) -> bool:
        """Tell whether it can send what each of its pages starts with."""
        with notes.attempt("rows", "charts", "csv", "csv.first", "importance", "change"):
            address = f"{self._server.root}api/studies/{study}?after=0"
            timed(address, limit=self._limit / 2)
        return not notes.is_hopeless("rows")

    def _change(self, found: Tab, study: int, jobs: int, notes: Notes) -> None:
        with closing(sqlite3.connect(self._server.file)) as connection, connection:
            had = connection.execute(
                "SELECT count(*) FROM trials WHERE study_id = ?", (study,)
            ).fetchone()[0]
            found.expect("change", "main", f"{had + 1} Trials")
            before, began = found.bytes, found.now()
            connection.execute(_NEW, (str(datetime.now(UTC).replace(tzinfo=None)), study))
        notes.note("change", found.wait_for("change", self._limit) - began)
        notes.note("change.bytes", found.bytes - before)

    def _ask(self, study: int, notes: Notes) -> None:
        if not notes.is_hopeless("csv"):
            with notes.attempt("csv", "csv.first"):
                first, whole, _ = timed(f"{self._server.root}csv/{study}", limit=self._limit)
                notes.note("csv.first", first)
                notes.note("csv", whole)
        if not notes.is_hopeless("importance"):
            with notes.attempt("importance"):
                address = f"{self._server.root}api/studies/{study}/param_importances"
                notes.note("importance", timed(address, limit=self._limit)[1])


def _run(arguments: list[str]) -> None:
    command = [python_of_peers(), *arguments]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_FILL_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise PeerFailed(f"its storage can't be filled in {_FILL_LIMIT} s") from None
    if done.returncode:
        raise PeerFailed(done.stderr.strip().splitlines()[-1])


def _wait_for(root: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            timed(f"{root}api/meta")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise PeerFailed("optuna-dashboard does not start: make .venvs/bench/.installed")
