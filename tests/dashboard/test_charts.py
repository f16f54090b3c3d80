"""Charts, drawn by a browser from a real server's jobs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

import schedy
from tests.dashboard.charting import (
    ALL,
    FIGURES,
    HOSTILE,
    JOBS,
    PATIENCE,
    SVG,
    complete,
    drag,
    figure,
    fill,
    from_menu,
    show,
    ticks,
)
from tests.dashboard.test_accessibility import RULES, THEMES
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as found:
        fill(schedy.SchedyDB(config_override=found.client))
        yield found


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


@pytest.mark.parametrize("chart", ALL)
def test_a_chart_shows_itself_as_a_picture_and_as_a_table(
    page: Page, server: RunningServer, chart: str
) -> None:
    show(page, server, chart)
    found = figure(page, FIGURES[chart])
    drawing = found.locator("svg.drawing").first
    drawing.wait_for(timeout=PATIENCE)
    assert drawing.locator("path, rect, circle").count() > 0
    assert len(found.locator("figcaption").inner_text()) > 20
    expect(page.get_by_role("alert")).to_have_count(0)
    from_menu(found, "Show as a table")
    assert found.locator("thead th").count() >= 2
    assert found.locator("tbody tr").count() >= 2
    assert "undefined" not in found.inner_text()


def test_nobody_looks_away_when_news_come(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    show(page, server, "history")
    found = figure(page, FIGURES["history"])
    expect(found.locator("svg.drawing")).to_have_attribute("data-zoomed", "false")
    drag(page, found, start=0.3, end=0.6)
    expect(found.locator("svg.drawing")).to_have_attribute("data-zoomed", "true")
    seen = ticks(found)
    before = found.locator("figcaption").inner_text()
    db.get_experiment("rich").add_jobs([{"status": "DONE", "results": {"accuracy": 0.5}}])
    expect(found.locator("figcaption")).not_to_have_text(before)
    assert ticks(found) == seen
    from_menu(found, "Show as a table")
    from_menu(found, "Show the chart")
    assert ticks(found) == seen
    found.locator("svg.drawing").dblclick(position={"x": 300, "y": 60})
    expect(found.locator("svg.drawing")).to_have_attribute("data-zoomed", "false")


def test_keys_zoom_move_and_open(page: Page, server: RunningServer) -> None:
    show(page, server, "history")
    drawing = figure(page, FIGURES["history"]).locator("svg.drawing")
    drawing.focus()
    whole = ticks(page.locator("figure"))
    page.keyboard.press("+")
    closer = ticks(page.locator("figure"))
    page.keyboard.press("Shift+ArrowRight")
    beside = ticks(page.locator("figure"))
    assert whole != closer != beside
    page.keyboard.press("0")
    assert ticks(page.locator("figure")) == whole
    page.keyboard.press("ArrowRight")
    expect(page.locator("output.tip")).to_contain_text("accuracy")
    first = page.locator("output.tip").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator("output.tip")).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/e/rich/jobs/\w+"))


def test_the_pointer_tells_and_a_click_opens(page: Page, server: RunningServer) -> None:
    show(page, server, "history")
    found = figure(page, FIGURES["history"])
    spot = found.locator("circle.best").last
    spot.hover(force=True)
    expect(found.locator("output.tip")).to_contain_text("job")
    spot.click(force=True)
    expect(page).to_have_url(re.compile(r"/e/rich/jobs/\w+"))


def test_what_is_marked_becomes_the_filter(page: Page, server: RunningServer) -> None:
    show(page, server, "history,slices")
    found = figure(page, FIGURES["history"])
    page.keyboard.down("Shift")
    drag(page, found, start=0.3, end=0.6)
    page.keyboard.up("Shift")
    expect(page).to_have_url(re.compile(r"f=number%3E%3D[\d.]+\+number%3C%3D[\d.]+"))
    expect(found.locator("figcaption")).not_to_contain_text(f"of {JOBS}")
    page.get_by_role("button", name="Filter", exact=True).click()
    drag(page, figure(page, "lr"), start=0.3, end=0.6)
    expect(page).to_have_url(re.compile(r"hyperparameters\.lr%3E%3D"))
    drag(page, figure(page, "kind"), start=0.05, end=0.5)
    expect(page).to_have_url(re.compile(r"hyperparameters\.kind%3A"))
    page.reload()
    expect(figure(page, FIGURES["history"]).locator("figcaption")).not_to_contain_text("122 jobs")


def test_axes_are_moved_turned_and_bent(page: Page, server: RunningServer) -> None:
    show(page, server, "parallel")
    title = page.get_by_role("button", name=re.compile("^Axis kind"))
    title.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"axes=hyperparameters\.lr%2Chyperparameters\.kind"))
    title.focus()
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile(r"-hyperparameters\.kind"))
    page.get_by_role("slider", name="Limit units").focus()
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile(r"scale=hyperparameters\.units%3Alog"))
    box = page.get_by_role("button", name=re.compile("^Axis units")).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(20, box["y"] + 10, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"axes=hyperparameters\.units"))


def test_a_family_is_followed_by_keys(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.root}e/bred/lineage")
    found = figure(page, "Lineage")
    found.locator("svg.drawing").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    tip = found.locator("output.tip")
    expect(tip).to_contain_text("origin")
    number = re.findall(r"job (\d+)", tip.inner_text())[0]
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(f"focus={number}$"))
    assert found.locator(".dimmed").count() > 0
    expect(page.get_by_role("figure", name="Diversity per generation")).to_be_visible()
    found.get_by_role("button", name="Open it").click()
    expect(page).to_have_url(re.compile(r"/e/bred/jobs/\w+"))


@pytest.mark.parametrize("chart", ["surface", "history", "importance", "pareto", "timeline"])
def test_a_chart_is_taken_away(
    page: Page, server: RunningServer, chart: str, tmp_path: Path
) -> None:
    show(page, server, chart)
    found = figure(page, FIGURES[chart])
    found.locator("svg.drawing").first.wait_for(timeout=PATIENCE)
    files = {}
    for item in ("Save as PNG", "Save as SVG", "Save the data (CSV)"):
        with page.expect_download() as download:
            from_menu(found, item)
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        files[path.suffix] = path.read_bytes()
    assert files[".png"].startswith(b"\x89PNG")
    assert len(files[".png"]) > 3_000
    drawing = ET.fromstring(files[".svg"])  # noqa: S314  made by the dashboard just now
    assert drawing.tag == f"{SVG}svg"
    assert (drawing.find(f".//{SVG}image") is not None) == (chart == "surface")
    assert b"class=" not in files[".svg"]
    texts = [each.text for each in drawing.iter(f"{SVG}text")]
    assert FIGURES[chart] in texts
    for word in {"pareto": ["hypervolume"], "timeline": ["done", "crashed"]}.get(chart, []):
        assert word in texts
    if chart in {"history", "timeline"}:
        assert not re.search(rb"\d\.\d{10}", files[".csv"])
    assert len(files[".csv"].decode("utf-8-sig").splitlines()) >= 4


@pytest.mark.parametrize("chart", ALL)
def test_a_chart_without_data_says_what_is_missing(
    page: Page, server: RunningServer, chart: str
) -> None:
    show(page, server, chart, "bare")
    found = page.locator("figure").first
    found.locator(".nothing").wait_for(timeout=PATIENCE)
    assert len(found.locator(".nothing").inner_text()) > 20
    expect(page.get_by_role("alert")).to_have_count(0)


def test_charts_without_a_single_job_say_so(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    db.get_or_add_experiment(schedy.ManualSearch("none", minimize="loss"))
    page.goto(f"{server.root}e/none/charts")
    expect(page.get_by_text("No jobs yet.")).to_be_visible()


def test_nan_huge_values_and_hostile_names_are_drawn(page: Page, server: RunningServer) -> None:
    show(page, server, ",".join(ALL), "odd")
    for _ in range(12):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(150)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=PATIENCE)
    assert page.locator("svg script, svg foreignObject").count() == 0
    assert page.locator("main").inner_text().count(HOSTILE) > 2
    expect(page.get_by_text("Not drawn, because of the comma in the name: a,b.")).to_be_visible()
    history = page.locator("figure").first
    expect(history).to_contain_text("without a value that can be drawn")
    drawn = page.locator("svg.drawing").evaluate_all(
        "(all) => all.map((it) => it.innerHTML).join()"
    )
    assert "NaN" not in drawn


def test_many_jobs_are_all_drawn_by_density(page: Page, server: RunningServer) -> None:
    show(page, server, "history,parallel", "many")
    history = figure(page, "score over time")
    expect(history.locator("figcaption")).to_contain_text("all 6,000 jobs, by density")
    assert painted(history.locator("canvas")) > 5_000
    parallel = figure(page, "Parallel coordinates")
    expect(parallel.locator("canvas")).not_to_have_attribute("data-drawing", "true")
    assert painted(parallel.locator("canvas")) > 50_000
    history.locator("svg.drawing").hover(position={"x": 400, "y": 120})
    expect(history.locator("output.tip")).to_contain_text("score")
    drag_axis(page, page.get_by_role("slider", name="Limit a"))
    expect(parallel.locator("figcaption")).to_contain_text("within what is marked")
    expect(parallel.get_by_role("button", name="Open in the table")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < 2_500


def drag_axis(page: Page, axis: Locator) -> None:
    box = axis.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()


def painted(canvas: Locator) -> int:
    """Count the pixels of a canvas on which there is something."""
    found = canvas.evaluate(
        "(it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data"
        ".filter((value, at) => at % 4 === 3 && value > 0).length"
    )
    assert isinstance(found, int)
    return found


def test_a_chart_that_fails_leaves_the_others_alone(page: Page, server: RunningServer) -> None:
    failing = True

    def answer(route: Route) -> None:
        if failing:
            route.fulfill(status=422, body="The model is ill.", headers={"x-request-id": "abc123"})
        else:
            route.continue_()

    page.route("**/analysis/importance/**", answer)
    show(page, server, "history,importance")
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("The model is ill.")
    expect(trouble).to_contain_text("abc123")
    expect(figure(page, FIGURES["history"]).locator("svg.drawing")).to_be_visible()
    failing = False
    trouble.get_by_role("button", name="Try again").click()
    expect(figure(page, FIGURES["importance"])).to_be_visible(timeout=PATIENCE)


def test_the_overview_tells_what_needs_attention(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    search = db.get_or_add_experiment(schedy.ManualSearch("troubled", minimize="loss"))
    search.add_jobs([{}] * 3)
    for number in range(2):
        with pytest.raises(RuntimeError), search.next_job():
            raise RuntimeError(f"CUDA out of memory: {number} MiB")
    with search.next_job() as job:
        job.results["loss"] = 1.0
    page.goto(f"{server.root}e/troubled")
    attention = page.get_by_role("region", name="Needs attention")
    expect(attention).to_contain_text("2 jobs crashed")
    expect(attention.locator("li")).to_have_count(1)
    expect(attention).to_contain_text("CUDA out of memory")
    for name in ("loss over time", "Throughput"):
        expect(page.get_by_role("figure", name=name)).to_be_visible()
    expect(page.get_by_role("region", name="Best jobs")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "path",
    [
        "rich/charts?color=kind&c=" + ",".join(ALL),
        "bare/charts?c=" + ",".join(ALL),
        "rich",
        "odd/charts",
        "bred/lineage",
    ],
)
def test_charts_have_no_barrier(
    page: Page, server: RunningServer, path: str, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 1280, "height": 5000})
    page.goto(f"{server.root}e/{path}")
    complete(page)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_charts_fit_a_narrow_screen(page: Page, server: RunningServer) -> None:
    page.set_viewport_size({"width": 360, "height": 6000})
    for path in (f"charts?c={','.join(ALL)}", "overview"):
        page.goto(f"{server.root}e/rich/{path}")
        complete(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
