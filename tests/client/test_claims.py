import os
import re
import socket
from typing import Any

import pytest

from schedy import Experiment, errors
from schedy.claims import claim
from tests.client.peer import Peer, Step, cut_short, drop, reply

JOB = {"id": "j1", "experiment": "mnist", "status": "RUNNING", "lease_id": "l", "attempt": 1}


def granted(**headers: str) -> Step:
    return reply(200, JOB, ETag='"1"', **headers)


def bodies(peer: Peer) -> list[dict[str, Any]]:
    return [each.json() for each in peer.seen]


def test_a_job_is_claimed_with_one_request(peer: Peer, remote: Experiment) -> None:
    peer.will(granted())
    job = remote.next_job()
    assert [(each.method, each.path) for each in peer.seen] == [
        ("POST", "/experiments/mnist/claims/")
    ]
    assert (job.job_id, job.status, job.etag, job.lease_id) == ("j1", "RUNNING", '"1"', "l")


def test_a_worker_says_who_it_is(
    peer: Peer, remote: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.will(granted(), granted())
    remote.next_job()
    monkeypatch.setenv("SCHEDY_WORKER", "gpu-7/0" + "x" * 300)
    remote.next_job()
    first, second = (body["worker"] for body in bodies(peer))
    assert first == f"{socket.gethostname()}:{os.getpid()}"
    assert (second[:7], len(second)) == ("gpu-7/0", 200)


@pytest.mark.parametrize("trouble", [drop, cut_short, reply(503)])
def test_a_claim_whose_answer_got_lost_is_the_same_claim(
    peer: Peer, remote: Experiment, trouble: Step
) -> None:
    peer.will(trouble, granted())
    remote.next_job()
    first, second = bodies(peer)
    assert first == second
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", first["claim_id"])


def test_each_claim_is_another(peer: Peer, remote: Experiment) -> None:
    peer.will(granted(), granted())
    remote.next_job()
    remote.next_job()
    first, second = bodies(peer)
    assert first["claim_id"] != second["claim_id"]


def test_a_claim_that_was_given_away_meanwhile_is_made_anew(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(409, "It has moved on."), granted())
    assert remote.next_job().job_id == "j1"
    first, second = bodies(peer)
    assert first["claim_id"] != second["claim_id"]


def test_no_job_is_no_error_of_http(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(204))
    with pytest.raises(errors.NoJobError, match="nothing to do in experiment 'mnist'"):
        remote.next_job()
    assert "wait" not in bodies(peer)[0]


def test_an_experiment_that_is_gone_is_an_error(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(404, "There is no experiment 'mnist'."))
    with pytest.raises(errors.ClientRequestError, match="no experiment"):
        remote.next_job()


def wait_for_nothing(peer: Peer, seconds: float, *, each_poll_takes: float) -> list[float]:
    """Return the waits that were asked of a server that never has a job."""

    def nothing(handler: Any) -> None:
        peer.clock.now += each_poll_takes
        reply(204)(handler)

    peer.will(*[nothing] * 100)
    with pytest.raises(errors.NoJobError):
        claim(peer.connection(), "mnist", wait=seconds, clock=peer.clock, sleep=peer.clock.sleep)
    return [body.get("wait", 0) for body in bodies(peer)]


def test_a_long_wait_is_many_polls(peer: Peer) -> None:
    assert wait_for_nothing(peer, 150, each_poll_takes=60) == [60, 60, 30]


def test_a_server_that_answers_too_early_is_not_stormed(peer: Peer) -> None:
    assert wait_for_nothing(peer, 3, each_poll_takes=0) == [3, 2, 1, 0]
    assert peer.clock.pauses == [1, 1, 1]


def test_a_worker_that_waits_outlasts_a_long_maintenance(peer: Peer) -> None:
    peer.will(*[reply(503, "no jobs for now", **{"Retry-After": "60"})] * 20, granted())
    connection = peer.connection(patience=300)
    answer = claim(connection, "mnist", wait=7200, clock=peer.clock, sleep=peer.clock.sleep)
    assert answer.status == 200
    assert peer.clock.now >= 20 * 60 - 120


def test_whoever_does_not_wait_is_told_of_the_maintenance(peer: Peer) -> None:
    peer.will(*[reply(503, "no jobs for now", **{"Retry-After": "60"})] * 10)
    with pytest.raises(errors.ServerError, match="no jobs for now"):
        claim(peer.connection(patience=300), "mnist", clock=peer.clock, sleep=peer.clock.sleep)


def test_waiting_ends_with_a_job(peer: Peer, remote: Experiment) -> None:
    peer.will(granted())
    assert remote.next_job(wait=float("inf")).job_id == "j1"
    assert bodies(peer)[0]["wait"] == 60
