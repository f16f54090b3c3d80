"""Refusals: short plain sentences that reach the client, and leave everything as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compatibility.old_client import Interpreter, OldClient
from tests.compatibility.wire import Wire
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.compat

MANUAL = {"status": "RUNNING", "scheduler": {"Manual": None}}


@pytest.fixture
def home(manual: OldClient) -> str:
    """Return the path of an experiment."""
    return f"/experiments/{manual.name}/"


Case = tuple[int, str, str, object, dict[str, str]]  # expected, method, path, body, headers

REFUSED: dict[str, Case] = {
    "unknown experiment": (404, "GET", "/experiments/nothing/", None, {}),
    "unknown job": (404, "GET", "{}jobs/nothing/", None, {}),
    "job for nobody": (404, "POST", "/experiments/nothing/jobs/", {}, {}),
    "unknown place": (404, "GET", "{}nothing/", None, {}),
    "wrong method": (405, "POST", "{}", MANUAL, {}),
    "name is taken": (412, "PUT", "{}", MANUAL, {"if_none_match": "*"}),
    "gone already": (412, "DELETE", "{}jobs/nothing/", None, {"if_match": "*"}),
    "stale": (412, "PUT", "{}jobs/nothing/", {"status": "DONE"}, {"if_match": '"a.1.b"'}),
    "no token": (401, "GET", "/experiments/", None, {"authorization": ""}),
    "forged token": (401, "GET", "/experiments/", None, {"authorization": "Bearer a.b.c"}),
    "wrong token": (403, "POST", "/token/", {"email": "a@b.c", "token": "x"}, {}),
    "login without token": (400, "POST", "/token/", {"email": "a@b.c"}, {}),
    "login of numbers": (400, "POST", "/passauth/", {"email": 1, "token": 2}, {}),
    "login is a list": (400, "POST", "/token/", [], {}),
    "no json": (400, "POST", "{}jobs/", b"{status: QUEUED}", {}),
    "half of json": (400, "POST", "{}jobs/", b'{"status": "QUE', {}),
    "two of json": (400, "POST", "{}jobs/", b"{}{}", {}),
    "trailing comma": (400, "POST", "{}jobs/", b'{"results": {},}', {}),
    "not utf-8": (400, "POST", "{}jobs/", b'{"results": {"a": "\xff"}}', {}),
    "utf-16": (400, "POST", "{}jobs/", '{"results": {}}'.encode("utf-16"), {}),
    "job is a list": (400, "POST", "{}jobs/", [], {}),
    "job is null": (400, "POST", "{}jobs/", b"null", {}),
    "unknown status": (400, "POST", "{}jobs/", {"status": "PAUSED"}, {}),
    "status is a number": (400, "POST", "{}jobs/", {"status": 1}, {}),
    "status is a list": (400, "POST", "{}jobs/", {"status": ["DONE"]}, {}),
    "status is null": (400, "POST", "{}jobs/", {"status": None}, {}),
    "results are a list": (400, "POST", "{}jobs/", {"results": [1]}, {}),
    "results are text": (400, "POST", "{}jobs/", {"results": "good"}, {}),
    "hyperparameters are a number": (400, "POST", "{}jobs/", {"hyperparameters": 3}, {}),
    "endless nesting": (400, "POST", "{}jobs/", b'{"results":{"a":' + b"[" * 100_000, {}),
    "deep nesting": (400, "POST", "{}jobs/", b"[" * 5000 + b"]" * 5000, {}),
    "compressed": (400, "POST", "{}jobs/", b"\x1f\x8b", {"content_encoding": "gzip"}),
    "bad experiment": (400, "PUT", "/experiments/x/", b"{", {}),
    "unknown page": (400, "GET", "{}jobs/?start=unknown", None, {}),
    "no utf-8 in path": (400, "GET", "/experiments/%FF/", None, {}),
    "conditional on a tag": (400, "PUT", "{}jobs/a/", {}, {"if_none_match": '"a.1.b"'}),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_is_one_short_plain_sentence(wire: Wire, home: str, case: Case) -> None:
    status, method, path, body, headers = case
    answer = wire.ask(method, path.format(home), body, **headers)
    assert answer.status == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert 0 < len(answer.text) <= 150
    assert "\n" not in answer.text
    assert answer.text.endswith(".")
    assert wire.ask("GET", f"{home}jobs/").json["items"] == []


def test_a_connection_outlives_refusals(wire: Wire, home: str) -> None:
    before = wire.socket.getsockname()
    for _, method, path, body, headers in REFUSED.values():
        wire.ask(method, path.format(home), body, **headers)
        assert wire.ask("GET", home).status == 200
    assert wire.socket.getsockname() == before


def test_a_refused_put_leaves_the_job_as_it_was(wire: Wire, home: str) -> None:
    added = wire.ask("POST", f"{home}jobs/", {"results": {"a": 1}})
    job = f"{home}jobs/{added.json['id']}/"
    for body in (b"{", b"[]", b'{"status": "GOOD"}', b'{"results": 1}'):
        assert wire.ask("PUT", job, body, if_match=added.etag).status == 400
    now = wire.ask("GET", job).json
    assert {**now, "etag": None} == {**added.json, "etag": None}
    assert wire.ask("PUT", job, {"status": "DONE"}, if_match=added.etag).status == 200


def test_a_condition_of_ten_thousand_characters_is_refused(wire: Wire, home: str) -> None:
    added = wire.ask("POST", f"{home}jobs/", {})
    job = f"{home}jobs/{added.json['id']}/"
    for tag in (f'"{"a" * 10_000}"', ", ".join([added.etag] * 300), '"' * 10_000, "W/" * 5000):
        assert 400 <= wire.ask("PUT", job, {"status": "DONE"}, if_match=tag).status < 500
    assert wire.ask("GET", job).json["status"] == "QUEUED"


def test_what_is_no_http_is_refused(wire: Wire) -> None:
    assert wire.send(b"DROP TABLE jobs\r\n\r\n").status == 400


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server that takes small bodies only."""
    with running_server(data=tmp_path_factory.mktemp("data"), max_body="64KiB") as server:
        yield server


