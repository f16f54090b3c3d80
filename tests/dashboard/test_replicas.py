"""Behind a proxy with several servers, a page is as live as before one, and outlives each."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import schedy
from tests.dashboard.conftest import settled, sign_in, troubles_of
from tests.databases import fresh_database, shared_server
from tests.replicas.cluster import SERVERS, Cluster
from tests.replicas.test_nginx import NGINX, nginx

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]

SOON = 6000  # milliseconds; one and a half seconds on a machine with nothing else to do


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        found = Cluster(stack.enter_context(fresh_database(shared_server())), stack)
        stack.enter_context(nginx(found, tmp_path))
        yield found


@pytest.fixture
def page(chromium: Browser, cluster: Cluster) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    troubles = troubles_of(page)
    sign_in(page, replace(cluster.first, root=f"http://127.0.0.1:{cluster.port}/"))
    yield page
    context.close()
    assert not troubles


def test_news_arrive_whichever_server_they_come_from(page: Page, cluster: Cluster) -> None:
    search = cluster.connect().get_or_add_experiment(schedy.ManualSearch("digits", minimize="x"))
    search.add_job()
    page.goto(f"http://127.0.0.1:{cluster.port}/e/digits/jobs")
    settled(page)
    expect(page.locator(".live")).to_have_text("Live")
    for jobs in range(2, 8):  # nginx passes each request to the next server
        search.add_job()
        expect(page.locator(".facts").get_by_text(f"{jobs} queued")).to_be_visible(timeout=SOON)


def test_a_page_outlives_each_server(page: Page, cluster: Cluster) -> None:
    search = cluster.connect().get_or_add_experiment(schedy.ManualSearch("digits", minimize="x"))
    search.add_job()
    page.goto(f"http://127.0.0.1:{cluster.port}/e/digits/jobs")
    settled(page)
    for number in range(SERVERS):
        cluster.kill(number)
        search.add_job()
        said = page.locator(".facts").get_by_text(f"{number + 2} queued")
        expect(said).to_be_visible(timeout=5 * SOON)
    expect(page.get_by_role("heading", level=1)).to_contain_text("digits")
