"""Schedy with searches of several sizes in it, as a user's browser finds it."""

import json
import secrets
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Browser

from benchmarks.dashboards.asking import timed
from benchmarks.dashboards.browser import NeverShown, Tab, tab
from benchmarks.dashboards.figures import Notes, percentile
from benchmarks.dashboards.history import past_jobs
from benchmarks.dashboards.schedy_filling import fill
from schedy_server.model.accounts import Caller, Scope
from schedy_server.settings import Settings
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from tests.running import EMAIL, PASSWORD, RunningServer, api_token, running_server

_MOVES = 16  # of the mouse along an axis
_BUSY = "table.jobs[aria-busy=true]"
_FIRST = "document.querySelector('table.jobs tbody th')?.textContent"
_BOX = "document.querySelector('input[type=search]')"
# Written past React, as somebody would who types very fast.
_TYPE = (
    "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set"
    f".call({_BOX}, 'dropout<0.2 optimizer=adamw'); "
    f"{_BOX}.dispatchEvent(new Event('input', {{ bubbles: true }})); "
    f"setTimeout(() => {_BOX}.dispatchEvent("
    "new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })), 20)"
)
_OF_TABLE = {
    "next": "[...document.querySelectorAll('button')].find((each) => "
    "/^Next/.test(each.textContent) || /^next/i.test(each.ariaLabel ?? '')).click()",
    "sort": "[...document.querySelectorAll('table.jobs .sorter')].find((each) => "
    "each.textContent.trim() === 'lr').click()",
    "filter": _TYPE,
}
_PAGES = [
    "sort=-number", "sort=best", "sort=-modified&page=7", "sort=number&page=12",
    "sort=hyperparameters.lr", "sort=-hyperparameters.dropout&page=3",
    "sort=best&f=status:done", "f=lr%3C1e-3+optimizer=adam&sort=best",
    "sort=hyperparameters.optimizer,-quality", "f=worker~gpu-03&sort=-seconds",
]  # fmt: skip


def name_of(jobs: int) -> str:
    """Return what the experiment with so many jobs is called."""
    return f"classifier-{jobs}"


@contextmanager
def server_with(sizes: Mapping[str, int]) -> Iterator[RunningServer]:
    """Run a server with an experiment of each name that has so many jobs."""
    with tempfile.TemporaryDirectory(prefix="schedy-bench-") as folder:
        data = Path(folder, "data")
        settings = Settings.load({"data": str(data)}, {})
        api_token(settings)  # makes the account
        with open_storage(settings.database) as storage:
            for name, jobs in sizes.items():
                storage.write_now(_filling(name, jobs))
        with running_server(data=data, log_level="warning") as server:
            yield server


def _filling(name: str, jobs: int) -> Callable[[Ledger], None]:
    def work(ledger: Ledger) -> None:
        account = ledger.accounts.find(EMAIL)
        assert account is not None, "there is no account"  # noqa: S101 - made just before
        caller = Caller(account.key, EMAIL, Scope.ADMIN, "bench", "benchmark", None)
        fill(ledger, caller, name, past_jobs(jobs))

    return work


