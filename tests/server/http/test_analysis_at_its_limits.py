"""What analyses make of few jobs, of odd ones, and of questions that make no sense."""

import json
import math
import os
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.http.fuzzing import Target
from tests.server.http.test_analysis import new_search, random_jobs, record, unpacked
from tests.strategies import json_values

KINDS: dict[str, dict[str, Any]] = {
    "importance": {},
    "surface": {"x": "a", "y": "b"},
    "predictions": {},
    "pareto": {"objectives": "quality:min,seconds:min"},
    "progress": {},
    "distribution": {},
}
MODELS = ("importance", "surface", "predictions")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_jobs_are_no_error(asked: Target, kind: str, count: int) -> None:
    search = new_search(asked)
    queued = {"status": "QUEUED", "hyperparameters": {"a": 1, "b": 2}}
    search.add(queued, *(record({"a": at, "b": at}, loss=at) for at in range(count)))
    found = search.tell(kind, **KINDS[kind])
    assert (found["jobs"], found["used"] <= count) == (count + 1, True)
    if kind in MODELS or not count:
        assert found["note"] is not None


@pytest.mark.parametrize("kind", [*MODELS, "pareto", "progress", "distribution"])
def test_without_an_objective_a_note_says_what_to_do(asked: Target, kind: str) -> None:
    search = new_search(asked, objective=None)
    search.add(*(record({"a": at, "b": -at}, score=at) for at in range(12)))
    note = search.tell(kind, **KINDS[kind])["note"]
    assert "no objective" in note
    takes_a_field = kind != "progress"
    assert ("name a field, such as results.score" in note) == takes_a_field


def test_a_surface_without_a_side_says_which(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({"a": at, "b": math.nan}, loss=at) for at in range(12)))
    found = search.tell("surface", x="a", y="b")
    assert (found["mean"], found["note"]) == ([], "No job has a finite hyperparameters.b.")


def test_results_that_are_text_are_not_used(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({"a": at}, loss=f"about {at}") for at in range(12)))
    assert search.tell("importance")["used"] == 0
    assert search.tell("distribution", target="loss")["values"] == []


@pytest.mark.parametrize(
    ("kind", "query", "said"),
    [
        ("importance", {"target": "los"}, "Did you mean 'results.loss'?"),
        ("importance", {"target": "\x1b[31m\u202e" * 200}, "no job has a field"),
        ("importance", {"target": "lr"}, "is no result, but a hyperparameter"),
        ("surface", {"x": "lr"}, "y: say which one"),
        ("surface", {"x": "lr", "y": "lr"}, "both are hyperparameters.lr"),
        ("surface", {"x": "lr", "y": "loss"}, "results.loss is no hyperparameter"),
        ("surface", {"x": "lr", "y": "layers", "grid": 65}, "from 1 to 64"),
        ("pareto", {}, "name two or three"),
        ("pareto", {"objectives": "loss:min"}, "these are 1"),
        ("pareto", {"objectives": "loss:min,seconds"}, "'seconds' lacks a direction"),
        ("pareto", {"objectives": "loss:min,results.loss:max"}, "only once"),
        ("pareto", {"objectives": "loss:min,second:max"}, "'seconds'"),
        ("curves", {}, "result=losses"),
        ("curves", {"result": "lr"}, "is no result"),
        ("progress", {"f": "lr<few"}, "needs a number"),
    ],
)
def test_what_makes_no_sense_is_refused(
    asked: Target, kind: str, query: dict[str, Any], said: str
) -> None:
    search = new_search(asked)
    search.add(*random_jobs(3, lambda _: 1))
    answer = search.ask(kind, **query)
    assert (answer.status, said in answer.text) == (400, True), answer.text


def test_what_is_no_experiment_is_not_found(asked: Target) -> None:
    for kind in KINDS:
        assert asked.ask("GET", f"/experiments/none/analysis/{kind}/").status in {400, 404}


def test_of_two_fields_called_the_same_the_one_that_is_meant_counts(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({"size": at, "b": -at}, size=2 * at, loss=at) for at in range(12)))
    assert search.tell("importance", target="size")["target"] == "results.size"
    assert search.tell("surface", x="size", y="b")["x"]["field"] == "hyperparameters.size"


