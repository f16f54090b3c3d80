"""From the link that a new server prints to the first experiment, in a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import schedy
from tests.dashboard.conftest import settled
from tests.dashboard.test_accessibility import RULES
from tests.running import EMAIL, PASSWORD
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

COMMAND = (sys.executable, "-c", "import sys; from schedy_server.cli import main; sys.exit(main())")
LINK = re.compile(r"http://\S+/setup/\?code=\S+")


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """The link by which the first account of a new server is made."""
    said = tmp_path / "said"
    environment = {
        **os.environ,
        "SCHEDY_SERVER_DATA": str(tmp_path / "data"),
        "SCHEDY_SERVER_PORT": "0",
    }
    with said.open("w") as stream:
        process = subprocess.Popen(
            [*COMMAND, "serve"], env=environment, stdout=stream, stderr=stream
        )
    try:
        wait_until(lambda: LINK.search(said.read_text()) is not None)
        found = LINK.search(said.read_text())
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def newcomer(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def make_account(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your account is ready")


def test_a_new_server_leads_to_its_first_experiment(newcomer: Page, link: str) -> None:
    page = newcomer
    make_account(page, link)
    page.get_by_role("link", name="Open the dashboard").click()
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Nothing is searched for yet")).to_be_visible()
    root = link.partition("setup/")[0]
    expect(page.get_by_text(f"schedy login --root {root} {EMAIL}")).to_be_visible()
    page.get_by_role("button", name="New token").click()
    command = page.locator(".first-run .note pre").inner_text()
    variables = dict(part.split("=", 1) for part in command.split()[1:])
    assert variables["SCHEDY_ROOT"] == root
    db = schedy.SchedyDB(
        config_override={
            "root": root,
            "email": variables["SCHEDY_EMAIL"],
            "token": variables["SCHEDY_TOKEN"],
            "token_type": "api_token",
        }
    )
    db.add_experiment(schedy.ManualSearch("the first"))
    expect(page.get_by_role("link", name="the first", exact=True)).to_be_visible()


def test_the_page_needs_no_script(chromium: Browser, link: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    make_account(page, link)
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_has_no_barrier(newcomer: Page, link: str, theme: str, width: int) -> None:
    page = newcomer
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(link)
    # The policy of this page lets no script in, not even that of a test.
    assert page.get_by_role("main").count() == 1
    make_account(page, link)
    page.get_by_role("link", name="Open the dashboard").click()
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Nothing is searched for yet").wait_for()
    settled(page)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
