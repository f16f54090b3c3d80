"""The description of the API says what the server does: no less, no more."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given

from schedy.pbt import Explore, Truncate
from schedy.random import Distribution
from schedy_server.cli import main
from schedy_server.http import docs_page
from schedy_server.http.openapi import document
from schedy_server.http.routes import ENDPOINTS
from schedy_server.http.scheduler_schemas import SCHEDULER_SCHEMAS
from schedy_server.model.experiments import Direction, Objective
from schedy_server.schedulers.pbt import PBT
from schedy_server.schedulers.registry import PARSERS
from tests.server.http.asking import Server, server
from tests.server.http.described import (
    DOCUMENT,
    SCHEMAS,
    assert_described,
    is_valid,
    operation_of,
    operations,
)
from tests.server.http.examples import prepared, typed
from tests.strategies import distributions, explores, spaces

OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations()}


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        yield running


# The document


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {(each.method, re.sub(r":\w+", "", each.path)) for each in ENDPOINTS}
    assert {(method, path) for path, method, _ in operations()} == routes
    assert len(OPERATIONS) == len(ENDPOINTS)


def test_it_is_a_valid_openapi_document() -> None:
    schemathesis.openapi.from_dict(document(ENDPOINTS)).validate()


def test_every_reference_leads_somewhere() -> None:
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT))
    assert set(names) <= set(SCHEMAS)


def test_every_operation_says_what_it_is_for() -> None:
    assert not [name for name, each in OPERATIONS.items() if not 10 < len(each["summary"]) < 80]


def test_no_text_breaks_its_lines_or_shows_markup_of_docstrings() -> None:
    texts = re.findall(r'"(?:summary|description)": "([^"]*)"', json.dumps(DOCUMENT))
    assert not [text for text in texts if re.search(r"(?<!\\n)\\n(?!\\n)|Attributes:|``", text)]


def test_what_needs_a_token_says_so() -> None:
    needy = {each.handler.__name__ for each in ENDPOINTS if each.need}
    assert {name for name, each in OPERATIONS.items() if each["security"]} == needy
    assert {name for name, each in OPERATIONS.items() if "401" in each["responses"]} == needy


def test_what_users_own_has_its_type_although_it_is_never_parsed() -> None:
    properties = SCHEMAS["JobAnswer"]["properties"]
    kinds = {name: properties[name]["type"] for name in ("hyperparameters", "quality", "origin")}
    assert kinds == {
        "hyperparameters": "object",
        "quality": ["number", "null"],
        "origin": ["object", "null"],
    }


def test_the_meaning_of_an_attribute_stands_at_the_property() -> None:
    assert SCHEMAS["SignInAnswer"]["properties"]["expiresAt"]["description"].startswith("The Unix")


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out)["paths"] == DOCUMENT["paths"]


# Schedulers


def kinds(name: str) -> set[str]:
    return {each["title"] for each in SCHEDULER_SCHEMAS[name]["oneOf"]}


def test_every_scheduler_is_described() -> None:
    assert kinds("Scheduler") == set(PARSERS)


@given(distributions())
def test_every_distribution_is_as_described(distribution: Distribution) -> None:
    assert is_valid("Distribution", distribution.to_wire())


@given(explores())
def test_every_explore_strategy_is_as_described(strategy: Explore) -> None:
    assert is_valid("Explore", strategy.to_wire())


@given(spaces(), explores())
def test_a_population_is_as_described(init: dict[str, Distribution], explore: Explore) -> None:
    population = PBT(
        objective=Objective("loss", Direction.MIN),
        exploit=Truncate(0.5),
        explore={"x": explore},
        init=init,
        population_size=3,
        max_generations=None,
    )
    assert is_valid("Scheduler", population.to_wire())


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"Manual": {}},
        {"Manual": None, "RandomSearch": {}},
        {"RandomSearch": None},
        {"RandomSearch": {"x": {"uniform": {"low": 0}}}},
        {"RandomSearch": {"x": {"uniform": {"low": 0, "high": "1"}}}},
        {"PBT": {"objective": "best", "qualityResultName": "x", "exploit": {"truncate": 0.2}}},
    ],
)
def test_what_is_no_scheduler_is_not_described_as_one(wrong: Mapping[str, Any]) -> None:
    assert not is_valid("Scheduler", wrong)


# The examples


@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_example_works(schedy: Server, name: str) -> None:
    values = await prepared(schedy)
    answer = await typed(schedy, OPERATIONS[name]["x-codeSamples"][0]["source"], values)
    expected = {"show_setup": 403, "set_up": 403, "next_job": 204, "void_job": 409}.get(name)
    assert answer.status == expected or (expected is None and answer.status in {200, 201, 204})
    assert_described(OPERATIONS[name], answer)


def test_every_example_of_a_body_is_of_its_type() -> None:
    for operation in OPERATIONS.values():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert is_valid(content["schema"]["$ref"].rpartition("/")[2], content["example"])


# Where it is found


async def test_a_server_describes_itself_and_knows_where_it_is(schedy: Server) -> None:
    answer = await schedy.ask("GET", "/openapi.json", headers={"host": "schedy.lab:8000"})
    assert answer.json["servers"] == [{"url": "http://schedy.lab:8000"}]
    assert answer.json["paths"] == DOCUMENT["paths"]


async def test_behind_a_proxy_it_knows_its_prefix(tmp_path: Path) -> None:
    with server(tmp_path, root_path="/hps") as running:
        answer = await running.ask("GET", "/hps/openapi.json")
    assert answer.json["servers"] == [{"url": "http://schedy.test/hps"}]


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
async def test_the_page_shows_every_operation_and_every_type(schedy: Server, path: str) -> None:
    page = (await schedy.ask("GET", path)).text
    assert not [name for name in OPERATIONS if f'<article id="{name}">' not in page]
    assert not [name for name in SCHEMAS if f'<article id="type-{name}">' not in page]


async def test_every_link_of_the_page_leads_into_it_or_to_the_document(schedy: Server) -> None:
    page = (await schedy.ask("GET", "/docs")).text
    anchors = {f"#{anchor}" for anchor in re.findall(r' id="([^"]*)"', page)}
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page))
    assert links - anchors == {"http://schedy.test/openapi.json"}


async def test_the_page_runs_nothing_and_loads_nothing(schedy: Server) -> None:
    answer = await schedy.ask("GET", "/docs")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<img|<link|@import|url\(|\son\w+=", answer.text)


async def test_the_page_quotes_what_it_is_told(schedy: Server) -> None:
    host = '"><script>alert(1)</script>'
    answer = await schedy.ask("GET", "/docs", headers={"host": host})
    assert "<script" not in answer.text


def test_the_page_has_no_schema_that_it_can_only_call_anything() -> None:
    page = docs_page.render(DOCUMENT)
    assert "list of anything" in page  # the values of a choice
    # A worker may leave behind whatever it likes for the next one to go on from.
    assert page.count("anything") <= 3 + page.count("<code>resume</code>")


def test_a_path_belongs_to_one_operation() -> None:
    found = operation_of("GET", "/experiments/a%2Fb/jobs/")
    assert found is not None
    assert found["operationId"] == "list_jobs"
    assert operation_of("GET", "/experiments/a/b/c/") is None
