"""Everybody can use every page: no violation of WCAG 2.2 AA that a program can find."""

import re
from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.dashboard.conftest import settled

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "e/digits",
    "e/digits/jobs",
    "e/digits/charts",
    "e/digits/settings",
    "e/population/lineage",
    "e/empty",
    "e/missing",
    "e/digits/workers",
    "e/digits/jobs?f=kind:a+lr<0.1&sort=best,-lr&heat=hyperparameters.lr&pin=hyperparameters.lr",
    "e/digits/jobs?f=accuracy>2",
    "e/digits/jobs?f=lr<x",
    "e/empty/jobs",
    "compare",
    "compare?e=digits&e=population",
    "workers",
    "account",
    "e/digits/jobs/missing",
]
Theme = Literal["light", "dark"]
THEMES: list[Theme] = ["light", "dark"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barrier(page: Page, path: str, theme: Theme) -> None:
    page.emulate_media(color_scheme=theme)
    root = page.url.rstrip("/")
    page.goto(f"{root}/{path}")
    settled(page)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def choose_jobs(page: Page) -> None:
    for box in page.locator("table.jobs tbody input").all()[:2]:
        box.check()


def compare_jobs(page: Page) -> None:
    choose_jobs(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("table.compare").wait_for()


def look_beside(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("o")
    panel = page.get_by_role("complementary").or_(page.get_by_role("dialog"))
    panel.get_by_text("Results").wait_for()


def new_population(page: Page) -> None:
    page.get_by_role("link", name="Schedy").click()
    page.get_by_role("button", name="New experiment").click()
    page.get_by_label("What chooses").select_option("PBT")
    page.get_by_label("From", exact=True).fill("-1")


STATES: dict[str, Callable[[Page], object]] = {
    "selected": choose_jobs,
    "compared": compare_jobs,
    "beside": look_beside,
    "columns": lambda page: page.get_by_role("button", name="Columns").click(),
    "column": lambda page: page.get_by_role("button", name="Column lr").click(),
    "copy": lambda page: page.get_by_role("button", name="Copy as").last.click(),
    "deleting": lambda page: page.get_by_role("button", name=re.compile("^Delete ")).first.click(),
    "queueing": lambda page: page.get_by_role("button", name="Queue a job").click(),
    "keys": lambda page: page.keyboard.press("?"),
    "updates": lambda page: page.get_by_role("button", name="Updates").click(),
    "creating": new_population,
}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_a_state_of_a_page_has_no_barrier(page: Page, state: str, theme: Theme, width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(f"{page.url.rstrip('/')}/e/digits/jobs")
    settled(page)
    page.set_viewport_size({"width": width, "height": 800})
    STATES[state](page)
    settled(page)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", THEMES)
def test_signing_in_has_no_barrier(page: Page, theme: Theme) -> None:
    page.emulate_media(color_scheme=theme)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
