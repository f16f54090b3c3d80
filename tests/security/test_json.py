"""JSON that parsers fail on: taken and given back to the last byte, or refused in a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.json_cases import EITHER, RIGHT, WRONG
from tests.server.http.asking import Answer
from tests.server.http.fuzzing import Target, target

JOB = "/experiments/x/jobs/r/"
CLAIMS = "/experiments/x/claims/"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder: Path = tmp_path_factory.mktemp("json")
    with target(folder) as found:
        yield found


def put(asked: Target, results: str) -> Answer:
    body = f'{{"status": "DONE", "results": {results}}}'.encode("utf-8", "surrogatepass")
    return asked.ask("PUT", JOB, body)


def is_kept(asked: Target, results: str) -> bool:
    answer = put(asked, results)
    if answer.status in {200, 201}:
        assert f'"results":{results},' in asked.ask("GET", JOB).text
    return answer.status in {200, 201}


def test_there_are_enough_of_them() -> None:
    assert (len(RIGHT) > 60, len(WRONG) > 150, len(EITHER) > 20) == (True, True, True)


@pytest.mark.parametrize("text", RIGHT, ids=range(len(RIGHT)))
def test_what_is_json_comes_back_to_the_last_byte(asked: Target, text: str) -> None:
    assert is_kept(asked, f'{{"x":{text}}}')


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_no_json_is_refused(asked: Target, text: str) -> None:
    assert put(asked, f'{{"x":{text}}}').status == 400


@pytest.mark.parametrize("text", EITHER, ids=range(len(EITHER)))
def test_what_parsers_disagree_about_is_refused_or_comes_back(asked: Target, text: str) -> None:
    is_kept(asked, f'{{"x":{text}}}')


@pytest.mark.parametrize("path", [JOB, CLAIMS, "/tokens/", "/passauth/"])
def test_no_body_of_these_breaks_anything(asked: Target, path: str) -> None:
    for text in (*WRONG, *EITHER, *RIGHT):
        method = "PUT" if path == JOB else "POST"
        answer = asked.ask(method, path, text.encode("utf-8", "surrogatepass"))
        assert answer.status == 400 or not text.strip() or text.strip().startswith("{")