def test_names_of_files_that_are_no_text_are_looked_into_like_others(asked: Target) -> None:
    search = new_search(asked)
    odd = os.fsdecode(b"caf\xe9")
    search.add(*(record({"a": at, "b": f"{odd}{at % 2}", odd: at}, loss=at) for at in range(12)))
    for kind, query in KINDS.items():
        assert search.tell(kind, **query)["jobs"] == 12
    fields = asked.ask("GET", f"{search.path}schema/").json["fields"]
    named = {each["name"]: each["categories"] for each in fields}
    assert named["hyperparameters.b"] == ["caf\\udce90", "caf\\udce91"]
    assert "hyperparameters.caf\\udce9" in named
    filtered = urlencode({"f": 'b="caf\\\\udce91"'}).encode()
    page = asked.ask("GET", f"{search.path}table/", query=filtered).json
    assert page["total"] == 6
    assert page["items"][0]["hyperparameters"]["b"] == f"{odd}1"
    job = page["items"][0]["id"]
    assert asked.ask("GET", f"{search.path}jobs/{job}/place/").status == 200


def test_huge_numbers_count_as_infinite(asked: Target) -> None:
    search = new_search(asked)
    jobs = [record({"a": at, "b": 10**400 if at % 2 else -at}, loss=at) for at in range(12)]
    search.add(*jobs, record({"a": 1, "b": 1}, loss=10**400), record({"a": 1}, loss=float("nan")))
    for kind, query in KINDS.items():
        found = search.tell(kind, **query)
        assert found["used"] <= 13
    assert search.tell("importance")["items"][0]["importance"] >= 0


def test_a_filter_that_names_a_status_says_which_jobs_count(asked: Target) -> None:
    search = new_search(asked)
    search.add(*random_jobs(10, lambda _: 1))
    search.add(*({**job, "status": "CRASHED"} for job in random_jobs(5, lambda _: 2)))
    assert search.tell("distribution")["used"] == 10
    assert search.tell("distribution", f="status:crashed")["values"] == [2]


def test_of_too_many_jobs_a_sample_is_used_and_said_to_be(
    asked: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedy_server.service.usable._FEWEST_SAMPLED", 20)
    monkeypatch.setattr("schedy_server.service.usable.MOST_JOBS", 20)
    search = new_search(asked)
    search.add(*random_jobs(50, lambda values: values["lr"]))
    first = search.tell("predictions")
    assert (first["used"], first["note"]) == (20, "20 of 50 jobs, sampled.")
    search.add(record({"lr": 1}, loss=1))
    kept = {item["number"] for item in first["items"]} & {
        item["number"] for item in search.tell("predictions")["items"]
    }
    assert len(kept) >= 19


def test_curves_of_nothing_are_empty(asked: Target) -> None:
    search = new_search(asked)
    search.add(record({}, losses="none", other=[]))
    header, lines = unpacked(search.ask("curves", result="losses"))
    assert (header["n"], header["points"], lines) == (0, 0, [])
    assert "No job has a list of numbers" in header["note"]


def test_of_many_curves_the_best_are_drawn(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({}, loss=at, losses=[at, at]) for at in range(60)))
    header, lines = unpacked(search.ask("curves", result="losses", lines=20))
    assert (header["n"], header["used"], header["lines"][-2:]) == (20, 60, [2, 1])
    assert lines[-1] == [0, 0]


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.text(max_size=3), json_values(max_leaves=3), max_size=3),
            st.dictionaries(st.sampled_from(["loss", "x:min", "l,s"]), json_values(max_leaves=5)),
        ),
        min_size=10,
        max_size=14,
    )
)
def test_whatever_jobs_hold_there_is_an_answer(
    asked: Target, jobs: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    search = new_search(asked)
    good = [record({"a": at, "b": str(at)}, loss=at, losses=[at]) for at in range(10)]
    search.add(*good, *(record(values, **results) for values, results in jobs))
    for kind, query in KINDS.items():
        answer = search.ask(kind, **query)
        assert answer.status == 200
        json.loads(answer.body)
    assert search.ask("curves", result="losses").status == 200
    asked.ask("DELETE", search.path)
