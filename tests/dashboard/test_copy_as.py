"""What the dashboard offers to copy does what it says, in Python, in the shell and with curl."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

import schedy
from tests.dashboard.charting import complete
from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser

NAME = 'it\'s a "search" & 100 % more'
KINDS = ("python", "cli", "curl")


@pytest.fixture
def search(server: RunningServer) -> Iterator[schedy.Experiment]:
    db = schedy.SchedyDB(config_override=server.client)
    found = db.get_or_add_experiment(
        schedy.RandomSearch(NAME, {"lr": schedy.random.Uniform(0, 1)}, minimize="loss")
    )
    found.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {"lr": number / 10, "kind": "a b" if number % 2 else "c"},
            "results": {"loss": number},
        }
        for number in range(10)
    )
    yield found
    found.delete()


@pytest.fixture
def jobs(page: Page, server: RunningServer, search: schedy.Experiment) -> Page:
    page.goto(server.root)
    page.get_by_role("link", name=NAME, exact=True).click()
    page.get_by_role("link", name="Jobs", exact=True).click()
    settled(page)
    return page


def words(page: Page, within: Locator, kind: str) -> str:
    """Return what is offered to copy by a menu."""
    within.get_by_role("button", name="Copy as", exact=True).click()
    text = page.locator(f"[popover]:popover-open pre[data-kind={kind}]").inner_text()
    page.keyboard.press("Escape")
    return text


def run(server: RunningServer, folder: Path, kind: str, text: str) -> str:
    """Run a command as somebody would who pastes it."""
    if kind == "curl" and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-c", text] if kind == "python" else ["/bin/sh", "-c", text]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **server.environment, "PATH": scripts, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_table_shows(jobs: Page, server: RunningServer, tmp_path: Path, kind: str) -> None:
    jobs.get_by_label("Filter").fill('kind="a b" lr<0.6')
    expect(jobs.get_by_text("of 3 (10 in all)")).to_be_visible()
    said = run(server, tmp_path, kind, words(jobs, jobs.locator(".table-tools"), kind))
    if kind == "python":
        assert len(said.splitlines()) == 3
        assert all("a b" in line for line in said.splitlines())
        return
    with (tmp_path / "jobs.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["hyperparameters.lr"] for line in lines] == ["0.1", "0.3", "0.5"]
    assert "hyperparameters.kind" in lines[0]


@pytest.mark.parametrize("kind", KINDS)
def test_pausing(
    jobs: Page, server: RunningServer, search: schedy.Experiment, tmp_path: Path, kind: str
) -> None:
    run(server, tmp_path, kind, words(jobs, jobs.locator(".heading"), kind))
    expect(jobs.get_by_role("button", name="Resume")).to_be_visible()
    run(server, tmp_path, kind, words(jobs, jobs.locator(".heading"), kind))
    expect(jobs.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_queueing_a_job(
    jobs: Page, server: RunningServer, search: schedy.Experiment, tmp_path: Path, kind: str
) -> None:
    jobs.get_by_role("button", name="Queue a job…").click()
    dialog = jobs.get_by_role("dialog")
    dialog.get_by_label("lr").fill("1e-3")
    run(server, tmp_path, kind, words(jobs, dialog, kind))
    [job] = search.jobs(status="QUEUED")
    assert job.hyperparameters == {"lr": 0.001}


@pytest.mark.parametrize("kind", KINDS)
def test_requeueing_a_job_with_a_reason(
    jobs: Page, server: RunningServer, search: schedy.Experiment, tmp_path: Path, kind: str
) -> None:
    first = jobs.locator("table.jobs tbody th").first.inner_text()
    jobs.get_by_role("button", name=f"More for {first}").click()
    jobs.get_by_role("button", name="Requeue…").click()
    dialog = jobs.get_by_role("dialog")
    dialog.get_by_label("Why").fill("it's $HOME; `id`")
    run(server, tmp_path, kind, words(jobs, dialog, kind))
    assert [job.job_id for job in search.jobs(status="QUEUED")] == [first]
    assert "requeued: it's $HOME; `id`" in [line.reason for line in search.log(first)]


@pytest.mark.parametrize("kind", KINDS)
def test_acting_on_all_that_fit_a_filter(
    jobs: Page, server: RunningServer, search: schedy.Experiment, tmp_path: Path, kind: str
) -> None:
    for box in jobs.locator("table.jobs tbody input").all()[:2]:
        box.check()
    jobs.get_by_role("button", name="Delete…").click()
    text = words(jobs, jobs.get_by_role("dialog"), kind)
    run(server, tmp_path, kind, f"{text} --yes" if kind == "cli" else text)
    assert len(list(search.all_jobs())) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_experiment(page: Page, server: RunningServer, tmp_path: Path, kind: str) -> None:
    page.get_by_role("button", name="New experiment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(f"copied with {kind}")
    dialog.get_by_label("What chooses").select_option("PBT")
    dialog.get_by_label("Result to optimise").fill("score")
    dialog.get_by_role("button", name="Add a hyperparameter").click()
    dialog.get_by_label("Hyperparameter", exact=True).nth(1).fill("kind of")
    dialog.get_by_label("Values").nth(1).select_option("choice")
    dialog.get_by_label("Choices, by commas").fill("a, 2, true")
    dialog.get_by_label("Copies are varied by").nth(1).select_option("resample")
    run(server, tmp_path, kind, words(page, dialog, kind))
    db = schedy.SchedyDB(config_override=server.client)
    found = db.get_experiment(f"copied with {kind}")
    assert isinstance(found, schedy.PopulationBasedTraining)
    assert set(found.initial_distributions) == {"lr", "kind of"}
    assert found.explore["kind of"] == schedy.pbt.Resample(0.25)
    assert (found.population_size, found.max_generations) == (10, 20)
    found.delete()


@pytest.mark.parametrize("kind", KINDS)
def test_what_charts_show(
    page: Page, server: RunningServer, search: schedy.Experiment, tmp_path: Path, kind: str
) -> None:
    charts = ("history", "importance", "pareto", "ecdf", "parallel", "slices", "failures")
    address = f"{server.root}e/{quote(NAME, safe='')}/charts"
    page.set_viewport_size({"width": 1280, "height": 3000})
    page.goto(f"{address}?c={','.join(charts)}&f={quote('lr<0.6')}")
    title = {"python": "Python", "cli": "a command", "curl": "curl"}[kind]
    complete(page)
    menus = page.get_by_role("button", name=re.compile("^More about"))
    assert menus.count() >= 4
    for at in range(menus.count()):
        menus.nth(at).click()
        text = page.locator("[popover]:popover-open").get_by_text(f"Copy as {title}")
        command = text.get_attribute("title")
        page.keyboard.press("Escape")
        assert command
        shown = run(server, tmp_path, kind, command)
        assert shown or (tmp_path / "jobs.csv").is_file()
