"""Takes the pictures."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts.screenshots.camera import LOOKS, Camera
from scripts.screenshots.house import house
from scripts.screenshots.scenes import SCENES
from scripts.screenshots.searches import (
    ablations,
    baseline,
    classifier,
    newcomer,
    sweep,
    transformer,
)

_OUT = Path(__file__).parents[2] / "build" / "screenshots"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all pictures, or those of some pages."""
    given = _parser().parse_args(arguments)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    scenes = [each for each in SCENES if given.only is None or each.page in given.only]
    fillings = [baseline, sweep(given.jobs), ablations, transformer, classifier, newcomer]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schedy-pictures-")))
        lab = stack.enter_context(house(folder / "lab", *fillings))
        bare = stack.enter_context(house(folder / "bare"))
        playwright = stack.enter_context(sync_playwright())
        camera = Camera(playwright, program, lab, bare, given.out)
        stack.callback(camera.close)
        failures = camera.take(scenes, given.looks)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(given.out)
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.screenshots", description="Take a picture of every page."
    )
    pages = sorted({each.page for each in SCENES})
    parser.add_argument("--only", action="append", choices=pages, metavar="PAGE")
    parser.add_argument("--looks", nargs="+", default=list(LOOKS), choices=LOOKS)
    parser.add_argument("--jobs", type=int, default=100_000, help="in the largest experiment")
    parser.add_argument("--out", type=Path, default=_OUT, metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())
