"""A browser that signs in, goes where it is sent, and takes a picture when the page has settled."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, Playwright, expect

from scripts.screenshots.house import ADA, BOB, NOW, PASSWORD, House
from scripts.screenshots.scenes import Scene

# Without them, it looks for updates and translations on other machines.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}
_PATIENCE = 20_000  # milliseconds
_BUSY = ".skeleton, [aria-busy=true]"


class Camera:
    """Takes pictures into a folder: PAGE[-STATE]-LOOK.png.

    Args:
        lab: The server with searches.
        bare: One on which nobody has an account.
    """

    def __init__(
        self, playwright: Playwright, program: str, lab: House, bare: House, out: Path
    ) -> None:
        self._browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        self._lab, self._bare, self._out = lab, bare, out
        self._cookies: dict[str, Any] = {}

    def close(self) -> None:
        """End the browser."""
        self._browser.close()

    def take(self, scenes: Sequence[Scene], looks: Sequence[str]) -> list[str]:
        """Take all pictures, and return what went wrong, each in a sentence."""
        self._out.mkdir(parents=True, exist_ok=True)
        failures = []
        for scene in scenes:
            for look in looks:
                name = "-".join(part for part in (scene.page, scene.state, look) if part)
                try:
                    with self._page(scene, look) as page:
                        trouble = self._shoot(page, scene, self._out / f"{name}.png")
                except (Error, AssertionError) as error:
                    trouble = str(error).splitlines()[0]
                if trouble:
                    failures.append(f"{name}: {trouble}")
                print(name, flush=True)
        return failures

    @contextmanager
    def _page(self, scene: Scene, look: str) -> Iterator[Page]:
        state = self._session(scene.viewer) if scene.is_signed_in else None
        context = self._browser.new_context(
            **LOOKS[look], reduced_motion="reduce", storage_state=state, locale="en-GB"
        )
        context.set_default_timeout(_PATIENCE)
        try:
            page = context.new_page()
            page.clock.set_fixed_time(NOW)
            yield page
        finally:
            context.close()

    def _session(self, viewer: str) -> Any:
        if viewer not in self._cookies:
            context = self._browser.new_context()
            page = context.new_page()
            page.goto(f"{self._lab.root}login")
            page.get_by_label("Email address").fill({"ada": ADA, "bob": BOB}[viewer])
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="Experiments").wait_for()
            self._cookies[viewer] = context.storage_state()
            context.close()
        return self._cookies[viewer]

    def _shoot(self, page: Page, scene: Scene, path: Path) -> str | None:
        """Take one picture; return what is wrong with the page, if that can be told."""
        is_bare = scene.viewer == "nobody"
        page.goto((self._bare.setup if is_bare else self._lab.root) + scene.path)
        _settle(page)
        if scene.deed is not None:
            scene.deed(page)
            _settle(page)
        if scene.is_whole:
            _scroll_through(page)
        page.screenshot(path=path, full_page=scene.is_whole, animations="disabled", caret="hide")
        wide, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        return f"{wide} px wide where {seen} are seen" if wide > seen else None


def _settle(page: Page) -> None:
    page.locator("h1").first.wait_for()
    expect(page.locator(_BUSY)).to_have_count(0, timeout=_PATIENCE)
    page.wait_for_timeout(350)  # charts are painted after their data has come
    expect(page.locator(_BUSY)).to_have_count(0, timeout=_PATIENCE)


def _scroll_through(page: Page) -> None:
    """Come past everything once: what is far down is drawn when it is first seen."""
    height = page.evaluate("document.documentElement.scrollHeight")
    step = page.viewport_size["height"] if page.viewport_size else height
    if height <= step:
        return
    for top in [*range(step, height, step), 0]:
        page.evaluate("(top) => window.scrollTo(0, top)", top)
        _settle(page)
