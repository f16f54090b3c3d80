"""What a page costs, seen by the browser: bytes, requests, nodes, memory, and time."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Error, Page, Playwright

# Without them, it looks for updates and translations on other machines.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]
_VIEWPORT = {"width": 1280, "height": 900}
_QUIET_FOR = 1.0  # seconds without a long task, a picture or an answer: the page has settled
_EVERY = 0.1
_ENDLESS = ("/events/", "/analysis/", "param_importances", ".worker-")

# Runs in every page before its own scripts. `seen` notes when something first shows: a selector of
# which so many are there, at the end of the frame in which they are. `latest` is the last moment at
# which the page did something, `longest` its longest task.
_METER = """
(() => {
  const meter = { seen: {}, latest: 0, longest: 0, tasks: 0, redraws: [] };
  window.__meter = meter;
  // A page that is busy for minutes answers no questions: it tells by itself, when it can.
  meter.tell = () => {
    // A picture that a worker still draws.
    if (document.querySelector("canvas[data-drawing]")) meter.latest = performance.now();
    window.__tell({
      seen: meter.seen, latest: meter.latest, longest: meter.longest, now: performance.now(),
    });
  };
  setInterval(meter.tell, 100);
  meter.watch = (name, selector, least, text) => {
    const found = () => {
      const all = document.querySelectorAll(selector);
      if (text === null) return all.length >= least;
      for (const each of all) if (each.textContent.includes(text)) return true;
      return false;
    };
    const look = () => {
      if (!found()) return void requestAnimationFrame(look);
      setTimeout(() => { meter.seen[name] = performance.now(); meter.tell(); });
    };
    look();
  };
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) {
      meter.tasks += 1;
      meter.longest = Math.max(meter.longest, each.duration);
      meter.latest = Math.max(meter.latest, each.startTime + each.duration);
    }
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) {
      if (/[/](events|analysis)[/]/.test(each.name)) continue;
      meter.latest = Math.max(meter.latest, each.responseEnd);
    }
  }).observe({ type: "resource", buffered: true });
  let moved = null;
  addEventListener("pointermove", () => { moved ??= performance.now(); }, true);
  const paint = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...all) {
    paint.apply(this, all);
    // What waits for a model is measured by itself, as are the other analyses.
    if (this.canvas.closest("[data-chart=Surface]")) meter.seen.surface ??= performance.now();
    else meter.latest = performance.now();
    if (moved !== null) { meter.redraws.push(performance.now() - moved); moved = null; }
  };
})();
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page had cost when it had settled.

    Attributes:
        first: Milliseconds until what was waited for showed.
        settled: Milliseconds until the page stopped working.
        longest: The longest task of its main thread, in milliseconds.
        heap: Bytes of JavaScript's memory, after a collection.
    """

    first: float
    settled: float
    longest: float
    bytes: int
    requests: int
    nodes: int
    heap: int


class NeverShown(Exception):
    """A page did not show what it should in time."""


class Tab:
    """A page whose traffic is counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._tap: CDPSession = page.context.new_cdp_session(page)
        self._tap.on("Network.requestWillBeSent", self._on_request)
        self._tap.on("Network.dataReceived", self._on_data)
        self._tap.on("Network.responseReceived", self._on_response)
        for end in ("Network.loadingFinished", "Network.loadingFailed"):
            self._tap.on(end, lambda event: self._open.discard(event["requestId"]))
        self._tap.send("Network.enable")
        self._tap.send("HeapProfiler.enable")
        page.expose_function("__tell", self._hear)
        page.add_init_script(_METER)
        self._told: dict[str, Any] = {}
        self._open: set[str] = set()
        self.bytes = self.requests = 0

    def _hear(self, told: dict[str, Any]) -> None:
        self._told = told

    def _on_request(self, event: dict[str, Any]) -> None:
        address = event["request"]["url"]
        self.requests += address.startswith("http")
        # News never end, analyses are measured by themselves, and where the scripts of workers are
        # concerned, the page hears of their beginning only.
        if not any(part in address for part in _ENDLESS):
            self._open.add(event["requestId"])

    def _on_response(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["response"]["encodedDataLength"])

    def _on_data(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def open(self, address: str, wanted: str, *, least: int = 1, limit: float = 60) -> Seen:
        """Load a page, once in each tab, and wait until it shows something and has settled.

        Args:
            wanted: A selector.
            least: How many of it there have to be.
            limit: In seconds.

        Raises:
            NeverShown: It took longer.
        """
        watched = json.dumps(["first", wanted, least, None])
        self.page.add_init_script(f"window.__meter.watch(...{watched})")
        began = time.monotonic()
        try:
            self.page.goto(address, wait_until="commit", timeout=limit * 1000)
        except Error as error:
            raise NeverShown(str(error).splitlines()[0]) from None
        first = self.wait_for("first", limit - (time.monotonic() - began))
        settled = self._settle(limit - (time.monotonic() - began))
        self._tap.send("HeapProfiler.collectGarbage")
        heap = self._tap.send("Runtime.getHeapUsage")["usedSize"]
        nodes = self._ask("document.querySelectorAll('*').length")
        longest = self._told["longest"]
        return Seen(
            first, max(first, settled), longest, self.bytes, self.requests, nodes, int(heap)
        )

    def until(self, deed: str, wanted: str, *, limit: float = 30) -> float:
        """Do something in the page; return the milliseconds until a condition holds.

        Args:
            deed: A statement in JavaScript, done right after the clock was started.
            wanted: A condition in JavaScript; looked at once per frame.
        """
        script = f"""() => new Promise((resolve) => {{
            const began = performance.now();
            {deed};
            const look = () => {{
              if ({wanted}) setTimeout(() => resolve(performance.now() - began));
              else if (performance.now() - began > {limit * 1000}) resolve(null);
              else requestAnimationFrame(look);
            }};
            requestAnimationFrame(look);
        }})"""
        took: float | None = self.page.evaluate(script)
        if took is None:
            raise NeverShown(f"not within {limit} s")
        return took

    def expect(self, name: str, selector: str, text: str | None = None) -> None:
        """Start to watch for an element, or for a text in one; `wait_for` says when it showed."""
        self.page.evaluate("(given) => window.__meter.watch(...given)", [name, selector, 1, text])

    def wait_for(self, name: str, limit: float) -> float:
        """Return when, in milliseconds of the page's clock, something showed.

        Raises:
            NeverShown: It did not in time.
        """
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            seen: float | None = self._told.get("seen", {}).get(name)
            if seen is not None:
                return seen
            self.page.wait_for_timeout(_EVERY * 1000)
        raise NeverShown(f"not within {limit:.0f} s")

    def now(self) -> float:
        """Return the milliseconds of the page's clock."""
        now: float = self._ask("performance.now()")
        return now

    def redraws(self) -> list[float]:
        """Return how many milliseconds pictures came after movements of the mouse, and forget."""
        taken: list[float] = self._ask("window.__meter.redraws.splice(0)")
        return taken

    def _settle(self, limit: float) -> float:
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            latest, now = self._told["latest"], self._told["now"]
            if now - latest > _QUIET_FOR * 1000 and not self._open:
                return float(latest)
            self.page.wait_for_timeout(_EVERY * 1000)
        raise NeverShown("it never stopped working")

    def _ask(self, expression: str) -> Any:
        return self.page.evaluate(expression)


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run the machine's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise FileNotFoundError("Chromium is not installed: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def tab(browser: Browser, session: Any = None) -> Iterator[Tab]:
    """Open a page with an empty cache.

    Args:
        session: Cookies, as another page had them.
    """
    context = browser.new_context(viewport=_VIEWPORT, storage_state=session)  # type: ignore[arg-type]
    try:
        yield Tab(context.new_page())
    finally:
        context.close()
