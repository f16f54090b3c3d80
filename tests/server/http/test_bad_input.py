"""What is refused, and in which words; what is taken, and comes back as it was."""

import base64
import json
import secrets
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.jsontext import DEEPEST
from tests.server.http import nasties
from tests.server.http.asking import Answer
from tests.server.http.described import operations
from tests.server.http.fuzzing import Target, filled
from tests.strategies import json_values

TAKERS = [(method, path) for path, method, each in operations() if "requestBody" in each]
LISTS = ["/experiments/", "/experiments/x/jobs/"]
EXPERIMENT = b'{"scheduler": {"Manual": null}}'
PBT = '{"objective": "min", "qualityResultName": TEXT, "exploit": {"truncate": 0.2}}'
POPULATION = f'{{"scheduler": {{"PBT": {PBT}}}}}'


def by_put(asked: Target, results: bytes) -> Answer:
    return asked.ask(
        "PUT", "/experiments/x/jobs/r/", b'{"status": "DONE", "results": ' + results + b"}"
    )


def by_post(asked: Target, results: bytes) -> Answer:
    return asked.ask(
        "POST", "/experiments/x/jobs/", b'{"status": "DONE", "results": ' + results + b"}"
    )


def by_batch(asked: Target, results: bytes) -> Answer:
    body = b'{"jobs": [{}, {"status": "DONE", "results": ' + results + b"}]}"
    answer = asked.ask("POST", "/experiments/x/batches/", body)
    return answer if answer.status >= 400 else asked.ask("GET", job(answer.json["ids"][1]))


def by_report(asked: Target, results: bytes) -> Answer:
    claim = json.dumps({"claim_id": secrets.token_hex()}).encode()
    asked.ask("POST", "/experiments/x/jobs/", b"{}")
    claimed = asked.ask("POST", "/experiments/x/claims/", claim)
    lease = json.dumps(claimed.json["lease_id"]).encode()
    body = b'{"lease_id": ' + lease + b', "results": ' + results + b"}"
    path = job(claimed.json["id"])
    answer = asked.ask(
        "POST", f"{path}report/", body, headers=[(b"if-match", claimed.headers["etag"].encode())]
    )
    return answer if answer.status >= 400 else asked.ask("GET", path)


def job(job_id: str) -> str:
    return f"/experiments/x/jobs/{job_id}/"


WAYS = [by_put, by_post, by_batch, by_report]


def kept(asked: Target, way: Callable[[Target, bytes], Answer], results: str) -> bool:
    """Send results, and hold that they come back to the last byte if they are taken."""
    answer = way(asked, results.encode("utf-8", "surrogatepass"))
    assert answer.status in {200, 201, 400}
    assert answer.status == 400 or f'"results":{results},' in answer.text
    return answer.status != 400


# Results


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", nasties.NASTY_JSON, ids=range(len(nasties.NASTY_JSON)))
def test_nasty_results_are_refused_or_come_back_to_the_last_byte(
    asked: Target, way: Callable[[Target, bytes], Answer], text: str
) -> None:
    results = f'{{"x":  {text} , "x": [{text}], "": {{"a": {text}}}}}'
    try:
        json.loads(text, parse_int=str)
        is_json = "[" * (DEEPEST - 2) not in text
        is_json &= '{"a":' * (DEEPEST - 2) not in text
    except (ValueError, RecursionError):
        is_json = False
    assert kept(asked, way, results) == is_json


@given(
    st.dictionaries(st.text(), json_values()),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_whatever_python_writes_comes_back_as_it_was(
    asked: Target, results: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(results, ensure_ascii=ascii_only, indent=indent)
    assert kept(asked, by_put, text)
    listed = asked.ask("GET", "/experiments/x/jobs/", query=b"limit=1000").text
    assert f'"results":{text},' in listed


# Bodies


@pytest.mark.parametrize(("method", "path"), TAKERS)
@pytest.mark.parametrize(
    "body",
    [b"[", b"[]", b"1", b"null", b"\xff", b"\xed\xa0\x80", b'{"\x00": 1}', b"\xef\xbb\xbf{}"],
)
def test_what_is_no_object_is_refused(asked: Target, method: str, path: str, body: bytes) -> None:
    answer = asked.ask(method, filled(path, b"x", b"j"), body, headers=[(b"if-match", b"*")])
    assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        (
            "POST",
            "/experiments/x/claims/",
            '{"claim_id": 1}',
            "claim_id: Expected 'str', got 'int'.",
        ),
        (
            "POST",
            "/experiments/x/batches/",
            '{"jobs": [{}, {"status": "LOST"}]}',
            "jobs[1].status: Invalid enum value 'LOST'.",
        ),
        (
            "PUT",
            "/experiments/x/",
            '{"scheduler": {"RandomSearch": {"lr": {"uniform": {"low": "0", "high": 1}}}}}',
            "scheduler.RandomSearch.lr.uniform: low must be a number, got '0'",
        ),
        ("PUT", "/experiments/x/jobs/j/", '{"results": []}', "results: has to be a JSON object."),
        ("POST", "/tokens/", '{"scope": "root"}', "scope: Invalid enum value 'root'."),
    ],
)
def test_a_refusal_says_where(
    asked: Target, method: str, path: str, body: str, sentence: str
) -> None:
    assert asked.ask(method, path, body.encode()).text == sentence


