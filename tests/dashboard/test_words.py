"""Tags, notes, saved views and what is done to many experiments, by a browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import schedy
from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
EVIL = "# *Why*\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) [ok](https://a.test)"


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


@pytest.fixture
def search(db: schedy.SchedyDB) -> schedy.Experiment:
    """A search with a few jobs that a test may do anything to."""
    found = db.get_or_add_experiment(
        schedy.RandomSearch("words", {"lr": schedy.random.Uniform(0, 1)}, maximize="accuracy")
    )
    found.act("delete", filter="")
    found.set_tags([])
    found.set_note("")
    found.resume()
    found.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {"lr": n / 10, "kind": "a"},
            "results": {"accuracy": n / 10, "losses": [1.0, 0.5, 0.25]},
        }
        for n in range(5)
    )
    return found


def no_barrier(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def at(page: Page, server: RunningServer, path: str) -> None:
    page.goto(server.root + path)
    settled(page)


def test_tags_are_put_on_and_taken_off_by_keyboard(
    page: Page, server: RunningServer, search: schedy.Experiment, db: schedy.SchedyDB
) -> None:
    at(page, server, "e/words/settings")
    field = page.get_by_label("Add a tag")
    field.fill("paper")
    field.press("Enter")
    field.press_sequentially("gpu,")
    expect(page.get_by_role("button", name="Remove the tag gpu")).to_be_visible()
    field.press("Backspace")
    expect(page.get_by_role("button", name="Remove the tag gpu")).to_have_count(0)
    assert db.get_experiment("words").tags == ["paper"]
    no_barrier(page)


def test_a_note_is_written_with_a_preview(
    page: Page, server: RunningServer, search: schedy.Experiment, db: schedy.SchedyDB
) -> None:
    at(page, server, "e/words/settings")
    page.get_by_role("button", name="Write a note").click()
    page.get_by_role("textbox", name="Note").fill(EVIL)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".prose h1 em")).to_have_text("Why")
    no_barrier(page)
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("button", name="Edit").wait_for()  # what is shown is no preview any more
    expect(page.locator(".prose a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert page.locator(".prose img").count() == 0
    assert page.locator(".prose a").count() == 1
    assert db.get_experiment("words").note == EVIL


def test_whoever_writes_second_sees_both_notes(
    page: Page, server: RunningServer, search: schedy.Experiment, db: schedy.SchedyDB
) -> None:
    at(page, server, "e/words/settings")
    page.get_by_role("button", name="Write a note").click()
    page.get_by_role("textbox", name="Note").fill("mine")
    search.set_note("theirs")
    page.get_by_role("button", name="Save", exact=True).first.click()
    conflict = page.get_by_role("alert")
    expect(conflict).to_contain_text("theirs")
    expect(page.get_by_label("Your note")).to_have_value("mine")
    no_barrier(page)
    page.get_by_label("Your note").fill("theirs and mine")
    page.get_by_role("button", name="Save yours instead").click()
    expect(page.locator(".prose")).to_have_text("theirs and mine")
    assert db.get_experiment("words").note == "theirs and mine"


def test_a_job_is_shown_among_the_others(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    best, second, *_ = list(search.jobs(sort="best"))
    at(page, server, f"e/words/jobs/{second.job_id}")
    expect(page.get_by_text("rank 2 of 5")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("losses: 3 values"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^lr"))).to_contain_text("p70")
    no_barrier(page)
    page.keyboard.press("[")
    expect(page.get_by_role("heading", level=1)).to_contain_text(best.job_id)
    expect(page.get_by_text("the best of 5")).to_be_visible()


def test_a_job_is_tagged_duplicated_and_found(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    best = next(search.jobs(sort="best"))
    at(page, server, f"e/words/jobs/{best.job_id}")
    page.get_by_label("Add a tag").fill("odd")
    page.get_by_label("Add a tag").press("Enter")
    page.get_by_role("button", name="Duplicate…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("lr", exact=True).fill("0.45")
    no_barrier(page)
    dialog.get_by_role("button", name="Queue it").click()
    expect(dialog).to_have_count(0)
    [queued] = list(search.jobs("QUEUED"))
    assert queued.hyperparameters == {"lr": 0.45, "kind": "a"}
    page.get_by_role("link", name="odd").click()
    expect(page.locator("table.jobs tbody th")).to_have_count(1)


def test_experiments_are_filtered_by_tag_and_status_and_sorted(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    search.tag("mine")
    at(page, server, "")
    page.get_by_role("button", name="mine").click()
    expect(page).to_have_url(re.compile("tag=mine"))
    expect(page.locator("table.experiments tbody tr")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("words"))).to_contain_text("0.4")
    page.get_by_label("Status").select_option("paused")
    expect(page.get_by_text("No experiment fits.")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    page.get_by_role("button", name="Name", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    no_barrier(page)


def test_many_experiments_are_paused_tagged_and_deleted(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    for name in ("bulk one", "bulk two"):
        db.get_or_add_experiment(schedy.ManualSearch(name)).add_job()
    at(page, server, "?q=bulk")
    page.get_by_label("Select all that are shown").check()
    bar = page.get_by_role("region", name="Selected experiments")
    bar.get_by_role("button", name="Pause").click()
    expect(bar).to_have_count(0)
    assert {db.get_experiment(name).status for name in ("bulk one", "bulk two")} == {"DONE"}
    page.get_by_label("Select all that are shown").check()
    bar.get_by_role("button", name="Tag…").click()
    page.get_by_label("Tags, with spaces").fill("old odd")
    no_barrier(page)
    page.get_by_role("dialog").get_by_role("button", name="Tag").click()
    expect(page.get_by_role("button", name="odd", exact=True)).to_have_count(2)
    page.get_by_label("Select all that are shown").check()
    bar.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 jobs")
    page.get_by_label("To go on, type").fill("delete 2")
    no_barrier(page)
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("No experiment fits.")).to_be_visible()


def test_a_view_is_saved_found_again_and_deleted(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    at(page, server, "e/words/jobs?sort=lr&f=lr%3E0.15")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Save this view as").fill("High rates")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="High rates", exact=True)).to_be_visible()
    no_barrier(page)
    at(page, server, "e/words/jobs")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="High rates", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=lr&f=lr%3E0\.15"))
    expect(page.locator("table.jobs tbody th")).to_have_count(3)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Delete the view High rates").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_samples_of_the_search_space_are_drawn(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    at(page, server, "e/words/settings")
    page.get_by_role("button", name="Draw 5 samples").click()
    rows = page.get_by_role("table", name="Samples of the search space").locator("tbody tr")
    expect(rows).to_have_count(5)
    assert all(0 <= float(text) < 1 for text in rows.all_inner_texts())
    no_barrier(page)
