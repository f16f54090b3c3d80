"""Which pictures there are: pages, the states that they may be in, and where that is."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Page, Route

from scripts.screenshots.searches import FEW, MANY, NEW, POPULATION, QUEUE, SEARCH

Deed = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """A page in some state.

    Attributes:
        page: The page, as `--only` calls it.
        state: What sets it apart from other pictures of the page.
        path: Its address below the server's.
        deed: Done on the page before the picture is taken.
        is_signed_in: Whether Ada looks at it, or nobody in particular.
        viewer: Who signs in.
        is_whole: The picture shows the whole page, not only what fits the window.
    """

    page: str
    state: str
    path: str
    deed: Deed | None = None
    is_signed_in: bool = True
    viewer: str = "ada"
    is_whole: bool = True


def _of(name: str, part: str = "") -> str:
    return f"e/{quote(name, safe='')}" + (f"/{part}" if part else "")


def _new(page: Page) -> None:
    page.get_by_role("button", name="New experiment").first.click()


def _wrong(page: Page) -> None:
    page.get_by_label("Email address").fill("ada@lab.example")
    page.get_by_label("Password").fill("not her password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def _mark(page: Page) -> None:
    """Mark the upper part of the first axis of the parallel coordinates."""
    # Further down, it is fetched when it is near.
    page.mouse.wheel(0, 500)
    grip = page.locator(".grip").first
    grip.focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")


def _select(page: Page) -> None:
    for at in (1, 2, 4):
        page.locator("table.jobs tbody input[type=checkbox]").nth(at).check()


def _compare(page: Page) -> None:
    _select(page)
    page.get_by_role("button", name="Compare").first.click()
    page.get_by_role("heading", name="Compare").wait_for()


def _first_job(page: Page) -> None:
    page.locator("table.jobs tbody th a").first.click()
    page.locator("main h1").wait_for()


def _unreachable(page: Page) -> None:
    """Have the server fall silent, and load the page anew."""
    _fall_silent(page)
    page.reload()
    page.get_by_role("alert").first.wait_for()


def _gone(page: Page) -> None:
    """Have the server fall silent while the page asks it for something."""
    _fall_silent(page)
    page.get_by_role("button", name="Next").first.click()
    page.get_by_role("alert").first.wait_for()


def _fall_silent(page: Page) -> None:
    def answer(route: Route) -> None:
        if route.request.resource_type in {"fetch", "xhr", "eventsource"}:
            route.abort()
        else:
            route.continue_()

    page.route("**/*", answer)


def _help(page: Page) -> None:
    page.keyboard.press("?")


SCENES = [
    Scene("sign-in", "", "login", is_signed_in=False),
    Scene("sign-in", "refused", "login", deed=_wrong, is_signed_in=False),
    Scene("first-run", "", "", is_signed_in=False, viewer="nobody"),
    Scene("experiments", "", ""),
    Scene("experiments", "empty", "", viewer="bob"),
    Scene("overview", "", _of(SEARCH)),
    Scene("overview", "population", _of(POPULATION)),
    Scene("overview", "queue", _of(QUEUE)),
    Scene("overview", "empty", _of(NEW)),
    Scene("overview", "50", _of(FEW)),
    Scene("overview", "100000", _of(MANY)),
    Scene("overview", "missing", _of("no such experiment")),
    Scene("jobs", "", _of(SEARCH, "jobs")),
    Scene("jobs", "selected", _of(SEARCH, "jobs"), deed=_select, is_whole=False),
    Scene("jobs", "running", _of(SEARCH, "jobs?f=status:running")),
    Scene("jobs", "queue", _of(QUEUE, "jobs")),
    Scene("jobs", "empty", _of(NEW, "jobs")),
    Scene("jobs", "50", _of(FEW, "jobs")),
    Scene("jobs", "100000", _of(MANY, "jobs?f=lr<1e-3 optimizer=adam")),
    Scene("jobs", "none-fits", _of(SEARCH, "jobs?f=val_accuracy>2")),
    Scene("jobs", "bad-filter", _of(SEARCH, "jobs?f=lr<many")),
    Scene("jobs", "gone", _of(SEARCH, "jobs"), deed=_gone, is_whole=False),
    Scene("overview", "unreachable", _of(SEARCH), deed=_unreachable),
    Scene("charts", "", _of(SEARCH, "charts")),
    Scene("charts", "marked", _of(SEARCH, "charts"), deed=_mark),
    Scene("charts", "population", _of(POPULATION, "charts")),
    Scene("charts", "empty", _of(NEW, "charts")),
    Scene("charts", "50", _of(FEW, "charts")),
    Scene("charts", "100000", _of(MANY, "charts")),
    Scene("lineage", "", _of(POPULATION, "lineage")),
    Scene("job", "", _of(SEARCH, "jobs?sort=best"), deed=_first_job),
    Scene("job", "crashed", _of(SEARCH, "jobs?f=status:crashed"), deed=_first_job),
    Scene("job", "running", _of(SEARCH, "jobs?f=status:running"), deed=_first_job),
    Scene("job", "member", _of(POPULATION, "jobs?sort=best"), deed=_first_job),
    Scene("job", "missing", _of(SEARCH, "jobs/nosuchjob")),
    Scene("compare", "jobs", _of(SEARCH, "jobs?sort=best"), deed=_compare),
    Scene("compare", "experiments", f"compare?e={quote(SEARCH)}&e={quote(FEW)}"),
    Scene("workers", "", "workers"),
    Scene("workers", "empty", "workers", viewer="bob"),
    Scene("settings", "", _of(SEARCH, "settings")),
    Scene("settings", "population", _of(POPULATION, "settings")),
    Scene("new-experiment", "", "", deed=_new, is_whole=False),
    Scene("account", "", "account"),
    Scene("help", "", _of(SEARCH, "jobs"), deed=_help, is_whole=False),
]
