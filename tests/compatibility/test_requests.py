"""What travels: the requests of the old client, one by one, and the answers it understands."""

import json

import pytest

from tests.compatibility.old_client import OldClient
from tests.compatibility.wire import Answer, Wire
from tests.running import RunningServer

pytestmark = pytest.mark.compat

MANUAL = {"status": "RUNNING", "scheduler": {"Manual": None}}
UNDERSTOOD = {200, 201, 204}


@pytest.fixture
def home(manual: OldClient) -> str:
    """Return the path of an experiment."""
    return f"/experiments/{manual.name}/"


def everyday(wire: Wire, home: str) -> dict[str, Answer]:
    """Do everything that the old client does, and return the answers by what was asked."""
    answers = {}
    other = home.replace("/experiments/", "/experiments/other-")
    answers["add experiment"] = wire.ask("PUT", other, MANUAL, if_none_match="*")
    answers["push updates"] = wire.ask("PUT", other, MANUAL)
    answers["get experiment"] = wire.ask("GET", other)
    answers["list experiments"] = wire.ask("GET", "/experiments/")
    answers["no job"] = wire.ask("GET", f"{other}nextjob/")
    answers["add job"] = wire.ask("POST", f"{other}jobs/", {"status": "QUEUED"})
    job = f"{other}jobs/{answers['add job'].json['id']}/"
    answers["get job"] = wire.ask("GET", job)
    answers["next job"] = wire.ask("GET", f"{other}nextjob/")
    tag = answers["next job"].etag
    answers["put job"] = wire.ask("PUT", job, {"status": "RUNNING"}, if_match=tag)
    answers["put job unsafely"] = wire.ask("PUT", job, {"status": "DONE"})
    answers["list jobs"] = wire.ask("GET", f"{other}jobs/")
    answers["create job"] = wire.ask("PUT", f"{job[:-1]}x/", {"status": "DONE"}, if_none_match="*")
    answers["delete job"] = wire.ask("DELETE", job, if_match="*")
    answers["delete job anyhow"] = wire.ask("DELETE", job)
    answers["delete experiment"] = wire.ask("DELETE", other, if_match="*")
    answers["delete experiment anyhow"] = wire.ask("DELETE", other)
    return answers


def test_only_statuses_that_the_client_takes_for_success_are_used(wire: Wire, home: str) -> None:
    assert {answer.status for answer in everyday(wire, home).values()} == UNDERSTOOD


def test_answers_say_what_they_are_and_stay_as_they_are(wire: Wire, home: str) -> None:
    for asked, answer in everyday(wire, home).items():
        if answer.status != 204:
            assert answer.headers["content-type"] == "application/json", asked
            assert int(answer.headers["content-length"]) == len(answer.body), asked
        assert "no-transform" in answer.headers["cache-control"], asked
        assert not answer.headers.keys() & {"content-encoding", "location", "set-cookie"}, asked


def test_an_answer_without_content_has_none(wire: Wire, home: str) -> None:
    empty = [answer for answer in everyday(wire, home).values() if answer.status == 204]
    assert len(empty) == 5
    assert all(answer.body == b"" for answer in empty)
    assert all(answer.headers.get("content-length", "0") == "0" for answer in empty)


def test_whatever_hands_out_a_job_has_a_tag(wire: Wire, home: str) -> None:
    answers = everyday(wire, home)
    with_tag = {asked for asked, answer in answers.items() if "etag" in answer.headers}
    assert with_tag == {
        *("add job", "get job", "next job", "put job", "put job unsafely", "create job")
    }


def test_a_job_has_the_keys_that_the_client_reads(wire: Wire, home: str) -> None:
    answers = everyday(wire, home)
    for asked in ("add job", "get job", "next job", "put job"):
        job = answers[asked].json
        assert job["experiment"] == answers["get experiment"].json["name"]
        assert job.keys() >= {"id", "experiment", "status", "hyperparameters", "results"}


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "??", "a/b"]
)
def test_a_body_is_json_whatever_it_is_called(wire: Wire, home: str, kind: str) -> None:
    body = {"status": "QUEUED", "results": {"a": 1}}
    answer = wire.ask("POST", f"{home}jobs/", body, content_type=kind)
    assert answer.json["results"] == {"a": 1}


def test_a_body_may_come_in_chunks(wire: Wire, home: str) -> None:
    chunks = b'7\r\n{"resul\r\nb\r\nts":{"a":1}\r\n1\r\n}\r\n0\r\n\r\n'
    request = wire.worded("POST", f"{home}jobs/", transfer_encoding="chunked", content_length="")
    assert wire.send(request + chunks).json["results"] == {"a": 1}


def test_a_body_may_trickle_in(wire: Wire, home: str) -> None:
    request = wire.worded("POST", f"{home}jobs/", {"results": {"a": "x" * 50}})
    for byte in range(len(request) - 1):
        wire.socket.sendall(request[byte : byte + 1])
    assert wire.send(request[-1:]).json["results"] == {"a": "x" * 50}


