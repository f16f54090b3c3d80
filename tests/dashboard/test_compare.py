"""Jobs and experiments side by side."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

import schedy
from tests.dashboard.conftest import HOSTILE, settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def search(server: RunningServer) -> Iterator[schedy.Experiment]:
    db = schedy.SchedyDB(config_override=server.client)
    found = db.get_or_add_experiment(schedy.ManualSearch("side, by: side", maximize="score"))
    for number in (1, 2, 4):
        found.add_job(
            status="DONE",
            hyperparameters={"lr": number / 1000, "same": "x", "kind": "ab"[number % 2]},
            results={"score": number, "losses": [1 / (step + number) for step in range(10)]},
        )
    yield found
    found.delete()


def part(experiment: str, job: str) -> str:
    return quote(f"{quote(experiment, safe='')}:{quote(job, safe='')}", safe="")


def address(server: RunningServer, search: schedy.Experiment) -> str:
    jobs = [part(search.name, job.job_id) for job in search.jobs(sort="number")]
    return f"{server.root}compare?jobs={','.join(jobs)}"


def test_jobs_are_compared_to_a_base(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    page.goto(address(server, search))
    settled(page)
    score = page.get_by_role("row", name="score")
    expect(score).to_contain_text("+1")
    expect(score).to_contain_text("better")
    expect(page.get_by_role("row", name="lr")).to_contain_text("\u00d74")
    expect(page.get_by_role("rowheader", name="same")).to_have_count(0)
    page.get_by_label("only differences").uncheck()
    expect(page.get_by_role("rowheader", name="same")).to_have_count(1)
    page.get_by_role("button", name="make it the base").last.click()
    expect(page.get_by_role("row", name="score")).to_contain_text("worse")
    expect(page).to_have_url(re.compile("base="))


def test_curves_and_axes_of_the_jobs_are_drawn(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    page.goto(address(server, search))
    figure = page.get_by_role("figure", name="losses")
    expect(figure.locator("path.line")).to_have_count(3)
    expect(page.get_by_role("figure", name="Parallel coordinates")).to_be_visible()


def test_a_job_has_the_same_colour_everywhere(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    def colours(lines: Locator) -> list[str]:
        expect(lines).to_have_count(3)
        found: list[str] = lines.evaluate_all("all => all.map(it => getComputedStyle(it).stroke)")
        return found

    page.goto(address(server, search))
    heads = colours(page.locator("table.compare thead .line"))
    assert len(set(heads)) == 3
    assert colours(page.get_by_role("figure", name="losses").locator("path.line")) == heads
    together = page.get_by_role("figure", name="Parallel coordinates")
    assert colours(together.locator("path.line")) == heads


def test_a_job_that_is_gone_does_not_hide_the_others(
    page: Page, server: RunningServer, search: schedy.Experiment
) -> None:
    page.goto(f"{address(server, search)},{part(search.name, 'gone')}")
    expect(page.get_by_role("alert")).to_contain_text("gone")
    expect(page.locator("table.compare thead th")).to_have_count(3)


def test_experiments_are_compared(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}compare?e=digits&e=population&e={quote(HOSTILE, safe='')}")
    settled(page)
    expect(page.locator("table.compare thead th")).to_have_count(3)
    expect(page.get_by_text("They have different goals")).to_be_visible()
    figure = page.get_by_role("figure", name="Best so far")
    expect(figure.locator("path.line")).to_have_count(3)
    page.get_by_role("combobox", name="over").select_option("time")
    expect(figure).to_contain_text("hours since it was made")
    expect(page.get_by_role("figure", name="How good jobs are")).to_be_visible()


def test_nothing_to_compare_says_where_to_begin(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}compare?jobs=,&e=")
    expect(page.get_by_text("Nothing to compare yet")).to_be_visible()
