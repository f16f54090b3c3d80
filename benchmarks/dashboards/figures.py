"""What is measured, what it may cost at most, and what came of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Error

from benchmarks.dashboards.browser import NeverShown, Seen

MILLISECONDS, BYTES, COUNT = "ms", "bytes", ""
ALL = (1_000, 20_000, 100_000)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is measured.

    Attributes:
        budget: What it may be at most, by the number of jobs that it is promised for.
    """

    title: str
    unit: str
    budget: Mapping[int, float] = field(default_factory=dict)


def _up_to(least: float, most: float, largest: float) -> Mapping[int, float]:
    return dict(zip(ALL, (least, most, largest), strict=True))


FIGURES: Mapping[str, Figure] = {
    "rows": Figure("jobs page: rows visible", MILLISECONDS, _up_to(800, 800, 1000)),
    "rows.bytes": Figure("jobs page: transferred", BYTES, _up_to(200e3, 200e3, 200e3)),
    "rows.requests": Figure("jobs page: requests", COUNT, _up_to(20, 20, 20)),
    "rows.nodes": Figure("jobs page: DOM nodes", COUNT, _up_to(2500, 2500, 2500)),
    "rows.heap": Figure("jobs page: JavaScript heap", BYTES, _up_to(120e6, 120e6, 120e6)),
    "rows.longest": Figure("jobs page: longest task", MILLISECONDS, _up_to(50, 50, 50)),
    "sort": Figure("sort by a hyperparameter", MILLISECONDS, _up_to(500, 500, 500)),
    "filter": Figure("filter by two hyperparameters", MILLISECONDS, _up_to(500, 500, 500)),
    "next": Figure("next page", MILLISECONDS, _up_to(300, 300, 300)),
    "charts": Figure("charts page: drawn", MILLISECONDS, _up_to(1000, 1000, 2500)),
    "surface": Figure("charts page: with the surface of a model", MILLISECONDS),
    "charts.bytes": Figure("charts page: transferred", BYTES, _up_to(700e3, 700e3, 3e6)),
    "charts.requests": Figure("charts page: requests", COUNT),
    "charts.nodes": Figure("charts page: DOM nodes", COUNT, _up_to(2500, 2500, 2500)),
    "charts.heap": Figure("charts page: JavaScript heap", BYTES, _up_to(120e6, 120e6, 120e6)),
    "charts.longest": Figure("charts page: longest task", MILLISECONDS, _up_to(200, 200, 200)),
    "brush": Figure("brush: redraw, median", MILLISECONDS, _up_to(30, 30, 30)),
    "brush.p95": Figure("brush: redraw, 95th percentile", MILLISECONDS, _up_to(100, 100, 100)),
    "importance": Figure("importance of hyperparameters", MILLISECONDS, _up_to(3000, 3000, 3000)),
    "csv.first": Figure("CSV: first byte", MILLISECONDS, _up_to(200, 200, 200)),
    "csv": Figure("CSV: whole", MILLISECONDS, _up_to(1000, 1000, 4000)),
    "change": Figure("a change: on the screen after", MILLISECONDS, _up_to(1500, 1500, 1500)),
    "change.bytes": Figure("a change: transferred", BYTES),
    "api": Figure("API, a page of jobs: 95th percentile", MILLISECONDS, _up_to(50, 200, 200)),
    "memory": Figure("server: memory", BYTES),
}


class Notes:
    """What was measured of one contestant with one number of jobs."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.failures: dict[str, str] = {}

    def note(self, name: str, value: float) -> None:
        """Note one value of a figure."""
        self.values.setdefault(name, []).append(value)

    def note_page(self, name: str, seen: Seen, *, is_drawn: bool = False) -> None:
        """Note what a page cost.

        Args:
            is_drawn: It counts when the page has settled, not when the first of it shows.
        """
        self.note(name, seen.settled if is_drawn else seen.first)
        for part in ("bytes", "requests", "nodes", "heap", "longest"):
            self.note(f"{name}.{part}", getattr(seen, part))

    @contextmanager
    def attempt(self, *names: str) -> Iterator[None]:
        """Note instead of a value why there is none."""
        try:
            yield
        except (NeverShown, Error, OSError) as error:
            for name in names:
                self.failures[name] = str(error).splitlines()[0][:80]

    def is_hopeless(self, name: str) -> bool:
        """Tell whether it failed before: trying again would only take as long again."""
        return name in self.failures

    def median(self, name: str) -> float | None:
        """Return the median of a figure; None if there is none."""
        found = self.values.get(name)
        return median(found) if found and name not in self.failures else None


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of values does not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]
