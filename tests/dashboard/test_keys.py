"""All that is done often can be done by keys, and by nobody who only writes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def jobs(page: Page, server: RunningServer) -> Page:
    page.goto(f"{server.root}e/digits/jobs")
    settled(page)
    return page


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def test_keys_lead_everywhere(page: Page, server: RunningServer) -> None:
    keys(page, "g", "w")
    expect(page).to_have_url(f"{server.root}workers")
    keys(page, "g", "a")
    expect(page).to_have_url(f"{server.root}account")
    keys(page, "g", "e")
    expect(page).to_have_url(server.root)
    keys(page, "/")
    expect(page.locator("main input[type=search]").first).to_be_focused()


def test_rows_are_walked_selected_and_compared(jobs: Page) -> None:
    keys(jobs, "j", "x", "j", "j", "Shift+X")
    expect(jobs.get_by_role("region", name="Selected jobs")).to_contain_text("3 selected")
    keys(jobs, "k")
    expect(jobs.locator("tr.current")).to_have_count(1)
    keys(jobs, "c")
    expect(jobs.get_by_role("heading", level=1)).to_have_text("Compare 3 jobs")


def test_a_row_is_opened(jobs: Page) -> None:
    keys(jobs, "j")
    link = jobs.locator("table.jobs tbody th a").first
    expect(link).to_be_focused()
    name = link.inner_text()
    keys(jobs, "Enter")
    expect(jobs).to_have_url(re.compile(f"/e/digits/jobs/{name}$"))


def test_a_row_is_looked_at_beside_the_table(jobs: Page) -> None:
    keys(jobs, "j", "o", "j")
    second = jobs.locator("table.jobs tbody th a").nth(1).inner_text()
    expect(jobs.get_by_role("complementary", name=f"Job {second}")).to_be_visible()
    keys(jobs, "Escape")
    expect(jobs.get_by_role("complementary")).to_have_count(0)


def test_a_row_is_deleted_and_had_back(jobs: Page) -> None:
    first = jobs.locator("table.jobs tbody th a").first.inner_text()
    keys(jobs, "j", "Delete")
    jobs.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).press("Enter")
    expect(jobs.get_by_role("link", name=first)).to_have_count(0)
    keys(jobs, "z")
    expect(jobs.get_by_role("link", name=first)).to_have_count(1)


def test_filter_columns_and_pages_have_keys(jobs: Page) -> None:
    keys(jobs, "f")
    expect(jobs.get_by_label("Filter")).to_be_focused()
    jobs.get_by_label("Filter").blur()
    keys(jobs, "e")
    expect(jobs.get_by_label("Find a column")).to_be_focused()
    keys(jobs, "Escape")
    expect(jobs.get_by_label("Find a column")).to_be_hidden()
    keys(jobs, "]")
    expect(jobs).to_have_url(re.compile("page=2"))
    settled(jobs)
    keys(jobs, "[")
    expect(jobs).not_to_have_url(re.compile("page="))


def test_live_is_switched(jobs: Page) -> None:
    expect(jobs.locator(".live")).to_have_text("Live")
    keys(jobs, "l")
    expect(jobs.locator(".live")).to_have_text("Refresh by hand")
    keys(jobs, "l")
    expect(jobs.locator(".live")).to_have_text("Live")


def test_the_help_lists_the_keys(jobs: Page) -> None:
    keys(jobs, "?")
    dialog = jobs.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("Next job")
    keys(jobs, "g", "w")  # a dialog is no place for them
    expect(jobs).to_have_url(re.compile("/e/digits/jobs"))
    keys(jobs, "Escape")
    expect(dialog).to_be_hidden()


def test_who_writes_only_writes(jobs: Page) -> None:
    jobs.get_by_label("Filter").press_sequentially("x?gw")
    expect(jobs.get_by_label("Filter")).to_have_value("x?gw")
    expect(jobs.get_by_role("dialog")).to_have_count(0)
    expect(jobs.get_by_role("region", name="Selected jobs")).to_have_count(0)


def test_keys_are_turned_off(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}account")
    page.get_by_label("Keyboard shortcuts").select_option("off")
    page.get_by_role("heading", level=1).click()
    keys(page, "g", "w", "?")
    expect(page).to_have_url(f"{server.root}account")
    expect(page.get_by_role("dialog")).to_have_count(0)