class SchedySide:
    """What people do in Schedy's dashboard, timed.

    Args:
        limit: Seconds that a step may take.
    """

    def __init__(self, browser: Browser, server: RunningServer, *, limit: float) -> None:
        self._browser, self._server, self._limit = browser, server, limit
        self._bearer = {"Authorization": f"Bearer {server.token}"}
        with tab(browser) as found:
            page = found.page
            page.goto(server.root)
            page.get_by_label("Email address").fill(EMAIL)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="Experiments").wait_for()
            self._session: Any = page.context.storage_state()

    def measure(self, jobs: int, notes: Notes) -> None:
        """Go through all steps once."""
        name = name_of(jobs)
        self._ask(name, notes)
        with notes.attempt("rows"), tab(self._browser, self._session) as found:
            self._look_at_jobs(found, f"{self._server.root}e/{name}/jobs", notes)
        with notes.attempt("charts", "brush"), tab(self._browser, self._session) as found:
            self._look_at_charts(found, f"{self._server.root}e/{name}/charts", notes)
        with notes.attempt("change"), tab(self._browser, self._session) as found:
            self._change(found, name, notes)
        notes.note("memory", psutil.Process(self._server.process.pid).memory_info().rss)

    def _look_at_jobs(self, found: Tab, address: str, notes: Notes) -> None:
        rows = found.open(address, "table.jobs tbody tr", least=50, limit=self._limit)
        notes.note_page("rows", rows)
        for name, deed in _OF_TABLE.items():
            remembered = f"window.__before = {_FIRST}; {deed}"
            wanted = f"{_FIRST} !== window.__before && !document.querySelector('{_BUSY}')"
            with notes.attempt(name):
                notes.note(name, found.until(remembered, wanted, limit=self._limit))

    def _look_at_charts(self, found: Tab, address: str, notes: Notes) -> None:
        seen = found.open(address, "figure svg.drawing", least=2, limit=self._limit)
        notes.note_page("charts", seen, is_drawn=True)
        with notes.attempt("surface"):
            notes.note("surface", found.wait_for("surface", self._limit))
        grip = found.page.locator(".grip").first
        grip.scroll_into_view_if_needed()
        box = grip.bounding_box()
        if box is None:
            raise NeverShown("there is no axis to mark")
        mouse, x = found.page.mouse, box["x"] + box["width"] / 2
        mouse.move(x, box["y"] + 5)
        mouse.down()
        found.redraws()
        for step in range(1, _MOVES + 1):
            mouse.move(x, box["y"] + 5 + step * (box["height"] - 10) / _MOVES)
            found.page.wait_for_timeout(120)
        mouse.up()
        redraws = found.redraws()
        if not redraws:
            raise NeverShown("nothing was redrawn")
        notes.note("brush", median(redraws))
        notes.note("brush.p95", percentile(redraws, 0.95))

    def _change(self, found: Tab, name: str, notes: Notes) -> None:
        address = f"{self._server.root}e/{name}/jobs?sort=-number"
        found.open(address, "table.jobs tbody tr", least=50, limit=self._limit)
        found.page.locator(".live.live", has_text="Live").wait_for()
        label = f"new-{secrets.token_hex(4)}"
        # Where rows would move under the mouse, the page says that there is something new.
        found.expect(label, f'tr[data-job="{label}"], .held .pill')
        before, began = found.bytes, found.now()
        self._put(f"{self._server.root}experiments/{name}/jobs/{label}/")
        notes.note("change", found.wait_for(label, 30) - began)
        notes.note("change.bytes", found.bytes - before)

    def _put(self, address: str) -> None:
        body = json.dumps({"status": "QUEUED", "hyperparameters": {"lr": 0.5}}).encode()
        headers = {**self._bearer, "Content-Type": "application/json"}
        request = urllib.request.Request(address, body, headers, method="PUT")  # noqa: S310
        with urllib.request.urlopen(request, timeout=self._limit):  # noqa: S310  on loopback
            pass

    def _ask(self, name: str, notes: Notes) -> None:
        at = f"{self._server.root}experiments/{name}/"
        with notes.attempt("csv", "csv.first"):
            first, whole, _ = timed(f"{at}export/?format=csv", self._bearer, limit=self._limit)
            notes.note("csv.first", first)
            notes.note("csv", whole)
        with notes.attempt("importance"):
            address = f"{at}analysis/importance/?target=quality"
            notes.note("importance", timed(address, self._bearer, limit=self._limit)[1])
        with notes.attempt("api"):
            taken = [timed(f"{at}table/?{each}", self._bearer)[1] for each in _PAGES for _ in "123"]
            notes.note("api", percentile(taken, 0.95))
