"""A worker that gives signs of life to one server is alive for all of them."""

import time
from typing import Any

import pytest

from tests.replicas.asking import Asked
from tests.running import RunningServer
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.long]

TTL = 30  # seconds, the shortest
MANUAL = {"status": "RUNNING", "scheduler": {"Manual": None}, "limits": {"lease_ttl": TTL}}


def test_only_a_worker_that_is_heard_by_none_loses_its_job(replicas: list[RunningServer]) -> None:
    here, there = (Asked(server.root, server.log) for server in replicas)
    token = replicas[0].token
    here.ask("PUT", "experiments/e/", MANUAL, token)
    alive, dead = (claim(here, number, token) for number in range(2))

    def beats_and_lives() -> bool:
        body = {"lease_id": alive["lease_id"]}
        path = f"experiments/e/jobs/{alive['id']}/"
        said = here.ask("POST", f"{path}heartbeat/", body, token).json["directive"]
        return bool(said == "continue" and there.ask("GET", path, None, token).json["attempt"] == 1)

    def is_back() -> bool:
        assert beats_and_lives()
        path = f"experiments/e/jobs/{dead['id']}/"
        return bool(there.ask("GET", path, None, token).json["status"] == "QUEUED")

    wait_until(is_back, seconds=TTL + 15)
    still = time.monotonic() + TTL
    wait_until(lambda: not beats_and_lives() or time.monotonic() > still, seconds=TTL + 15)
    assert beats_and_lives()


def claim(server: Asked, number: int, token: str) -> Any:
    job = {"status": "QUEUED", "hyperparameters": {"x": number}}
    server.ask("POST", "experiments/e/jobs/", job, token)
    body = {"claim_id": f"claim-{number}", "worker": f"machine-{number}:1"}
    return server.ask("POST", "experiments/e/claims/", body, token).json
