"""A real Chromium before a real server with a few searches in it.

Without Chromium, or without the dashboard built, these tests are left out and say why.
"""

import json
import random
import shutil
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

import schedy
from tests.running import EMAIL, PASSWORD, RunningServer, running_server

# Without them, it looks for updates and translations on other machines.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
IMAGE = "<img src=x onerror=alert(1)>"
HOSTILE = '<script>alert(1)</script> "quotes" \'n / slash%2F \u202eRTL ' + "x" * 400


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    if not files("schedy_server").joinpath("web", "index.html").is_file():
        pytest.skip("the dashboard is not built: pip install -e .")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as found:
        fill(schedy.SchedyDB(config_override=found.client))
        yield found


@pytest.fixture
def page(chromium: Browser, server: RunningServer) -> Iterator[Page]:
    """Ada's browser, signed in; a script error or a breach of the content policy fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    troubles = troubles_of(page)
    sign_in(page, server)
    yield page
    context.close()
    assert not troubles


def troubles_of(page: Page) -> list[str]:
    """Return where script errors, breaches of the content policy and dialogs will be noted."""
    troubles: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if "Content Security" in said.text:
            troubles.append(said.text)

    def refuse(dialog: Dialog) -> None:
        troubles.append(dialog.message)
        dialog.dismiss()

    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", hear)
    page.on("dialog", refuse)
    return troubles


def sign_in(page: Page, server: RunningServer) -> None:
    """Sign in as Ada."""
    page.goto(server.root)
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Experiments").wait_for()


def settled(page: Page) -> None:
    """Wait until a page shows all that it has to show."""
    page.locator("main h1").first.wait_for()
    # What a model says of the jobs may take its time on a busy machine.
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0, timeout=30_000)


def fill(db: schedy.SchedyDB) -> None:
    """Make a search with results, a population, one with hostile names, and an empty one."""
    dice = random.Random(1)
    search = db.get_or_add_experiment(
        schedy.RandomSearch(
            "digits", {"lr": schedy.random.LogUniform(1e-5, 1e-1)}, maximize="accuracy"
        )
    )
    search.add_jobs(
        {
            "status": "CRASHED" if number % 10 == 0 else "DONE",
            "hyperparameters": {"lr": 10 ** dice.uniform(-5, -1), "kind": dice.choice("abc")},
            "results": {} if number % 10 == 0 else {"accuracy": dice.random()},
        }
        for number in range(60)
    )
    population = db.get_or_add_experiment(
        schedy.PopulationBasedTraining(
            "population",
            schedy.pbt.MAXIMIZE,
            "score",
            schedy.pbt.Truncate(0.25),
            {"lr": schedy.pbt.Perturb(0.8, 1.25)},
            {"lr": schedy.random.LogUniform(1e-4, 1e-1)},
            4,
            max_generations=4,
        )
    )
    for _ in range(16):
        with population.next_job() as job:
            job.results["score"] = dice.random()
    hostile = db.get_or_add_experiment(schedy.ManualSearch(HOSTILE, minimize=IMAGE))
    hostile.add_jobs(
        [
            {
                "status": "DONE",
                "hyperparameters": {"<b>": "</td><script>alert(1)</script>", "\u202ex": [1] * 5000},
                "results": json.loads('{"<img src=x onerror=alert(1)>": NaN, "inf": -Infinity}'),
            }
        ]
    )
    db.get_or_add_experiment(schedy.ManualSearch("empty"))