def test_requests_without_a_body_may_say_so(wire: Wire, home: str) -> None:
    job = wire.ask("POST", f"{home}jobs/", {}).json["id"]
    assert b"Content-Length: 0\r\n" in wire.worded("DELETE", f"{home}jobs/{job}/")
    assert wire.ask("DELETE", f"{home}jobs/{job}/").status == 204
    assert wire.ask("GET", home, content_length="0").status == 200


def test_what_needs_no_encoding_may_be_encoded(wire: Wire, home: str) -> None:
    name = home.split("/")[2]
    encoded = "".join(f"%{ord(character):02x}" for character in name)
    assert wire.ask("GET", f"/experiments/{encoded}/").json["name"] == name


def test_an_unknown_query_is_ignored(wire: Wire, home: str) -> None:
    assert wire.ask("GET", f"{home}?a=1&b").status == 200


PLACES = [
    ("GET", "experiments"),
    ("GET", "experiments/{}"),
    ("PUT", "experiments/{}"),
    ("DELETE", "experiments/{}"),
    ("GET", "experiments/{}/jobs"),
    ("POST", "experiments/{}/jobs"),
    ("GET", "experiments/{}/nextjob"),
    ("PUT", "experiments/{}/jobs/x"),
    ("POST", "token"),
    ("POST", "passauth"),
    ("POST", "resettoken"),
    ("GET", "/experiments/"),
    ("GET", "experiments//"),
    ("PUT", "experiments//"),
    ("PUT", "experiments/{}//"),
    ("DELETE", "experiments//"),
    ("GET", "experiments/{}/jobs//"),
    ("GET", "experiments/{}/jobs/x/y/"),
    ("GET", "experiments/{}/nothing/"),
    ("GET", "nothing/"),
]


@pytest.mark.parametrize(("method", "place"), PLACES)
def test_there_is_nothing_beside_the_urls_and_no_way_from_there(
    wire: Wire, home: str, method: str, place: str
) -> None:
    path = "/" + place.replace("{}", home.split("/")[2])
    answer = wire.ask(method, path, None if method == "GET" else MANUAL)
    assert answer.status == 404
    assert "location" not in answer.headers
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/experiments/"])
def test_what_folded_names_come_down_to_changes_nothing(
    wire: Wire, home: str, path: str, method: str
) -> None:
    assert 400 <= wire.ask(method, path, MANUAL, if_match="*").status < 500
    assert wire.ask("GET", home).status == 200


def test_a_job_put_where_an_experiment_is_harms_nothing(wire: Wire, home: str) -> None:
    before = wire.ask("GET", home).json
    assert wire.ask("PUT", home, {"status": "RUNNING", "results": {"a": 1}}).status == 400
    assert wire.ask("GET", home).json == before


@pytest.mark.parametrize("path", ["/experiments/", "{}", "{}jobs/", "{}jobs/mine/"])
def test_a_head_is_an_answer_without_its_body(wire: Wire, home: str, path: str) -> None:
    wire.ask("PUT", f"{home}jobs/mine/", {"status": "DONE"})
    whole = wire.ask("GET", path.format(home))
    head = wire.ask("HEAD", path.format(home))
    assert [head.status, head.body] == [200, b""]
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert wire.ask("GET", home).status == 200  # nothing of a body was left on the connection


def test_probing_for_a_job_makes_none(wire: Wire, home: str) -> None:
    wire.ask("PUT", home, {"status": "RUNNING", "scheduler": {"RandomSearch": {}}})
    assert wire.ask("HEAD", f"{home}nextjob/").status == 405
    assert wire.ask("GET", f"{home}jobs/").json["items"] == []


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "POST", "PROPFIND"])
def test_another_method_is_told_which_ones_there_are(wire: Wire, home: str, method: str) -> None:
    answer = wire.ask(method, home)
    assert answer.status == 405
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["allow"].split(", "))


def test_signing_in_answers_seconds(wire: Wire, server: RunningServer) -> None:
    login = {"email": server.email, "token": server.token}
    answer = wire.ask("POST", "/token/", login, authorization="", content_type="application/json")
    assert isinstance(answer.json["expiresAt"], int | float)
    assert 1e9 < answer.json["expiresAt"] < 1e10  # in milliseconds it would be a thousand times


def test_a_connection_serves_many_requests(wire: Wire, home: str) -> None:
    answers = [wire.ask("GET", home) for _ in range(50)]
    assert {answer.status for answer in answers} == {200}
    assert not any(answer.headers.get("connection") == "close" for answer in answers)


def test_a_listing_is_json_that_other_parsers_read_too(wire: Wire, home: str) -> None:
    wire.ask("POST", f"{home}jobs/", {"results": {"a": 1.5, "b": "\u00e9\N{ROCKET}"}})
    text = wire.ask("GET", f"{home}jobs/").text

    def refuse(word: str) -> None:
        raise ValueError(word)

    assert json.loads(text, parse_constant=refuse)["items"][0]["results"]["a"] == 1.5