@pytest.mark.parametrize("size", [2**16 + 1, 2**20, 2**25])
def test_a_body_over_the_limit_is_refused_in_a_way_that_the_client_reads(
    strict: RunningServer, interpreter: Interpreter, name: str, size: int
) -> None:
    client = OldClient(interpreter, strict.client, name)
    script = """
        exp = schedy.ManualSearch(name)
        db.add_experiment(exp)
        exp.add_job(hyperparameters={})
        job = exp.next_job()
        job.results['text'] = 'x' * size
        try:
            job.put()
        except schedy.errors.ClientRequestError as error:
            refusal = [error.code, error.body]
        job.results = {'loss': 1}
        job.put()
        return refusal + [exp.get_job(job.job_id).results]
    """
    code, body, results = client.run(script, size=size)
    assert [code, results] == [413, {"loss": 1}]
    assert "65,536 bytes" in body


def test_a_body_of_the_limit_is_taken(strict: RunningServer) -> None:
    with Wire(strict) as wire:
        wire.ask("PUT", "/experiments/full/", MANUAL)
        body = b'{"results": {"a": "' + b"x" * 60_000 + b'"}}'
        body += b" " * (2**16 - len(body))
        assert wire.ask("POST", "/experiments/full/jobs/", body).status == 201
        assert wire.ask("POST", "/experiments/full/jobs/", body + b" ").status == 413


def test_too_large_is_no_reason_to_send_again(strict: RunningServer) -> None:
    with Wire(strict) as wire:
        answer = wire.ask("POST", "/experiments/none/jobs/", b" " * 2**17)
    assert answer.status == 413
    assert "retry-after" not in answer.headers  # the old client would repeat it for minutes


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999", "1, 2"])
def test_a_length_that_is_none_is_refused(wire: Wire, home: str, length: str) -> None:
    request = wire.worded("POST", f"{home}jobs/", b"{}", content_length=length)
    assert wire.send(request).status == 400


def test_a_request_that_ends_too_early_does_nothing(wire: Wire, home: str) -> None:
    request = wire.worded("POST", f"{home}jobs/", {"status": "QUEUED"})
    wire.socket.sendall(request[:-1])
    wire.connect()
    assert wire.ask("GET", f"{home}jobs/").json["items"] == []


def test_another_account_sees_nothing(tmp_path: Path, wire: Wire, home: str) -> None:
    with running_server(data=tmp_path) as other, Wire(other) as foreign:
        assert wire.ask("GET", home, authorization=foreign.bearer).status == 401
