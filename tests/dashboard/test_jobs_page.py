"""The table of jobs: what it shows, what is done there, and that nothing moves by itself."""

import csv
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import schedy
from tests.dashboard.conftest import settled
from tests.running import RunningServer
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

NAME = "table"


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


@pytest.fixture
def search(db: schedy.SchedyDB) -> Iterator[schedy.Experiment]:
    dice = random.Random(2)
    found = db.get_or_add_experiment(
        schedy.RandomSearch(NAME, {"lr": schedy.random.LogUniform(1e-5, 1e-1)}, minimize="loss")
    )
    found.add_jobs(
        {
            "status": "CRASHED" if number % 10 == 0 else "DONE",
            "hyperparameters": {"lr": 10 ** dice.uniform(-5, -1), "kind": dice.choice("abc")},
            "results": {"loss": number / 100, "epochs": number % 3},
        }
        for number in range(120)
    )
    yield found
    found.delete()


@pytest.fixture
def table(page: Page, search: schedy.Experiment, server: RunningServer) -> Locator:
    page.goto(f"{server.root}e/{NAME}/jobs")
    settled(page)
    return page.locator("table.jobs")


def ids(table: Locator) -> list[str]:
    return table.locator("tbody th").all_inner_texts()


def column(table: Locator, title: str) -> list[str]:
    heads = table.locator("thead th").all_inner_texts()
    at = next(at for at, head in enumerate(heads) if head.startswith(title)) + 1
    return table.locator(f"tbody tr > :nth-child({at})").all_inner_texts()


def test_several_keys_sort_it(page: Page, table: Locator) -> None:
    page.get_by_role("button", name="epochs", exact=True).click()
    page.get_by_role("button", name="lr", exact=True).click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=results.epochs%2Chyperparameters.lr"))
    settled(page)
    pairs = [
        (float(epochs), float(lr))
        for epochs, lr in zip(column(table, "epochs"), column(table, "lr"), strict=True)
    ]
    assert pairs == sorted(pairs)
    expect(table.locator("sup")).to_have_text(["2", "1"])


def test_a_column_has_a_menu(page: Page, table: Locator) -> None:
    page.get_by_role("button", name="Column lr").click()
    page.get_by_role("button", name="Pin to the left").click()
    expect(page).to_have_url(re.compile("pin=hyperparameters.lr"))
    expect(table.locator("thead th").nth(2)).to_contain_text("lr")
    page.get_by_role("button", name="Column lr").click()
    page.get_by_label("From").fill("1e-4")
    page.get_by_label("to", exact=True).fill("0.01")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("list", name="Conditions")).to_contain_text("hyperparameters.lr>=1e-4")
    settled(page)
    assert all(1e-4 <= float(cell) <= 0.01 for cell in column(table, "lr"))
    page.get_by_role("button", name="Column lr").click()
    page.get_by_role("button", name="Heat map").click()
    expect(table.locator("td.hot").first).to_be_visible()


def test_only_some_values_are_wanted(page: Page, table: Locator) -> None:
    page.get_by_role("button", name="Column kind").click()
    page.get_by_label("a", exact=True).check()
    page.get_by_label("c", exact=True).check()
    page.keyboard.press("Escape")
    settled(page)
    expect(page.get_by_role("list", name="Conditions")).to_have_text("hyperparameters.kind:a,c")
    assert set(column(table, "kind")) == {"a", "c"}


def test_columns_are_chosen_and_stay_in_the_address(page: Page, table: Locator) -> None:
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find a column").fill("dur")
    page.get_by_label("Duration").check()
    page.keyboard.press("Escape")
    page.reload()
    settled(page)
    expect(table.locator("thead")).to_contain_text("Duration")


def test_a_range_is_selected_and_compared(page: Page, table: Locator) -> None:
    boxes = table.locator("tbody input")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected jobs")
    expect(bar).to_contain_text("4 selected")
    bar.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 4 jobs")


def test_all_that_match_are_requeued(page: Page, table: Locator, search: schedy.Experiment) -> None:
    page.get_by_role("combobox", name="Status").select_option("crashed")
    expect(page.get_by_text("of 12 (120 in all)")).to_be_visible()
    page.get_by_role("combobox", name="Rows").select_option("25")
    page.get_by_role("combobox", name="Status").select_option("")
    expect(page.get_by_text("of 120")).to_be_visible()
    settled(page)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Select all 120 matching").click()
    page.get_by_role("button", name="Requeue…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("120 jobs will change")
    dialog.get_by_label("Why").fill("a bug in the loader")
    dialog.get_by_role("button", name="Requeue", exact=True).click()
    expect(page.locator(".facts").get_by_text("120 queued")).to_be_visible()
    assert {job.status for job in search.all_jobs()} == {"QUEUED"}


def test_jobs_are_tagged_and_found_by_it(page: Page, table: Locator) -> None:
    boxes = table.locator("tbody input")
    boxes.nth(0).check()
    boxes.nth(2).check()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("button", name="Add a tag…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tag", exact=True).fill("good")
    dialog.get_by_role("button", name="Tag", exact=True).click()
    expect(dialog).to_be_hidden()
    page.get_by_label("Filter").fill("tag:good")
    expect(page.get_by_text(re.compile(r"of 2 \(120 in all\)"))).to_be_visible()


def test_deleting_waits_and_then_is_done_wherever_one_is(
    page: Page, table: Locator, search: schedy.Experiment
) -> None:
    first, second = ids(table)[:2]
    table.locator("tbody input").nth(0).check()
    table.locator("tbody input").nth(1).check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name=first)).to_have_count(0)
    assert search.get_job(first).job_id == first
    page.get_by_role("link", name="Workers", exact=True).first.click()
    page.get_by_role("button", name="Now").click()
    expect(page.locator(".toast")).to_have_count(0)
    assert not {first, second} & {job.job_id for job in search.all_jobs()}


