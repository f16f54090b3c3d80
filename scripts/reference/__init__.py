"""Writes the reference pages that follow from the code: `python -m scripts.reference`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.reference import command_line, http, python, settings

FOLDER = Path(__file__).parents[2] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings.page,
    "command-line.md": command_line.page,
    "http.md": http.page,
    "python.md": python.page,
}
