"""A worker that has to go gets no job that it could not finish."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedy import Experiment, errors
from schedy.credentials import ConfigurationError
from schedy.deadlines import deadline_of
from tests.client.peer import Peer, reply

MOMENT = datetime(2033, 5, 18, 3, 33, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", [MOMENT, 2e9, 2_000_000_000, "2000000000", "2033-05-18T05:33:20+02:00"]
)
def test_a_deadline_is_a_moment_however_it_is_said(given: Any) -> None:
    assert deadline_of(given, {}) == 2e9


def test_a_moment_without_a_zone_is_local() -> None:
    local = MOMENT.astimezone().replace(tzinfo=None)
    assert deadline_of(local, {}) == deadline_of(local.isoformat(), {}) == 2e9


@pytest.mark.parametrize(
    ("environ", "deadline"),
    [
        ({}, None),
        ({"SLURM_JOB_END_TIME": "2000000000"}, 2e9),
        ({"SCHEDY_DEADLINE": "5", "SLURM_JOB_END_TIME": "2000000000"}, 5.0),
        ({"SLURM_JOB_END_TIME": "0"}, None),
        ({"SLURM_JOB_END_TIME": "Unknown"}, None),
    ],
)
def test_the_environment_says_it_unless_the_script_does(
    environ: dict[str, str], deadline: float | None
) -> None:
    assert deadline_of(None, environ) == deadline
    assert deadline_of(7, environ) == 7


def test_what_is_no_moment_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="SCHEDY_DEADLINE: 'soon' is no point in time"):
        deadline_of(None, {"SCHEDY_DEADLINE": "soon"})
    with pytest.raises(ValueError, match="nan"):
        deadline_of(float("nan"), {})


def test_who_has_to_try_again_has_less_time_left(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(503, "Busy.", **{"Retry-After": "1"}), reply(204))
    with pytest.raises(errors.NoJobError):
        remote.next_job(deadline=datetime.now(UTC) + timedelta(minutes=30))
    first, second = (each.json() for each in peer.seen)
    assert first["claim_id"] == second["claim_id"]
    assert second["time_left"] < first["time_left"]


def test_the_server_is_told_how_much_time_is_left(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(204))
    with pytest.raises(errors.NoJobError, match="that is known to fit into the 1800 seconds left"):
        remote.next_job(deadline=datetime.now(UTC) + timedelta(minutes=30))
    assert 1790 < peer.seen[0].json()["time_left"] <= 1800


def test_after_the_deadline_nobody_is_asked(peer: Peer, remote: Experiment) -> None:
    with pytest.raises(errors.NoJobError, match="deadline has passed"):
        remote.next_job(wait=60, deadline=time.time() - 1)
    assert peer.seen == []


def test_nobody_waits_beyond_the_deadline(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(204))
    with pytest.raises(errors.NoJobError):
        remote.next_job(wait=30, deadline=time.time() + 0.5)
    assert peer.seen[0].json()["wait"] <= 0.5


def test_a_job_that_takes_longer_is_left_to_others(experiment: Experiment) -> None:
    experiment.set_limits(expected_duration=3600)
    added = experiment.add_job()
    with pytest.raises(errors.NoJobError, match="known to fit"):
        experiment.next_job(deadline=time.time() + 60)
    assert experiment.next_job(deadline=time.time() + 7200).job_id == added.job_id


def test_a_job_that_comes_too_late_to_fit_is_left_to_others(experiment: Experiment) -> None:
    experiment.set_limits(expected_duration=1.5)
    later = threading.Timer(1.0, experiment.add_job)
    later.start()
    with pytest.raises(errors.NoJobError, match="known to fit"):
        experiment.next_job(wait=2, deadline=time.time() + 2)
    later.join()
    assert experiment.next_job(deadline=time.time() + 60).attempt == 1
