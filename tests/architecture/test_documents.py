"""What the documents say is there, is there."""

import re
from pathlib import Path

import pytest

from schedy_server.settings import OPTIONS, Option
from tests.architecture.tree import ROOT, files, read

MENTIONED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|sql|md|toml)|(?:[\w.-]+/)+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PAGES = [Path(page.name) for page in ROOT.glob("*.md")]


def is_there(mentioned: str) -> bool:
    """Tell whether a path exists, as it stands or inside some room (`routes.py`, `storage/`)."""
    return (ROOT / mentioned).exists() or any((ROOT / "src").rglob(mentioned))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_that_is_mentioned_exists(page: str) -> None:
    mentioned = MENTIONED.findall(read(Path(page)))
    assert mentioned
    assert not [path for path in mentioned if not is_there(path)]


def test_every_link_leads_somewhere() -> None:
    pages = [*PAGES, *files(".md", under=("docs", "examples", "benchmarks"))]
    links = [(page, target) for page in pages for target in LINK.findall(read(page))]
    assert not [link for link in links if not (ROOT / link[0].parent / link[1]).exists()]


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_first_page_says_how_to_begin(command: str) -> None:
    assert command in read(Path("README.md"))


def test_ci_runs_what_the_first_page_says() -> None:
    assert {"make test", "make check"} <= set(read(Path(".ci/run")).splitlines())


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(Path("Makefile")), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)", read(page))}
    assert named <= targets


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_documented(option: Option) -> None:
    page = read(Path("docs/reference/settings.md"))
    row = f"| `{option.flag}` | `{option.variable}` | `{option.name}` | {option.shown} |"
    assert row in page