def test_all_that_match_look_gone_until_they_are(
    page: Page, table: Locator, search: schedy.Experiment
) -> None:
    page.get_by_label("Filter").fill("kind=a")
    page.get_by_label("Filter").press("Enter")
    expect(page).to_have_url(re.compile("f=kind%3Da"))
    settled(page)
    page.get_by_role("combobox", name="Rows").select_option("25")
    settled(page)
    before = ids(table)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name=re.compile(r"Select all \d+ matching")).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("All of these are about to be deleted.")).to_be_visible()
    assert ids(table) == []
    assert len(list(search.all_jobs())) == 120
    page.get_by_role("button", name="Undo").click()
    expect(table.locator("tbody th")).to_have_text(before)


def test_what_is_to_be_deleted_is_when_the_window_closes(
    page: Page, table: Locator, search: schedy.Experiment
) -> None:
    first = ids(table)[0]
    page.get_by_role("button", name=f"Delete {first}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.goto("about:blank")
    wait_until(lambda: first not in {job.job_id for job in search.all_jobs()}, seconds=5)


def test_rows_do_not_move_under_the_pointer(
    page: Page, table: Locator, search: schedy.Experiment
) -> None:
    before = ids(table)
    table.locator("tbody tr").nth(3).hover()
    search.add_job(status="DONE", hyperparameters={"lr": 0.5}, results={"loss": -1})
    pill = page.get_by_role("button", name="1 new result")
    expect(pill).to_be_visible()
    assert ids(table) == before
    pill.click()
    expect(table.locator("tbody td.number").first).to_have_text("-1")
    assert ids(table)[1:] == before[:-1]


def test_rows_move_when_nobody_points_at_them(
    page: Page, table: Locator, search: schedy.Experiment
) -> None:
    page.mouse.move(5, 5)
    search.add_job(status="DONE", hyperparameters={"lr": 0.5}, results={"loss": -2})
    expect(table.locator("tbody td.number").first).to_have_text("-2")


def test_a_job_is_queued_by_hand(page: Page, table: Locator, search: schedy.Experiment) -> None:
    page.get_by_role("button", name="Queue a job…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("lr").fill("7")
    expect(dialog.get_by_text("outside of the search space")).to_be_visible()
    dialog.get_by_role("button", name="Draw from the search space").click()
    expect(dialog.get_by_text("outside of the search space")).to_have_count(0)
    dialog.get_by_label("lr").fill("0.025")
    dialog.get_by_role("button", name="Queue it").click()
    expect(dialog).to_be_hidden()
    [queued] = search.jobs(status="QUEUED")
    assert queued.hyperparameters == {"lr": 0.025}


def test_what_is_shown_is_downloaded(page: Page, table: Locator, tmp_path: Path) -> None:
    page.get_by_label("Filter").fill("kind=a")
    expect(page.get_by_role("link", name="404")).to_have_count(0)
    expect(page).to_have_url(re.compile("f=kind%3Da"))
    settled(page)
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of these jobs and columns").click()
    download.value.save_as(tmp_path / "jobs.csv")
    with (tmp_path / "jobs.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert lines
    assert {line["hyperparameters.kind"] for line in lines} == {"a"}


def test_a_job_is_looked_at_beside_the_table(page: Page, table: Locator) -> None:
    first = ids(table)[0]
    table.locator("tbody tr").first.locator("td").nth(2).click()
    expect(page.get_by_role("complementary", name=f"Job {first}")).to_contain_text("Results")
    expect(page).to_have_url(re.compile(f"panel={first}"))
    page.get_by_role("button", name="Close the panel").click()
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_a_row_is_kept_at_the_top(page: Page, table: Locator) -> None:
    last = ids(table)[-1]
    page.get_by_role("button", name=f"More for {last}").click()
    page.get_by_role("button", name="Keep at the top").click()
    expect(table.locator("tbody th").first).to_have_text(last)
    page.get_by_role("button", name="lr", exact=True).click()
    settled(page)
    assert ids(table)[0] == last


def test_the_way_back_takes_choices_back(page: Page, table: Locator) -> None:
    page.get_by_role("button", name="lr", exact=True).click()
    expect(page).to_have_url(re.compile("sort=hyperparameters.lr$"))
    page.get_by_label("Filter").press_sequentially("epochs=1", delay=10)
    expect(page).to_have_url(re.compile("f=epochs%3D1$"))
    page.get_by_label("Filter").press_sequentially(" lr<1", delay=10)
    expect(page).to_have_url(re.compile("lr%3C1$"))
    page.get_by_role("combobox", name="Rows").select_option("25")
    page.locator("table.jobs tbody tr").nth(1).click(position={"x": 400, "y": 5})
    page.locator("table.jobs tbody tr").nth(2).click(position={"x": 400, "y": 5})
    expect(page).to_have_url(re.compile("panel="))
    for left in ("size=25$", "lr%3C1$", "sort=hyperparameters.lr$", "jobs$"):
        page.go_back()
        expect(page).to_have_url(re.compile(left))
    expect(page.get_by_role("list", name="Conditions")).to_have_count(0)