@pytest.mark.parametrize("wait", ["NaN", "Infinity", "1e999", "61", "-1", "true", '"1"', "1" * 400])
def test_a_strange_time_to_wait_is_refused(asked: Target, wait: str) -> None:
    body = f'{{"claim_id": "w", "wait": {wait}}}'.encode()
    assert asked.ask("POST", "/experiments/x/claims/", body).status == 400


@pytest.mark.parametrize("expires", ["NaN", "Infinity", "1e999", "0", "-1", "1" * 400])
def test_a_strange_life_of_a_token_is_refused(asked: Target, expires: str) -> None:
    assert asked.ask("POST", "/tokens/", f'{{"expires_in": {expires}}}'.encode()).status == 400


@pytest.mark.parametrize("text", ['"\\u0000"', '"a\\ud800"'])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/experiments/x/claims/", '{"claim_id": "n", "worker": TEXT}'),
        ("POST", "/experiments/x/jobs/j/heartbeat/", '{"lease_id": TEXT}'),
        ("POST", "/experiments/x/jobs/j/report/", '{"lease_id": TEXT}'),
        ("POST", "/experiments/x/jobs/j/finish/", '{"lease_id": TEXT, "status": "DONE"}'),
        (
            "POST",
            "/experiments/x/jobs/j/finish/",
            '{"lease_id": "l", "status": "DONE", "reason": TEXT}',
        ),
        (
            "PUT",
            "/experiments/x/",
            '{"scheduler": {"Manual": null}, "objective": {"result": TEXT, "direction": "min"}}',
        ),
        ("PUT", "/experiments/x/", POPULATION),
        ("PATCH", "/experiments/x/", '{"objective": {"result": TEXT, "direction": "min"}}'),
        ("POST", "/tokens/", '{"name": TEXT}'),
        ("POST", "/token/", '{"email": TEXT, "token": "t"}'),
        ("POST", "/passauth/", '{"email": TEXT, "token": "t"}'),
    ],
)
def test_text_that_no_database_keeps_is_refused(
    asked: Target, method: str, path: str, body: str, text: str
) -> None:
    sent = body.replace("TEXT", text).encode()
    assert asked.ask(method, path, sent, headers=[(b"if-match", b"*")]).status == 400


def test_a_body_that_is_too_large_is_refused_after_it_was_read(asked: Target) -> None:
    answer = asked.ask("POST", "/experiments/x/jobs/", b" " * (16 * 2**20 + 1))
    assert answer.status == 413


def test_a_compressed_body_is_refused(asked: Target) -> None:
    gzip = [(b"content-encoding", b"gzip")]
    assert asked.ask("POST", "/experiments/x/jobs/", b"\x1f\x8b", headers=gzip).status == 400


# Names


@pytest.mark.parametrize("name", nasties.NASTY_NAMES, ids=repr)
def test_a_name_is_refused_or_comes_back_as_it_was(asked: Target, name: bytes) -> None:
    path = b"/experiments/" + name + b"/"
    made = asked.ask("PUT", path, EXPERIMENT, headers=[(b"if-none-match", b"*")])
    assert made.status in {201, 400, 412}
    if made.status == 201:
        found = asked.ask("GET", path)
        assert found.json["name"] == made.json["name"]
        assert asked.ask("DELETE", path, headers=[(b"if-match", b"*")]).status == 204


@pytest.mark.parametrize("name", [b"%00", b"a%00b", b"%FF", b"%ED%A0%80", b"\xff"])
@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method, _ in operations() if "{" in path]
)
def test_names_that_can_not_be_are_refused_everywhere(
    asked: Target, path: str, method: str, name: bytes
) -> None:
    answer = asked.ask(method, filled(path, name, name), b"{}", headers=[(b"if-match", b"*")])
    assert answer.status == 400


