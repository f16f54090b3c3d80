"""What people choose in charts stands in the address, so that a link shows the same."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import schedy
from tests.dashboard.charting import FIGURES, complete, drag, figure, fill, show, ticks
from tests.dashboard.conftest import sign_in
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as found:
        fill(schedy.SchedyDB(config_override=found.client))
        yield found


def test_the_choice_is_in_the_address(page: Page, server: RunningServer) -> None:
    show(page, server, "history,ecdf")
    page.get_by_role("button", name="Charts", exact=True).click()
    page.get_by_label("Timeline").check()
    page.get_by_label("History").uncheck()
    expect(page).to_have_url(re.compile("c=ecdf%2Ctimeline"))
    page.keyboard.press("Escape")
    tools = page.locator(".chart-tools")
    tools.get_by_role("combobox", name=re.compile("^Goal")).select_option(label="loss")
    tools.get_by_role("combobox", name=re.compile("^Colour")).select_option(label="kind")
    page.reload()
    expect(page.get_by_role("figure", name="Distribution of loss")).to_be_visible()
    colour = tools.get_by_role("combobox", name=re.compile("^Colour"))
    expect(colour).to_have_value("hyperparameters.kind")
    expect(page.get_by_role("figure", name=FIGURES["history"])).to_have_count(0)


def test_pickers_fit_and_close_by_themselves(page: Page, server: RunningServer) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    show(page, server, "history")
    for name in ("Charts", "Fields"):
        sheet = page.get_by_role("group", name=name, exact=True)
        page.get_by_role("button", name=name, exact=True).click()
        box = sheet.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        page.get_by_role("button", name=name, exact=True).click()
        expect(sheet.locator(":focus")).to_be_visible()
        page.mouse.click(2, 2)
        expect(sheet).to_be_hidden()


def test_what_each_chart_shows_is_in_the_address(page: Page, server: RunningServer) -> None:
    show(page, server, "history,surface,rank,pareto,failures")
    history = figure(page, FIGURES["history"])
    history.get_by_label("Jobs in the order of").select_option("time")
    figure(page, FIGURES["surface"]).get_by_label("What is drawn").select_option("spread")
    rank = figure(page, FIGURES["rank"])
    rank.get_by_role("combobox", name="x", exact=True).select_option("hyperparameters.kind")
    pareto = figure(page, FIGURES["pareto"])
    pareto.get_by_label("Best loss is").select_option("max")
    failures = figure(page, FIGURES["failures"])
    failures.get_by_role("combobox").select_option("hyperparameters.lr")
    expect(page).to_have_url(re.compile("failures=hyperparameters.lr"))
    page.reload()
    complete(page)
    expect(history.get_by_label("Jobs in the order of")).to_have_value("finished")
    figure(page, "Uncertainty of accuracy")
    expect(rank.get_by_role("combobox", name="x", exact=True)).to_have_value("hyperparameters.kind")
    expect(pareto.get_by_label("Best loss is")).to_have_value("max")
    bottom = "window.scrollTo(0, document.body.scrollHeight)"
    page.evaluate(bottom)
    figure(page, "Failure rate by lr")
    page.go_back()
    page.evaluate(bottom)
    figure(page, "Failure rate by units")


def test_how_far_a_chart_is_zoomed_in_is_in_the_address(
    chromium: Browser, page: Page, server: RunningServer
) -> None:
    show(page, server, "history,slices")
    found = figure(page, FIGURES["history"])
    drag(page, found, start=0.3, end=0.6)
    expect(page).to_have_url(re.compile("zoom=history"))
    seen = ticks(found)
    other = chromium.new_context(viewport={"width": 1280, "height": 800})
    elsewhere = other.new_page()
    sign_in(elsewhere, server)
    elsewhere.goto(page.url)
    there = figure(elsewhere, FIGURES["history"])
    expect(there.locator("svg.drawing")).to_have_attribute("data-zoomed", "true")
    assert ticks(there) == seen
    other.close()
    found.locator("svg.drawing").focus()
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom="))


@pytest.mark.parametrize(
    "query",
    [
        "zoom=history-number-quality%3A1~x%3A",
        "scale=%25zz%3Alog",
        "pareto=a,b,c",
        "surface=%",
        "axes-of=%25",
        "rank=,",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_usual(
    page: Page, server: RunningServer, query: str
) -> None:
    page.goto(f"{server.root}e/rich/charts?c=history,rank,pareto&{query}")
    for chart in ("history", "rank", "pareto"):
        expect(figure(page, FIGURES[chart])).to_be_visible()
