"""What is exported is what is there: every job, every number to its last digit."""

import csv
import io
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schedy_server.model.jsontext import loads
from tests.server.http.fuzzing import Target
from tests.strategies import json_values, numbers

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULAS = [*(f"{start}1+1" for start in STARTS), "@SUM(A1)", "=cmd|'/C calc'!A0", "-0.5 V"]
TEXTS = st.one_of(
    st.text(), st.sampled_from(FORMULAS), st.sampled_from(['a"b', "a,b", "a\r\nb", "'"])
)
PAYLOADS = st.dictionaries(
    TEXTS, st.one_of(numbers(), TEXTS, json_values(max_leaves=3)), max_size=4
)


@dataclass(frozen=True, slots=True)
class Search:
    """An experiment of its own."""

    asked: Target
    path: str

    def add(self, *jobs: Mapping[str, Any]) -> None:
        body = json.dumps({"jobs": jobs}).encode()
        assert self.asked.ask("POST", f"{self.path}batches/", body).status == 201

    def export(self, kind: str, query: bytes = b"") -> str:
        found = self.asked.ask(
            "GET", f"{self.path}export/", query=f"format={kind}&".encode() + query
        )
        assert found.status == 200
        return found.text

    def table(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.export("csv"), newline="")))

    def listed(self) -> list[dict[str, Any]]:
        page = self.asked.ask("GET", f"{self.path}jobs/", query=b"limit=1000")
        return [
            {name: it for name, it in job.items() if name != "etag"}
            for job in loads(page.text)["items"]
        ]


def new_search(asked: Target) -> Search:
    path = f"/experiments/{secrets.token_hex()}/"
    assert asked.ask("PUT", path, b'{"scheduler": {"Manual": null}}').status == 201
    return Search(asked, path)


@pytest.fixture
def search(asked: Target) -> Search:
    return new_search(asked)


def seen(text: str) -> str:
    """Return a text as a table shows it."""
    return f"'{text}" if text.startswith(STARTS) else text


def same(one: object, other: object) -> bool:
    return json.dumps(one) == json.dumps(other)


# Tables


