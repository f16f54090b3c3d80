"""From page to page over HTTP: everything once, whatever it is sorted by."""

import json
import math
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.jsontext import loads
from tests.server.http.fuzzing import Target
from tests.strategies import numbers

VALUES: st.SearchStrategy[Any] = st.one_of(
    numbers(),
    st.text(max_size=3),
    st.sampled_from([None, True, math.nan, -math.inf, 10**400, -(10**4200), "\ud800", "\0", []]),
)
MANUAL = b'{"scheduler": {"Manual": null}}'


def new_experiment(asked: Target, name: str) -> str:
    path = f"/experiments/{quote(name, safe='')}/"
    assert asked.ask("PUT", path, MANUAL).status == 201
    return path


def items(asked: Target, path: str, **query: Any) -> Iterator[Any]:
    """Yield what is listed, going from page to page."""
    start: dict[str, str] = {}
    while True:
        text = asked.ask("GET", path, query=urlencode({**query, **start}).encode()).text
        page = loads(text)
        yield from page["items"]
        if page["next"] is None:
            return
        start = {"start": page["next"]}


@given(
    st.lists(VALUES, max_size=6),
    st.sampled_from(["results.x", "-results.x", "-number", "finished"]),
)
def test_each_job_is_listed_once(asked: Target, values: list[Any], sort: str) -> None:
    path = new_experiment(asked, secrets.token_hex())
    jobs = [{"status": "DONE", "results": {"x": value}} for value in values]
    asked.ask("POST", f"{path}batches/", json.dumps({"jobs": jobs}).encode())
    found = [job["number"] for job in items(asked, f"{path}jobs/", sort=sort, limit=2)]
    assert sorted(found) == list(range(1, len(values) + 1))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5),
        unique=True,
        max_size=5,
    )
)
def test_experiments_are_listed_by_name_and_by_the_start_of_it(
    asked: Target, names: list[str]
) -> None:
    prefix = secrets.token_hex() + "%_\\"
    for name in names:
        new_experiment(asked, prefix + name)
    found = [each["name"] for each in items(asked, "/experiments/", prefix=prefix, limit=2)]
    assert found == sorted(prefix + name for name in names)


@pytest.mark.parametrize("sort", ["number", "results.x"])
def test_a_page_has_a_hundred_jobs_unless_told_otherwise(asked: Target, sort: str) -> None:
    path = new_experiment(asked, secrets.token_hex())
    asked.ask("POST", f"{path}batches/", json.dumps({"jobs": [{}] * 101}).encode())
    page = asked.ask("GET", f"{path}jobs/", query=f"sort={sort}".encode()).json
    assert (len(page["items"]), page["next"] is None) == (100, False)
