"""Filters in the browser: by menu and by hand, half written, and with names that make no sense."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

import schedy
from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser

NAME = "filters"


@pytest.fixture
def search(server: RunningServer) -> Iterator[schedy.Experiment]:
    db = schedy.SchedyDB(config_override=server.client)
    found = db.get_or_add_experiment(schedy.ManualSearch(NAME, minimize="loss"))
    found.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {"the crop": crop, "lr": number / 10},
            "results": {"loss": number},
        }
        for number, crop in enumerate(["top, left", "centre", "whole"] * 4)
    )
    yield found
    found.delete()


@pytest.fixture
def jobs(page: Page, search: schedy.Experiment, server: RunningServer) -> Page:
    page.goto(f"{server.root}e/{NAME}/jobs")
    settled(page)
    expect(page.locator("table.jobs tbody tr")).to_have_count(12)
    return page


def test_values_with_commas_and_fields_with_spaces_are_as_good_as_others(jobs: Page) -> None:
    for value, rows in (("top, left", 4), ("whole", 8)):
        jobs.get_by_role("button", name="Column the crop").click()
        jobs.get_by_role("checkbox", name=value).check()
        expect(jobs.locator("table.jobs tbody tr")).to_have_count(rows)
        jobs.keyboard.press("Escape")
    jobs.reload()
    expect(jobs.locator("table.jobs tbody tr")).to_have_count(8)


def test_a_menu_finds_again_what_was_typed_for_short(jobs: Page) -> None:
    field = jobs.get_by_label("Filter", exact=True)
    field.fill("lr>0.45")
    field.press("Enter")
    expect(jobs.locator("table.jobs tbody tr")).to_have_count(7)
    jobs.get_by_role("button", name="Column lr").click()
    expect(jobs.get_by_label("From")).to_have_value("0.45")
    jobs.get_by_label("From").fill("1")
    jobs.get_by_role("button", name="Apply").click()
    expect(jobs.locator("table.jobs tbody tr")).to_have_count(2)
    expect(jobs.locator(".chip")).to_have_count(1)


def test_rows_stay_while_a_filter_is_half_written(jobs: Page) -> None:
    jobs.get_by_label("Filter", exact=True).press_sequentially("lr<")
    expect(jobs.get_by_text("needs a number")).to_be_visible()
    expect(jobs.locator("table.jobs tbody tr")).to_have_count(12)
    jobs.get_by_label("Filter", exact=True).press_sequentially("0.25")
    expect(jobs.locator("table.jobs tbody tr")).to_have_count(3)
    expect(jobs.get_by_text("needs a number")).to_have_count(0)


@pytest.mark.parametrize("part", ["jobs", "charts"])
def test_a_field_that_no_job_has_is_pointed_at(
    page: Page, search: schedy.Experiment, server: RunningServer, part: str
) -> None:
    page.goto(f"{server.root}e/{NAME}/{part}?f=los%3C3")
    expect(page.get_by_text("No job has a field called los")).to_be_visible()
    page.goto(f"{server.root}e/{NAME}/{part}?f=loss%3C3")
    settled(page)
    expect(page.get_by_text("No job has a field called")).to_have_count(0)


def test_a_pause_that_fails_is_told(jobs: Page) -> None:
    def refuse(route: Route) -> None:
        if route.request.method == "PATCH":
            route.fulfill(status=503, body="The disk is full.")
        else:
            route.fallback()

    jobs.route(re.compile("/experiments/"), refuse)
    jobs.get_by_role("button", name="Pause").click()
    expect(jobs.get_by_text("That failed: The disk is full.")).to_be_visible()
    jobs.get_by_role("button", name="Close").click()
    expect(jobs.get_by_text("That failed")).to_have_count(0)
