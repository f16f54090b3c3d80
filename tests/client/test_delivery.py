"""The end of a job reaches the server, or is safe, and its worker is told where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schedy import Experiment, Job, SchedyDB, errors
from schedy.credentials import ConfigurationError
from schedy.outbox import orphans
from tests.client.peer import Peer, drop, reply
from tests.running import RunningServer


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHEDY_OUTBOX", str(tmp_path))
    return tmp_path


def claimed(peer: Peer, remote: Experiment) -> Job:
    wire = {"id": "j1", "experiment": "mnist", "status": "RUNNING", "lease_id": "l", "attempt": 1}
    peer.will(reply(200, {**wire, "lease_ttl": 900, "heartbeat_every": 60}, ETag='"1"'))
    return remote.next_job()


def test_a_result_that_nobody_takes_is_safe_in_a_file(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = claimed(peer, remote)
    with pytest.raises(errors.ServerUnreachable, match="`schedy flush` sends it") as caught, job:
        job.results["loss"] = 0.5
    [orphan] = orphans(outbox)
    assert str(orphan.file) in str(caught.value)


def test_a_server_in_trouble_leaves_the_result_in_a_file(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = claimed(peer, remote)
    peer.will(*[reply(503, "The disk is full.")] * 100)
    with pytest.raises(errors.ServerError) as caught, job:
        job.results["loss"] = 0.5
    [orphan] = orphans(outbox)
    assert str(orphan.file) in caught.value.__notes__[0]


def test_results_are_tried_longer_than_other_requests(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote)
    job.connection.final_patience = 3600.0
    began = peer.clock.now
    with pytest.raises(errors.ServerUnreachable), job:
        pass
    assert 3500 < peer.clock.now - began < 3700


def test_a_result_is_written_before_it_is_sent(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = claimed(peer, remote)
    found: list[bytes] = []

    def look(handler: object) -> None:
        found.extend(path.read_bytes() for path in outbox.glob("*.json"))
        reply(200, {"directive": "continue"})(handler)  # type: ignore[arg-type]  # it is one

    peer.will(look)
    with job:
        job.results["loss"] = 0.125
    assert b'"loss":0.125' in found[0]
    assert list(orphans(outbox)) == []


@pytest.mark.parametrize("status", [400, 413, 422])
def test_results_that_can_not_be_stored_crash_the_job_and_stay_in_a_file(
    peer: Peer, remote: Experiment, outbox: Path, status: int
) -> None:
    job = claimed(peer, remote)
    peer.will(reply(status, "It is too deep."), reply(200))
    with pytest.raises(errors.ClientRequestError, match="too deep") as caught, job:
        job.results["deep"] = [[]]
    assert "would be refused like this" in caught.value.__notes__[0]
    crash = peer.seen[-1].json()
    assert (crash["status"], crash["reason"]) == (
        "CRASHED",
        "the results were refused: It is too deep.",
    )
    assert [each.letter is not None for each in orphans(outbox)] == [True]


def test_a_refused_end_without_results_is_nothing_to_keep(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = claimed(peer, remote)
    peer.will(reply(404, "There is no experiment 'mnist'."))
    with pytest.raises(errors.ClientRequestError, match="no experiment"), job:
        pass
    assert list(orphans(outbox)) == []


def test_an_error_in_the_block_says_where_the_crash_is_kept(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = claimed(peer, remote)
    peer.will(*[drop] * 100)
    with pytest.raises(ValueError, match="diverged") as caught, job:
        raise ValueError("diverged")
    [orphan] = orphans(outbox)
    assert str(orphan.file) in caught.value.__notes__[0]


def test_the_end_of_a_job_without_a_lease_is_kept_too(
    peer: Peer, remote: Experiment, outbox: Path
) -> None:
    job = Job("j1", remote, {}, status="RUNNING", etag='"1"')
    with pytest.raises(errors.ServerUnreachable), job:
        job.results["loss"] = 0.5
    [orphan] = orphans(outbox)
    assert orphan.letter is not None
    assert (orphan.letter.method, orphan.letter.etag) == ("PUT", '"1"')


@pytest.mark.parametrize(
    ("setting", "given", "patience"),
    [("", None, (300, 3600)), ("7.5", None, (7.5, 7.5)), ("7.5", 2.0, (2, 2)), ("", 0.0, (0, 0))],
)
def test_patience_is_a_setting(
    monkeypatch: pytest.MonkeyPatch,
    server: RunningServer,
    setting: str,
    given: float | None,
    patience: tuple[float, float],
) -> None:
    monkeypatch.setenv("SCHEDY_PATIENCE", setting)
    connection = SchedyDB(config_override=server.client, patience=given).connection
    assert (connection._tries._patience, connection.final_patience) == patience


def test_patience_that_is_no_number_is_an_error(
    monkeypatch: pytest.MonkeyPatch, server: RunningServer
) -> None:
    monkeypatch.setenv("SCHEDY_PATIENCE", "a lot")
    with pytest.raises(ConfigurationError, match="SCHEDY_PATIENCE"):
        SchedyDB(config_override=server.client)


FORKING = """
import os, sys, time, schedy
from schedy import heartbeats
experiment = schedy.SchedyDB(patience=20).get_experiment(os.environ["EXPERIMENT"])
mine = experiment.next_job()
while mine.directive is None: time.sleep(0.01)
if os.fork() == 0:
    assert id(mine) not in heartbeats._heart_now().pulses
    with experiment.next_job() as its:
        while its.directive is None: time.sleep(0.01)
        its.results["pid"] = 1
    os._exit(0)
_, code = os.wait()
mine.directive = None
while mine.directive is None: time.sleep(0.01)
with mine:
    mine.results["pid"] = 0
sys.exit(code)
"""


def test_a_child_beats_for_its_own_job_and_its_parent_goes_on(
    server: RunningServer, experiment: Experiment
) -> None:
    experiment.set_limits(lease_ttl=2)
    experiment.add_jobs([{}, {}])
    environment = {**os.environ, **server.environment, "EXPERIMENT": experiment.name}
    subprocess.run([sys.executable, "-c", FORKING], env=environment, check=True, timeout=60)
    assert [job.results for job in experiment.jobs("DONE")] == [{"pid": 0}, {"pid": 1}]
    assert {job.attempt for job in experiment.all_jobs()} == {1}
