"""The reference says what the code says."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy.cli.parser import build_parser
from schedy_server.cli import parser as build_server_parser
from schedy_server.http.routes import ENDPOINTS
from schedy_server.schedulers import registry
from schedy_server.service.names import LONGEST_NAME
from schedy_server.settings import OPTIONS, Settings
from scripts.reference import FOLDER, PAGES
from tests.docs.pages import blocks


def reference(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    assert reference(name) == PAGES[name](), "run: .venv/bin/python -m scripts.reference"


def test_every_setting_is_explained() -> None:
    page = reference("settings.md")
    assert not [
        each.name for each in OPTIONS if f"| `{each.flag}` | `{each.variable}` |" not in page
    ]


def test_every_endpoint_is_explained() -> None:
    page = reference("http.md")
    paths = [f"`{each.method} {each.path.replace(':segment', '')}`" for each in ENDPOINTS]
    assert not [path for path in paths if path not in page]


def test_every_command_is_explained() -> None:
    page = reference("command-line.md")
    commands = [*_commands(build_parser()), *_commands(build_server_parser())]
    assert not [command for command in commands if f"# {command}\n" not in page]


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield f"{parser.prog.replace(' EXPERIMENT', '')} {name}"
                yield from _commands(command)


@pytest.mark.parametrize(
    "definition",
    [
        json.loads(each.content)
        for each in blocks(reference("schedulers.md"))
        if each.language == "json"
    ],
    ids=lambda definition: next(iter(definition)),
)
def test_a_scheduler_is_defined_as_shown(definition: object) -> None:
    assert registry.parse(definition).to_wire()


def test_the_limits_are_those_of_the_code() -> None:
    page, settings = reference("limits.md"), Settings()
    assert f"{settings.max_body // 2**20} MiB" in page
    assert f"1 to {LONGEST_NAME} characters" in page
    assert f"{settings.max_long_poll.seconds} seconds" in page


def test_every_page_is_in_the_index_of_its_folder() -> None:
    pages = [path for path in FOLDER.parent.glob("*/*.md") if path.name != "index.md"]
    assert not [path for path in pages if f"({path.name})" not in _index(path)]


def _index(page: Path) -> str:
    return page.with_name("index.md").read_text("utf-8")
