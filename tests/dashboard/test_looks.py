"""What is seen: nothing is cut, covered or glued to something else."""

import random
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

import schedy
from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser

NAME = "looks"
LONG = "n" * 1000


@pytest.fixture(scope="module")
def search(server: RunningServer) -> Iterator[schedy.Experiment]:
    dice = random.Random(4)
    db = schedy.SchedyDB(config_override=server.client)
    found = db.get_or_add_experiment(schedy.ManualSearch(NAME, minimize="loss"))
    found.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {
                LONG: dice.random(),
                **{f"hyperparameter_{at}": dice.random() for at in range(7)},
            },
            "results": {"loss": dice.random(), LONG: dice.random()},
        }
        for _ in range(12)
    )
    found.add_job(hyperparameters={"hyperparameter_0": 2.0})
    with pytest.raises(RuntimeError), found.next_job():
        raise RuntimeError("CUDA out of memory: tried to allocate more than there is")
    yield found
    found.delete()


@pytest.fixture
def table(page: Page, search: schedy.Experiment, server: RunningServer) -> Locator:
    page.goto(f"{server.root}e/{NAME}/jobs")
    settled(page)
    return page.locator("table.jobs")


def box(of: Locator) -> dict[str, float]:
    found = of.bounding_box()
    assert found is not None
    return {
        "x": found["x"],
        "y": found["y"],
        "height": found["height"],
        "right": found["x"] + found["width"],
        "bottom": found["y"] + found["height"],
    }


def style(of: Locator, name: str) -> str:
    found: str = of.evaluate(f"(it) => getComputedStyle(it)[{name!r}]")
    return found


def test_a_reason_stands_apart_from_the_status(table: Locator) -> None:
    row = table.locator("tr[data-status=CRASHED]")
    why = row.locator(".why")
    assert box(why)["x"] - box(row.locator(".status"))["right"] >= 6
    assert style(why, "textOverflow") == "ellipsis"
    # Only what is inline is cut with an ellipsis.
    assert style(why.locator("bdi"), "display") == "inline"
    expect(why).to_have_attribute(
        "title", "RuntimeError: CUDA out of memory: tried to allocate more than there is"
    )


def test_the_actions_of_a_row_stay_in_sight_and_hide_no_column(table: Locator) -> None:
    scroll = table.locator("xpath=..")
    actions = table.locator("tbody .row-actions").first
    assert scroll.evaluate("(it) => it.scrollWidth > it.clientWidth")
    assert box(actions)["right"] <= box(scroll)["right"]
    scroll.evaluate("(it) => { it.scrollLeft = it.scrollWidth; }")
    last = table.locator("tbody tr").first.locator("td:nth-last-child(2)")
    assert box(last)["right"] <= box(actions)["x"] + 1


@pytest.mark.parametrize("part", ["jobs", "charts"])
def test_a_filter_stays_one_line_high(
    page: Page, search: schedy.Experiment, server: RunningServer, part: str
) -> None:
    page.goto(f"{server.root}e/{NAME}/{part}")
    settled(page)
    filter_box = page.locator(".filter-box")
    before = box(filter_box)
    for term in ("status=done", "loss<1", "hyperparameter_0<1", "hyperparameter_1<1"):
        page.get_by_label("Filter").fill(term)
        page.get_by_label("Filter").press("Enter")
    expect(page.locator(".chip")).to_have_count(4)
    expect(page.locator(".chip").last).to_be_in_viewport()
    assert box(filter_box)["height"] == before["height"]
    assert box(page.locator(".chip").last)["right"] <= box(filter_box)["right"]


def test_a_menu_does_not_look_like_the_cell_that_it_is_in(page: Page, table: Locator) -> None:
    table.get_by_role("button", name="Column hyperparameter_0").click()
    popup = page.locator(".popup:popover-open")
    first = popup.get_by_role("button").first
    assert style(first, "fontWeight") == "400"
    assert style(popup.get_by_text("Only between"), "textAlign") == "start"
    page.keyboard.press("Escape")
    table.locator("tbody").get_by_role("button", name="More for").first.click()
    assert style(page.locator(".popup:popover-open"), "textAlign") == "start"


def test_a_long_name_leaves_room_for_its_value(
    page: Page, table: Locator, search: schedy.Experiment, server: RunningServer
) -> None:
    done = search.jobs(status="DONE")
    job = next(iter(done))
    page.goto(f"{server.root}e/{NAME}/jobs/{job.job_id}")
    settled(page)
    whole = page.viewport_size
    assert whole is not None
    for panel in ("Hyperparameters", "Results"):
        region = page.get_by_role("region", name=panel)
        name = region.get_by_title(LONG)
        assert box(name)["height"] < 40
        value = region.locator("td, dd").first
        assert box(value)["right"] <= box(region)["right"]
    page.goto(f"{server.root}e/{NAME}/jobs?panel={job.job_id}")
    settled(page)
    assert box(page.get_by_role("complementary").get_by_title(LONG).first)["height"] < 40
    page.goto(f"{server.root}e/{NAME}/charts?c=slices")
    settled(page)
    assert box(page.get_by_role("heading", name=LONG))["height"] < 60


def test_a_narrow_screen_has_what_is_selected_at_its_bottom(page: Page, table: Locator) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    table.locator("tbody input[type=checkbox]").first.check()
    bar = page.get_by_role("region", name="Selected jobs")
    page.evaluate("window.scrollTo(0, 0)")
    assert box(bar)["bottom"] == 740
    expect(bar.get_by_role("button", name="Delete…")).to_be_in_viewport(ratio=1)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    assert box(page.get_by_role("navigation", name="Pages"))["bottom"] <= box(bar)["y"]


def test_a_narrow_screen_shows_a_job_above_the_table(page: Page, table: Locator) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    table.locator("tbody tr").first.locator("td").nth(1).click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Results")
    assert (box(sheet)["x"], box(sheet)["right"]) == (0, 360)
    assert sheet.evaluate("(it) => it.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page).not_to_have_url(re.compile("panel="))
    page.go_back()
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
