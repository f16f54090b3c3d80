"""Searches worth drawing, and hands to work on their charts."""

import math
import random
import re

from playwright.sync_api import Locator, Page, expect

import schedy
from tests.running import RunningServer

ALL = (
    "history", "parallel", "importance", "surface", "slices", "fan", "rank", "pareto", "ecdf",
    "failures", "predictions", "timeline",
)  # fmt: skip
# The figure of each chart in a search for accuracy.
FIGURES = {
    "history": "accuracy over time",
    "parallel": "Parallel coordinates",
    "importance": "What matters for accuracy",
    "surface": "Expected accuracy",
    "slices": "lr",
    "fan": "losses of all jobs",
    "rank": "Rank",
    "pareto": "Pareto front of accuracy and loss",
    "ecdf": "Distribution of accuracy",
    "failures": "Failure rate by units",
    "predictions": "Predicted against actual",
    "timeline": "Timeline",
}
MANY = 6_000
JOBS = 120
PATIENCE = 30_000  # milliseconds that a model may take on a busy machine
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>"


def fill(db: schedy.SchedyDB) -> None:
    dice = random.Random(5)
    search = db.get_or_add_experiment(schedy.ManualSearch("rich", maximize="accuracy"))
    search.add_jobs(one_job(dice, number) for number in range(JOBS))
    search.add_jobs([{"hyperparameters": {"lr": 1e-3, "units": 64, "kind": "a"}}] * 2)
    for _ in range(2):
        with search.next_job() as job:
            job.results["accuracy"] = 0.875
            job.results["loss"] = 0.125
    odd = db.get_or_add_experiment(schedy.ManualSearch("odd", minimize=HOSTILE))
    odd.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {HOSTILE: number, "x y": "<b>" * number, "a,b": number, "lr": value},
            "results": {HOSTILE: value},
        }
        for number, value in enumerate([math.nan, math.inf, -1e308, 1e-300, 0.0, 3.0])
    )
    breed(db)
    bare = db.get_or_add_experiment(schedy.ManualSearch("bare", maximize="accuracy"))
    bare.add_jobs([{}])
    many = db.get_or_add_experiment(schedy.ManualSearch("many", maximize="score"))
    many.add_jobs(
        {
            "status": "DONE",
            "hyperparameters": {"a": dice.random(), "b": dice.random(), "c": "xyz"[number % 3]},
            "results": {"score": dice.random()},
        }
        for number in range(MANY)
    )


def breed(db: schedy.SchedyDB) -> None:
    dice = random.Random(2)
    population = db.get_or_add_experiment(
        schedy.PopulationBasedTraining(
            "bred",
            schedy.pbt.MAXIMIZE,
            "score",
            schedy.pbt.Truncate(0.25),
            {"lr": schedy.pbt.Perturb(0.8, 1.25)},
            {"lr": schedy.random.LogUniform(1e-4, 1e-1)},
            4,
            max_generations=4,
        )
    )
    for _ in range(16):
        with population.next_job() as job:
            job.results["score"] = dice.random()


def one_job(dice: random.Random, number: int) -> dict[str, object]:
    lr, units, kind = 10 ** dice.uniform(-5, -1), dice.choice([16, 64, 256]), dice.choice("abc")
    accuracy = 0.9 - 0.05 * (math.log10(lr) + 3) ** 2 + dice.gauss(0, 0.01)
    is_crash = units == 256 and number % 2 == 0
    results = {
        "accuracy": accuracy,
        "loss": 1.1 - accuracy,
        "losses": [(1 - accuracy) + math.exp(-step / 3) for step in range(12)],
    }
    return {
        "status": "CRASHED" if is_crash else "DONE",
        "hyperparameters": {"lr": lr, "units": units, "kind": kind},
        "results": {} if is_crash else results,
    }


def show(page: Page, server: RunningServer, charts: str, experiment: str = "rich") -> None:
    page.goto(f"{server.root}e/{experiment}/charts?c={charts}")
    page.locator(".chart-tools").wait_for()


def figure(page: Page, name: str) -> Locator:
    found = page.get_by_role("figure", name=name, exact=True)
    # At once: what stands there until its data has come may be replaced while one waits.
    found.evaluate("(each) => each.scrollIntoView({ block: 'nearest' })", timeout=PATIENCE)
    return found


def complete(page: Page) -> None:
    """Wait until all charts are there, also those that are computed for long."""
    page.locator("figure figcaption, figure .nothing").first.wait_for()
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0, timeout=PATIENCE)


def from_menu(chart: Locator, item: str) -> None:
    chart.get_by_role("button", name=re.compile("^More about")).click()
    chart.get_by_role("button", name=item, exact=True).click()


def drag(page: Page, chart: Locator, *, start: float, end: float) -> None:
    """Draw a line across the middle of a chart, from one share of its width to another."""
    box = chart.locator("svg.drawing").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=4)
    page.mouse.up()


def ticks(chart: Locator) -> list[str]:
    texts = chart.locator("svg.drawing text")
    texts.first.wait_for()
    return texts.all_text_contents()
