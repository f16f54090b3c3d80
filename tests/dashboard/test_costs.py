"""What a page costs, whatever the machine: bytes, requests and nodes, with very many jobs."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser

from benchmarks.dashboards.browser import Tab
from benchmarks.dashboards.schedy_side import name_of, server_with
from tests.dashboard.conftest import sign_in
from tests.running import RunningServer

pytestmark = pytest.mark.browser

MANY, VERY_MANY = 20_000, 100_000
NODES = 2_500
REQUESTS, OF_CHARTS = 25, 32
SCRIPTS = (".js", ".css")


@pytest.fixture(scope="module")
def large() -> Iterator[RunningServer]:
    with server_with({name_of(MANY): MANY}) as found:
        yield found


@pytest.fixture(scope="module")
def very_large() -> Iterator[RunningServer]:
    with server_with({name_of(VERY_MANY): VERY_MANY}) as found:
        yield found


def opened(chromium: Browser, server: RunningServer, path: str, wanted: str) -> tuple[Any, Tab]:
    """Return what a page cost a browser that had nothing of it, and the page."""
    signing_in = chromium.new_context()
    sign_in(signing_in.new_page(), server)
    context = chromium.new_context(storage_state=signing_in.storage_state())
    signing_in.close()
    tab = Tab(context.new_page())
    return tab.open(server.root + path, wanted, limit=120), tab


def test_the_first_table_needs_few_scripts(chromium: Browser, large: RunningServer) -> None:
    rows = "table.jobs tbody tr"
    seen, tab = opened(chromium, large, f"e/{name_of(MANY)}/jobs", rows)
    loaded = tab.page.evaluate(
        "performance.getEntriesByType('resource').map((each) => [each.name, each.encodedBodySize])"
    )
    tab.page.context.close()
    assert sum(size for name, size in loaded if name.endswith(SCRIPTS)) <= 150_000
    assert seen.bytes <= 200_000
    assert seen.requests <= REQUESTS
    assert seen.nodes <= NODES


def test_the_charts_of_many_jobs_cost_little(chromium: Browser, large: RunningServer) -> None:
    seen, tab = opened(chromium, large, f"e/{name_of(MANY)}/charts", "figure svg.drawing")
    tab.page.context.close()
    assert seen.bytes <= 700_000
    assert seen.requests <= OF_CHARTS
    assert seen.nodes <= NODES


def test_what_is_loaded_later_is_small() -> None:
    web = files("schedy_server").joinpath("web")
    assets = web.joinpath("assets")
    if not assets.is_dir():
        pytest.skip("the dashboard is not built: pip install -e .")
    at_once = web.joinpath("index.html").read_text()
    sizes = {each.name: len(each.read_bytes()) for each in assets.iterdir()}
    sent = {
        name: sizes.get(f"{name}.gz", size)
        for name, size in sizes.items()
        if name.endswith(".js") and name not in at_once
    }
    assert {name: size for name, size in sent.items() if size > 40_000} == {}


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "wanted", "most"),
    [("jobs", "table.jobs tbody tr", 200_000), ("charts", "figure svg.drawing", 3_000_000)],
)
def test_very_many_jobs_cost_hardly_more(
    chromium: Browser, very_large: RunningServer, part: str, wanted: str, most: int
) -> None:
    seen, tab = opened(chromium, very_large, f"e/{name_of(VERY_MANY)}/{part}", wanted)
    tab.page.context.close()
    assert seen.bytes <= most
    assert seen.nodes <= NODES
