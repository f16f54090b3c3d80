"""What people do in the dashboard, done by a browser."""

import re
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

import schedy
from tests.dashboard.conftest import HOSTILE, settled, sign_in
from tests.running import EMAIL, PASSWORD, RunningServer, running_server

pytestmark = pytest.mark.browser

MANY = 20_000


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


def rows(page: Page) -> list[str]:
    return page.locator("table.jobs tbody th").all_inner_texts()


def open_jobs(page: Page, name: str = "digits") -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.locator("table.jobs tbody tr").first.wait_for()


def test_a_wrong_password_says_so(chromium: Browser, server: RunningServer) -> None:
    page = chromium.new_page()
    page.goto(server.root + "e/digits/charts")
    page.get_by_label("Email address").fill("ada@example.org")
    page.get_by_label("Password").fill("surely not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong email address or password.")
    page.close()


def test_signing_in_leads_to_where_one_wanted(chromium: Browser, server: RunningServer) -> None:
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, server)
    page.get_by_role("button", name="Sign out").click()
    page.goto(server.root + "e/digits/jobs?sort=-number")
    expect(page).to_have_url(re.compile("login"))
    page.get_by_label("Email address").fill("ada@example.org")
    page.get_by_label("Password").fill("tea for two, at eight")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(server.root + "e/digits/jobs?sort=-number")
    context.close()


def test_jobs_are_sorted_by_any_column(page: Page) -> None:
    open_jobs(page)
    page.get_by_role("button", name="lr", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("lr")
    settled(page)
    cells = page.locator("table.jobs tbody td:nth-child(6)").all_inner_texts()
    values = [float(cell) for cell in cells]
    assert values == sorted(values)


def test_a_filter_is_part_of_the_address(page: Page) -> None:
    open_jobs(page)
    page.get_by_label("Filter").fill("accuracy>0.5 kind=a")
    expect(page).to_have_url(re.compile(r"f=accuracy%3E0\.5\+kind%3Da"))
    found = set(rows(page))
    page.reload()
    page.locator("table.jobs tbody tr").first.wait_for()
    assert set(rows(page)) == found
    page.get_by_role("button", name="Remove kind=a").click()
    expect(page).to_have_url(re.compile(r"f=accuracy%3E0\.5$"))
    page.get_by_label("Filter").fill("accuracy>2")
    expect(page.get_by_text("No job fits the filter.")).to_be_visible()


def test_a_filter_that_makes_no_sense_is_explained(page: Page) -> None:
    open_jobs(page)
    page.get_by_label("Filter").fill("lr<x")
    expect(page.get_by_role("alert")).to_contain_text("lr< needs a number")


def test_a_job_that_is_deleted_can_be_had_back(page: Page, db: schedy.SchedyDB) -> None:
    open_jobs(page)
    first = rows(page)[0]
    page.get_by_role("button", name=f"Delete {first}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name=first)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=first)).to_have_count(1)
    assert db.get_experiment("digits").get_job(first).job_id == first


def test_a_mark_on_an_axis_becomes_a_filter(page: Page) -> None:
    page.get_by_role("link", name="digits", exact=True).click()
    page.get_by_role("link", name="Charts", exact=True).click()
    axis = page.get_by_role("slider", name="Limit accuracy")
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Open in the table").click()
    expect(page).to_have_url(re.compile("quality%3E%3D"))
    page.locator("table.jobs tbody tr").first.wait_for()
    assert 0 < len(rows(page)) < 54


def test_axes_are_marked_with_keys_too(page: Page) -> None:
    page.get_by_role("link", name="digits", exact=True).click()
    page.get_by_role("link", name="Charts", exact=True).click()
    axis = page.get_by_role("slider", name="Limit lr")
    axis.focus()
    page.keyboard.press("ArrowUp")
    expect(axis).not_to_have_attribute("aria-valuetext", "no limit")
    page.keyboard.press("Escape")
    expect(axis).to_have_attribute("aria-valuetext", "no limit")


def test_what_workers_do_is_seen_at_once(page: Page, db: schedy.SchedyDB) -> None:
    experiment = db.get_or_add_experiment(schedy.ManualSearch("watched", minimize="loss"))
    expect(page.get_by_role("link", name="watched")).to_be_visible()
    expect(page.locator(".live")).to_have_text("Live")
    experiment.add_jobs([{}] * 2)
    page.get_by_role("link", name="watched").click()
    expect(page.get_by_text("2 queued")).to_be_visible()
    began = time.monotonic()
    with experiment.next_job() as job:
        expect(page.get_by_text("1 running · 1 queued")).to_be_visible()
        job.results["loss"] = 0.125
    expect(page.get_by_text("1 done · 1 queued")).to_be_visible()
    expect(page.locator("td", has_text="0.125")).to_be_visible()
    assert time.monotonic() - began < 10
    experiment.delete()


def test_an_experiment_is_made_paused_and_deleted(page: Page, db: schedy.SchedyDB) -> None:
    page.get_by_role("button", name="New experiment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("made here")
    dialog.get_by_label("Result to optimise").fill("loss")
    dialog.get_by_label("Best is").select_option("min")
    dialog.get_by_role("button", name="Create the experiment").click()
    expect(page.get_by_role("heading", name="made here")).to_be_visible()
    made = db.get_experiment("made here")
    assert isinstance(made, schedy.RandomSearch)
    assert set(made.next_job().hyperparameters) == {"lr"}
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    assert db.get_experiment("made here").status == "DONE"
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Delete the experiment…").click()
    expect(page.get_by_role("button", name="Delete for good")).to_be_disabled()
    page.get_by_label("To go on, type the name").fill("made here")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("table.experiments").wait_for()
    assert "made here" not in [each.name for each in db.get_experiments()]


def test_a_token_is_shown_once_and_works(page: Page, server: RunningServer) -> None:
    page.get_by_role("link", name="ada@example.org").click()
    page.get_by_label("Name", exact=True).fill("cluster")
    page.get_by_role("button", name="New token").click()
    command = page.locator(".note pre").inner_text()
    token = re.search(r"SCHEDY_TOKEN=(\S+)", command)
    assert token is not None
    config = {**server.client, "token": token[1]}
    assert schedy.SchedyDB(config_override=config).get_experiment("digits").name == "digits"
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_text(token[1])).to_have_count(0)
    page.get_by_role("button", name="Revoke… cluster").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("are refused from then on")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("rowheader", name="cluster")).to_be_visible()
    page.get_by_role("button", name="Revoke… cluster").click()
    dialog.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("cluster")).to_have_count(0)


