"""Hyperparameters and results: whatever JSON can say comes back exactly as it was sent."""

import math

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient
from tests.compatibility.wire import Wire

pytestmark = [pytest.mark.compat, on_both_databases]

VALUES = {
    "true and one": [True, 1, 1.0, "1", "true"],
    "false and zero": [False, 0, 0.0, -0.0, "0", "", None],
    "not a number": [math.nan, math.inf, -math.inf],
    "smallest float": 5e-324,
    "largest float": 1.7976931348623157e308,
    "shortest form": [0.1, 1e16, 1e22, 123456789.12345679, 1e-7],
    "beyond 53 bits": 2**53 + 1,
    "beyond 64 bits": [2**64, -(2**63) - 1],
    "400 digits": 10**400,
    "-4000 digits": -(10**4000),
    "deep": [[[[[{"a": [[{}]]}]]]]],
    "empty containers": [{}, [], ""],
    "odd keys": {"": 1, ".": 2, "a.b": 3, "$where": 4, "é": 5, "__proto__": 6, " ": 7, "NaN": 8},
    "nul": "a\0b",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029\ufeff",
    "quotes": "\"'\\/`",
    "composed and decomposed": ["\u00e9", "e\u0301"],
    "astral": "\N{ROCKET}\U0010ffff",
    "text like a number": ["NaN", "Infinity", "1e5", "null"],
    "html": "</script><script>alert(1)</script>",
    "formula": "=1+1",
    "long text": "x" * 300_000,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_value_comes_back_as_it_was_sent(manual: OldClient, value: object) -> None:
    script = """
        exp = db.get_experiment(name)
        added = exp.add_job(hyperparameters={'v': value}, results={'v': value})
        job = exp.next_job()
        job.put()
        listed, = exp.all_jobs()
        seen = [each for job in (added, exp.get_job(job.job_id), job, listed)
                for each in (job.hyperparameters, job.results)]
        return [repr(each) == repr({'v': value}) for each in seen]
    """
    assert manual.run(script, value=value) == [True] * 8  # in print, 1, True and 1.0 differ


def test_keys_are_arbitrary_text_in_their_order(manual: OldClient) -> None:
    keys = ["", "z", "a", "a.b", "\0", "NaN", "\N{ROCKET}", "id", "status", "x" * 2000]
    script = """
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters=dict.fromkeys(keys, 0), results=dict.fromkeys(keys, 1))
        job = exp.get_job(job.job_id)
        return [list(job.hyperparameters), list(job.results)]
    """
    assert manual.run(script, keys=keys) == [keys, keys]


def test_half_of_a_surrogate_pair_is_kept_or_refused(manual: OldClient) -> None:
    script = """
        exp = db.get_experiment(name)
        odd = {half: half}
        try:
            job = exp.add_job(hyperparameters=odd, results=odd)
        except schedy.errors.ClientRequestError:
            return True
        with exp.next_job():
            pass
        listed, = exp.all_jobs()
        return exp.get_job(job.job_id).results == listed.results == odd
    """
    assert manual.run(script, half="\ud800") is True


def test_a_curve_of_a_hundred_thousand_numbers_comes_back(manual: OldClient) -> None:
    assert manual.run("""
        import random
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={})
        curve = [random.random() for _ in range(100000)]
        with exp.next_job() as job:
            job.results['curve'] = curve
            job.put()
        listed, = exp.all_jobs()
        return [exp.get_job(job.job_id).results['curve'] == curve == listed.results['curve']]
    """) == [True]


def test_an_integer_of_5000_digits_is_kept_to_the_last(manual: OldClient, wire: Wire) -> None:
    digits = "7" * 5000
    body = f'{{"results": {{"n": {digits}}}}}'.encode()
    added = wire.ask("POST", f"/experiments/{manual.name}/jobs/", body)
    listed = wire.ask("GET", f"/experiments/{manual.name}/jobs/")
    assert added.status == 201
    assert digits in added.text
    assert digits in listed.text


@pytest.mark.parametrize(
    "text", ["1.0", "1E5", "-0", "0.10", "1e999", "1e-999", '"\\u00e9\\/"', "[ 1 ,\t2 ]"]
)
def test_a_value_keeps_its_spelling(manual: OldClient, wire: Wire, text: str) -> None:
    body = f'{{"results": {{"v": {text}}}}}'.encode()
    added = wire.ask("POST", f"/experiments/{manual.name}/jobs/", body)
    assert f'"results":{{"v": {text}}}' in added.text


@pytest.mark.parametrize("content", [b"{}", b'{"hyperparameters": null, "results": null}', b""])
def test_what_a_job_leaves_out_is_empty(manual: OldClient, wire: Wire, content: bytes) -> None:
    job = wire.ask("POST", f"/experiments/{manual.name}/jobs/", content).json
    assert [job["status"], job["hyperparameters"], job["results"]] == ["QUEUED", {}, {}]


def test_what_the_server_owns_is_not_taken_from_a_body(manual: OldClient, wire: Wire) -> None:
    claims = {"id": "mine", "experiment": "other", "number": 99, "attempt": 7, "quality": 0}
    job = wire.ask("POST", f"/experiments/{manual.name}/jobs/", claims).json
    assert job["id"] != "mine"
    assert [job["experiment"], job["number"], job["attempt"]] == [manual.name, 1, 0]
