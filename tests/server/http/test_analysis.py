"""What the results say, asked over HTTP."""

import json
import math
import random
import secrets
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.server.http.asking import Answer
from tests.server.http.fuzzing import Target

MIN_LOSS = {"result": "loss", "direction": "min"}


@dataclass(frozen=True, slots=True)
class Search:
    """An experiment of its own."""

    asked: Target
    path: str

    def add(self, *jobs: Mapping[str, Any]) -> None:
        for start in range(0, len(jobs), 500):
            body = json.dumps({"jobs": jobs[start : start + 500]}).encode()
            assert self.asked.ask("POST", f"{self.path}batches/", body).status == 201

    def ask(self, kind: str, **query: Any) -> Answer:
        text = urlencode(query, doseq=True).encode()
        return self.asked.ask("GET", f"{self.path}analysis/{kind}/", query=text)

    def tell(self, kind: str, **query: Any) -> Any:
        answer = self.ask(kind, **query)
        assert answer.status == 200, answer.text
        return answer.json


def new_search(asked: Target, objective: Any = MIN_LOSS) -> Search:
    path = f"/experiments/{secrets.token_hex()}/"
    body = {"scheduler": {"Manual": None}, "objective": objective}
    assert asked.ask("PUT", path, json.dumps(body).encode()).status == 201
    return Search(asked, path)


def record(hyperparameters: Mapping[str, Any], **results: Any) -> Mapping[str, Any]:
    return {"status": "DONE", "hyperparameters": hyperparameters, "results": results}


def random_jobs(count: int, loss: Callable[[Mapping[str, Any]], Any]) -> list[Mapping[str, Any]]:
    luck = random.Random(0)
    found = []
    for _ in range(count):
        values = {
            "lr": 10 ** luck.uniform(-5, 0),
            "layers": luck.choice([1, 2, 4]),
            "optimizer": luck.choice(["adam", "sgd", "lion"]),
            "nesterov": luck.choice([True, False]),
            "same": 7,
        }
        found.append(record(values, loss=loss(values)))
    return found


def bowl(values: Mapping[str, Any]) -> float:
    return float(abs(values["lr"] - 0.01) ** 0.2 + (values["optimizer"] == "sgd"))


def test_what_the_target_depends_on_is_found(asked: Target) -> None:
    search = new_search(asked)
    search.add(*random_jobs(300, bowl))
    found = search.tell("importance")
    shares = {item["field"]: item["importance"] for item in found["items"]}
    assert list(shares)[:2] == ["hyperparameters.optimizer", "hyperparameters.lr"]
    assert shares["hyperparameters.nesterov"] < 0.05
    assert "hyperparameters.same" not in shares
    assert sum(shares.values()) == pytest.approx(1)
    assert (found["jobs"], found["used"], found["note"]) == (300, 300, None)
    assert found["fit"]["r2"] > 0.8


def test_a_surface_has_a_row_for_each_value_of_y(asked: Target) -> None:
    search = new_search(asked)
    search.add(*random_jobs(200, bowl))
    found = search.tell("surface", x="lr", y="optimizer", grid=8)
    assert (found["x"]["scale"], found["y"]["scale"]) == ("log", "category")
    assert found["y"]["categories"] == ["adam", "lion", "sgd"]
    assert [len(row) for row in found["mean"]] == [8, 8, 8]
    assert min(found["mean"][2]) > max(found["mean"][0][3:6])


def test_each_job_is_predicted_by_a_model_that_has_not_seen_it(asked: Target) -> None:
    search = new_search(asked)
    search.add(*random_jobs(100, bowl))
    found = search.tell("predictions")
    assert [item["number"] for item in found["items"]] == list(range(1, 101))
    assert all(item["spread"] >= 0 for item in found["items"])
    assert 0 < found["fit"]["r2"] < 1


def test_the_front_is_what_nothing_surpasses(asked: Target) -> None:
    search = new_search(asked)
    points = [(3, 1), (2, 2), (3, 3), (1, 3), (2, 2.5)]
    search.add(*(record({}, loss=loss, accuracy=-size) for loss, size in points))
    found = search.tell("pareto", objectives="loss:min,accuracy:max")
    assert [item["number"] for item in found["front"]] == [4, 2, 1]
    assert [item["values"] for item in found["front"]] == [[1, -3], [2, -2], [3, -1]]
    assert found["reference"] == [3, -3]
    assert found["hypervolume"] == [{"number": 2, "value": 1.0}]


def test_names_may_hold_what_parts_objectives(asked: Target) -> None:
    search = new_search(asked)
    search.add(record({}, **{"a,b:min": 1, "c:max": 2}))
    found = search.tell("pareto", objectives="results.a,b:min:min,c:max:max")
    assert found["objectives"] == [
        {"field": "results.a,b:min", "direction": "min"},
        {"field": "results.c:max", "direction": "max"},
    ]
    assert found == search.tell("pareto", objectives=["a,b:min:min", "c:max:max"])


def test_progress_tells_of_improvements_only(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({}, loss=loss) for loss in (3, 5, 2, 2, float("nan"), 1)))
    found = search.tell("progress")
    assert [(item["number"], item["best"]) for item in found["items"]] == [(1, 3), (3, 2), (6, 1)]
    assert (found["direction"], found["used"]) == ("min", 5)


def test_a_distribution_tells_which_share_is_no_larger(asked: Target) -> None:
    search = new_search(asked)
    search.add(*(record({}, loss=loss) for loss in (1, 2, 2, 4)))
    found = search.tell("distribution", target="loss")
    assert (found["values"], found["shares"]) == ([1, 2, 4], [0.25, 0.75, 1])


def test_curves_end_with_the_best(asked: Target) -> None:
    search = new_search(asked)
    search.add(
        *(record({}, loss=at, losses=[at + step for step in range(at)]) for at in (2, 1, 3, 4))
    )
    header, lines = unpacked(search.ask("curves", result="losses"))
    assert (header["points"], header["n"], header["lines"]) == (4, 4, [4, 3, 1, 2])
    assert lines[0] == [4, 5, 6, 7]
    assert lines[3][0] == 1
    assert math.isnan(lines[3][1])
    assert header["bands"]["50"][3] == 7


def test_long_curves_are_thinned_from_end_to_end(asked: Target) -> None:
    search = new_search(asked)
    search.add(record({}, losses=list(range(1001))))
    header, lines = unpacked(search.ask("curves", result="results.losses"))
    assert (header["points"], header["steps"][0], header["steps"][-1]) == (200, 0, 1000)
    assert (lines[0][0], lines[0][-1]) == (0, 1000)


def test_the_schema_says_which_results_are_curves(asked: Target) -> None:
    search = new_search(asked)
    search.add(record({}, losses=[1, 2.5, None], words=["a"], pairs=[[1, 2]], none=[]))
    fields = asked.ask("GET", f"{search.path}schema/").json["fields"]
    kinds = {field["name"]: field["kind"] for field in fields}
    assert kinds["results.losses"] == "curve"
    assert {kinds[f"results.{name}"] for name in ("words", "pairs", "none")} == {"other"}


def unpacked(answer: Answer) -> tuple[Any, list[list[float]]]:
    assert answer.status == 200, answer.text
    end = 4 + int.from_bytes(answer.body[:4], "little")
    header = json.loads(answer.body[4:end])
    flat = array("f", answer.body[end:]).tolist()
    points = header["points"]
    return header, [flat[at : at + points] for at in range(0, len(flat), points or 1)]
