"""Everybody can use every page: no violation of WCAG 2.2 AA that a program can find."""

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


@pytest.mark.parametrize("theme", THEMES)
def test_signing_in_has_no_barrier(page: Page, theme: Theme) -> None:
    page.emulate_media(color_scheme=theme)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