@given(PAYLOADS, PAYLOADS)
@example({"x": -0.5, "y": -1, "z": "-1"}, {"x": math.nan, "y": -math.inf, "z": 10**400})
def test_a_table_gives_back_every_value(
    asked: Target, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    search = new_search(asked)
    search.add({"hyperparameters": inputs, "results": outputs})
    [row] = search.table()
    for room, payload in (("hyperparameters", inputs), ("results", outputs)):
        for name, value in payload.items():
            cell = row[f"{room}.{name}"]
            assert cell == seen(value) if isinstance(value, str) else same(loads(cell), value)


@given(st.one_of(st.floats(), st.integers()))
def test_numbers_come_back_to_the_last_digit(asked: Target, number: float) -> None:
    search = new_search(asked)
    search.add({"results": {"x": number}})
    [row] = search.table()
    cell = row["results.x"]
    assert same(int(cell) if isinstance(number, int) else float(cell), number)


@pytest.mark.parametrize("number", ["1" * 5_000, "1e999", "0.10", "1E5", "-0", "-0.0", "NaN"])
def test_a_number_is_exported_as_it_was_sent(search: Search, number: str) -> None:
    search.asked.ask("POST", f"{search.path}jobs/", f'{{"results": {{"x":{number} }}}}'.encode())
    assert [row["results.x"] for row in search.table()] == [number]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_is_a_formula_to_a_spreadsheet(search: Search, formula: str) -> None:
    search.asked.ask("PUT", f"{search.path}jobs/%3D1/", b"{}")
    search.add({"hyperparameters": {formula: formula}, "results": {formula: [formula]}})
    cells = [
        cell for row in csv.reader(io.StringIO(search.export("csv"), newline="")) for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(STARTS)]


def test_a_table_has_a_column_for_every_name(search: Search) -> None:
    search.add({"hyperparameters": {"b": 1}}, {"hyperparameters": {"a": 2}, "results": {"": 3}})
    fixed = ["id", "number", "status", "quality", "created", "started", "finished", "worker"]
    first, *rows = csv.reader(io.StringIO(search.export("csv")))
    assert first == [*fixed, "hyperparameters.b", "hyperparameters.a", "results."]
    assert [row[len(fixed) :] for row in rows] == [["1", "", ""], ["", "2", "3"]]


def test_a_table_says_where_jobs_stand(search: Search) -> None:
    objective = b'{"objective": {"result": "loss", "direction": "min"}}'
    search.asked.ask("PATCH", search.path, objective)
    search.add({"status": "DONE", "results": {"loss": -0.25}}, {"results": {"loss": None}})
    rows = [
        (row["number"], row["status"], row["quality"], bool(row["finished"]))
        for row in search.table()
    ]
    assert rows == [("1", "DONE", "-0.25", True), ("2", "QUEUED", "", False)]


def test_half_of_a_pair_does_not_break_a_table(search: Search) -> None:
    search.asked.ask("POST", f"{search.path}jobs/", b'{"results": {"\\ud800": "\\udfff"}}')
    assert search.table()[0]["results.\\ud800"] == "\\udfff"


def test_fields_say_which_columns_and_mean_what_they_mean_in_filters(search: Search) -> None:
    inputs = b'{"hyperparameters": {"lr": 0.10, "both": 1, "worker": 5}, "results": {"both": 2}}'
    search.asked.ask("POST", f"{search.path}jobs/", inputs)
    [row] = csv.DictReader(
        io.StringIO(search.export("csv", b"fields=lr,both,results.both,worker,missing,seconds"))
    )
    assert list(row.items()) == [
        ("lr", "0.10"), ("both", "1"), ("results.both", "2"), ("worker", ""), ("missing", ""),
        ("seconds", ""),
    ]  # fmt: skip


def test_a_population_says_who_came_from_whom(search: Search) -> None:
    pbt = {
        "objective": "max", "qualityResultName": "x", "exploit": {"truncate": 0.2},
        "explore": {"a": {"perturb": {"minFactor": 0.8, "maxFactor": 1.2}}},
        "init": {"a": {"uniform": {"low": 0, "high": 1}}},
        "numParallel": 3,
    }  # fmt: skip
    path = f"{search.path.removesuffix('/')}-population/"
    scheduler = json.dumps({"scheduler": {"PBT": pbt}}).encode()
    assert search.asked.ask("PUT", path, scheduler).status == 201
    claim = b'{"claim_id": "first-claim-of-all"}'
    assert search.asked.ask("POST", f"{path}claims/", claim).status == 200
    search = Search(search.asked, path)
    [row] = csv.DictReader(io.StringIO(search.export("csv", b"fields=member,generation,parent")))
    assert row == {"member": "1", "generation": "0", "parent": ""}


# JSON


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@given(st.lists(st.tuples(PAYLOADS, PAYLOADS), max_size=4))
def test_json_is_what_the_list_says(asked: Target, kind: str, jobs: list[tuple[Any, Any]]) -> None:
    search = new_search(asked)
    search.add(*({"hyperparameters": inputs, "results": outputs} for inputs, outputs in jobs))
    text = search.export(kind)
    found = [loads(line) for line in text.split("\n") if line] if kind == "jsonl" else loads(text)
    assert same(found, search.listed())


def test_payloads_are_exported_to_the_last_byte(search: Search) -> None:
    results = '{"x" :1.10, "x":[ 1E5,NaN ]}'
    search.asked.ask("POST", f"{search.path}jobs/", f'{{"results": {results}}}'.encode())
    assert results in search.export("json")


# All of it


@pytest.mark.parametrize(("kind", "lines"), [("csv", 1), ("json", 1), ("jsonl", 0)])
def test_an_experiment_without_jobs_has_an_empty_export(
    search: Search, kind: str, lines: int
) -> None:
    assert search.export(kind).count("\n") == lines


@pytest.mark.parametrize("count", [499, 500, 501, 1_000, 1_001])
def test_every_job_is_exported_once(search: Search, count: int) -> None:
    search.add(*({"results": {"x": number}} for number in range(count)))
    assert [row["results.x"] for row in search.table()] == [str(number) for number in range(count)]
    assert [job["results"]["x"] for job in json.loads(search.export("json"))] == list(range(count))


def test_only_the_statuses_asked_for_are_exported(search: Search) -> None:
    search.add(*({"status": status} for status in ("DONE", "QUEUED", "CRASHED")))
    found = json.loads(search.export("json", b"status=DONE&status=CRASHED"))
    assert [job["status"] for job in found] == ["DONE", "CRASHED"]


def test_a_name_only_of_other_statuses_makes_no_column(search: Search) -> None:
    search.add({"status": "DONE", "results": {"a": 1}}, {"results": {"b": 1}})
    assert "results.b" not in search.export("csv", b"status=DONE")


def test_what_can_not_be_exported_is_refused_before_anything_is_sent(search: Search) -> None:
    missing = search.asked.ask("GET", "/experiments/missing/export/")
    wrong = search.asked.ask("GET", f"{search.path}export/", query=b"format=xlsx")
    assert (missing.status, wrong.status) == (404, 400)
    assert wrong.text == "format: has to be one of csv, json, jsonl."


def test_a_browser_saves_it_under_a_name(search: Search) -> None:
    answer = search.asked.ask("GET", f"{search.path}export/", query=b"format=jsonl")
    assert answer.headers["content-disposition"] == 'attachment; filename="jobs.jsonl"'
    assert answer.headers["content-type"].startswith("application/jsonl")