def test_names_that_look_alike_are_different(asked: Target) -> None:
    names = [
        b"caf%C3%A9",
        b"cafe%CC%81",
        b"a%2Fb",
        b"a%252Fb",
        b"A",
        b"a",
        b"a%20",
        b"%20a",
        b"x+y",
    ]
    for name in names:
        assert asked.ask("PUT", b"/experiments/alike%2F" + name + b"/", EXPERIMENT).status == 201
    page = asked.ask("GET", "/experiments/", query=b"prefix=alike%2F").json
    assert len({each["name"] for each in page["items"]}) == len(names)


# Queries


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "-1",
        "1001",
        "1.0",
        "1e2",
        "",
        "ten",
        "%D9%A3",
        "%C2%B2",
        "0000000001" + "0" * 5_000,
        "9" * 5_000,
    ],
)
def test_a_limit_is_a_number_from_1_to_1000(asked: Target, path: str, limit: str) -> None:
    answer = asked.ask("GET", path, query=f"limit={limit}".encode())
    assert (answer.status, answer.text[:6]) == (400, "limit:")


def token(position: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).rstrip(b"=")


@pytest.mark.parametrize(
    "position",
    [
        None,
        [],
        "x",
        [0, 1],
        [0, 1, 2, 3],
        [3, 1, 1],
        [0, 1, "1"],
        [0, 1, 1.0],
        [0, 1, True],
        [0, True, 1],
        [0, "a", 1],
        [1, 1, 1],
        [2, None, 1],
        [0, float("nan"), 1],
        [0, 1, 2**63],
        [0, 1, -1],
        [0, 1, 10**400],
        {"0": 1},
        1,
    ],
    ids=repr,
)
@pytest.mark.parametrize("sort", [b"", b"&sort=quality", b"&sort=results.a"])
def test_a_token_of_no_page_is_refused(asked: Target, position: object, sort: bytes) -> None:
    answer = asked.ask("GET", "/experiments/x/jobs/", query=b"start=" + token(position) + sort)
    assert (answer.status, answer.text) == (400, "start: is no page token of this list.")


@pytest.mark.parametrize("position", [1, None, [], ["a"], "\ud800", "a\0b"], ids=repr)
def test_a_token_of_no_page_of_experiments_is_refused(asked: Target, position: object) -> None:
    assert asked.ask("GET", "/experiments/", query=b"start=" + token(position)).status == 400


@pytest.mark.parametrize("query", [b"prefix=%00", b"prefix=a%00b"])
def test_a_prefix_that_no_name_has_is_refused(asked: Target, query: bytes) -> None:
    assert asked.ask("GET", "/experiments/", query=query).status == 400


@pytest.mark.parametrize("status", [b"", b"done", b"DONE,RUNNING", b"%00"])
def test_a_status_that_there_is_not_is_refused(asked: Target, status: bytes) -> None:
    answer = asked.ask("GET", "/experiments/x/jobs/", query=b"status=DONE&status=" + status)
    assert answer.text == "status: has to be one of QUEUED, RUNNING, CRASHED, PRUNED, DONE."


# Headers


@pytest.mark.parametrize("key", [b"", b" ", b"a b", b"\xe9", b"k" * 129, b"\x7f"])
def test_a_strange_idempotency_key_is_refused(asked: Target, key: bytes) -> None:
    headers = [(b"idempotency-key", key)]
    assert asked.ask("POST", "/experiments/x/jobs/", b"{}", headers=headers).status == 400
    assert asked.ask("PUT", "/experiments/x/jobs/j/", b"{}", headers=headers).status == 400


@pytest.mark.parametrize(
    "tag", [each for each in nasties.NASTY_VALUES if each.strip() != b"*"], ids=repr
)
def test_a_strange_tag_matches_nothing(asked: Target, tag: bytes) -> None:
    answer = asked.ask("PUT", "/experiments/x/jobs/j/", b"{}", headers=[(b"if-match", tag)])
    assert answer.status == 412


@pytest.mark.parametrize(
    "token",
    [b"", b"Bearer", b"Basic YTpi", b"Bearer \xff", b"Bearer a.b.c", b"Bearer " + b"a" * 10_000],
)
@pytest.mark.parametrize("path", ["/me/", "/experiments/"])
def test_a_strange_token_is_nobodys(asked: Target, path: str, token: bytes) -> None:
    assert asked.ask("GET", path, headers=[(b"authorization", token)]).status == 401


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method, each in operations() if each["security"]]
)
def test_whoever_shows_no_token_is_told_so_first(asked: Target, path: str, method: str) -> None:
    nobody = [(b"authorization", b"")]
    assert asked.ask(method, filled(path, b"x", b"j"), b"[", headers=nobody).status == 401