def test_the_password_is_changed(chromium: Browser) -> None:
    with running_server() as alone, closing(chromium.new_context()) as context:
        page = context.new_page()
        sign_in(page, alone)
        page.get_by_role("link", name=EMAIL).click()
        change = page.get_by_role("region", name="Password")
        for current, new, again, says in (
            (PASSWORD, "five purple otters", "five purple cats", "The two new passwords differ."),
            ("something else", "five purple otters", "five purple otters", "is wrong."),
            (PASSWORD, "password12345", "password12345", "is easily guessed"),
            (PASSWORD, "five purple otters", "five purple otters", "It is changed."),
        ):
            change.get_by_label("Current password").fill(current)
            change.get_by_label("New password", exact=True).fill(new)
            change.get_by_label("once more").fill(again)
            change.get_by_role("button", name="Change it").click()
            expect(change.get_by_text(says)).to_be_visible()
        page.get_by_role("link", name="Workers").click()
        expect(page.get_by_role("heading", name="Workers")).to_be_visible()


def test_hostile_names_are_only_names(page: Page) -> None:
    page.get_by_role("link", name="alert(1)").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE[:30])
    for part in ("Jobs", "Charts", "Settings", "Overview"):
        page.get_by_role("link", name=part, exact=True).click()
        settled(page)
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.locator("table.jobs tbody th a").click()
    expect(page.get_by_text("\u2212∞").or_(page.get_by_text("-Infinity")).first).to_be_visible()


def test_the_line_of_the_best_is_shown(page: Page) -> None:
    page.get_by_role("link", name="population").click()
    page.get_by_role("link", name="Lineage").click()
    expect(page.get_by_role("figure", name="Lineage")).to_contain_text("4 members")
    expect(page.get_by_role("figure", name="lr of the winning line")).to_be_visible()
    assert page.locator("circle.node").count() == 16


def test_where_nothing_is_there_is_a_way_back(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}nonsense")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    page.get_by_role("link", name="See all experiments").click()
    expect(page).to_have_url(server.root)
    page.goto(f"{server.root}e/digits/jobs/nosuchjob")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="See the jobs of digits").click()
    expect(page).to_have_url(f"{server.root}e/digits/jobs")


@pytest.mark.parametrize("to", ["/%5Cevil", "//evil", "/%09/evil", "https://evil/"])
def test_signing_in_leads_nowhere_else(page: Page, server: RunningServer, to: str) -> None:
    page.goto(f"{server.root}login?to={to}")
    page.get_by_role("heading", name="Experiments").wait_for()
    expect(page).to_have_url(server.root)


def test_what_is_no_population_has_no_lineage(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}e/digits/lineage")
    settled(page)
    expect(page.locator(".empty")).to_have_count(1)
    expect(page.get_by_role("figure")).to_have_count(0)
    page.get_by_role("link", name="See the charts").click()
    expect(page).to_have_url(f"{server.root}e/digits/charts")


def test_a_narrow_screen_scrolls_in_one_direction_only(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("", "e/digits", "e/digits/jobs", "e/digits/charts", "account", "workers"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/" + path)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


@pytest.fixture(scope="module")
def large() -> Iterator[RunningServer]:
    with running_server() as found:
        search = schedy.SchedyDB(config_override=found.client).get_or_add_experiment(
            schedy.ManualSearch("large", maximize="score")
        )
        search.add_jobs(
            {
                "status": "DONE",
                "hyperparameters": {"lr": number / MANY, "kind": "ab"[number % 2]},
                "results": {"score": number * 7919 % MANY},
            }
            for number in range(MANY)
        )
        yield found


def test_many_jobs_cost_a_page_no_more_than_a_few(chromium: Browser, large: RunningServer) -> None:
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, large)
    settled(page)  # what the first page still waits for is not of this one
    received: list[int] = []
    page.on("response", lambda each: received.append(int(each.headers.get("content-length", 0))))
    page.goto(large.root + "e/large/jobs")
    page.locator("table.jobs tbody tr").first.wait_for()
    assert rows(page)
    assert page.locator("table.jobs tbody tr").count() == 50
    assert sum(received) < 200_000
    assert len(received) <= 25
    assert page.evaluate("document.querySelectorAll('*').length") < 2_500
    page.get_by_role("button", name="lr", exact=True).click()
    expect(page.locator("table.jobs tbody td:nth-child(6)").first).to_have_text("0")
    page.get_by_label("Filter").fill("kind=b lr>0.5")
    expect(page.get_by_text("1\u201350 of 5,000 (20,000 in all)")).to_be_visible()
    context.close()
