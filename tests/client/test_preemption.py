"""A machine that is wanted for something else: nothing is lost, and the job is the next in line."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import schedy
from schedy import Experiment, Job, Preempted
from schedy.outbox import orphans
from tests.client.peer import Peer, reply, silence
from tests.running import RunningServer

SIGNALS = [signal.SIGTERM, signal.SIGUSR1]

WORKER = """
import multiprocessing, os, signal, sys, time
import schedy
experiment = schedy.SchedyDB(patience=20).get_experiment(os.environ["EXPERIMENT"])
def ready():
    print("up", flush=True)
def train():
    ready()
    while True:
        try:
            time.sleep(0.05)
        except Exception:
            pass
"""


@contextmanager
def worker(
    server: RunningServer, experiment: Experiment, outbox: Path, code: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A training in a process of its own, whose job is running."""
    environment = {**os.environ, **server.environment, "SCHEDY_OUTBOX": str(outbox)}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER + code],
        env={**environment, "EXPERIMENT": experiment.name},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"up\n", process.communicate()[1].decode()
            yield process
        finally:
            process.kill()


def only_job(experiment: Experiment) -> Job:
    [job] = experiment.all_jobs()
    return experiment.get_job(job.job_id)


@pytest.fixture
def queued(experiment: Experiment) -> Experiment:
    experiment.add_job({"x": 1})
    return experiment


TRAINING = """
with experiment.next_job() as job:
    job.results["epoch"] = 3
    job.resume = {"checkpoint": 3}
    train()
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_preempted_job_goes_back_with_what_it_has(
    server: RunningServer, queued: Experiment, tmp_path: Path, number: signal.Signals
) -> None:
    with worker(server, queued, tmp_path, TRAINING) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    job = only_job(queued)
    assert (process.returncode, b"Traceback" in err) == (143, False)
    assert (job.status, job.results, job.resume) == ("QUEUED", {"epoch": 3}, {"checkpoint": 3})
    assert (job.times_preempted, job.times_crashed) == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_handler_of_the_program_is_left_alone(
    server: RunningServer, queued: Experiment, tmp_path: Path
) -> None:
    code = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))" + TRAINING
    with worker(server, queued, tmp_path, code) as process:
        process.terminate()
        process.communicate(timeout=10)
    assert (process.returncode, only_job(queued).status) == (7, Job.CRASHED)


def test_a_program_may_raise_it_by_itself(queued: Experiment) -> None:
    job = queued.next_job()
    job.results["epoch"] = 1
    with pytest.raises(Preempted), job:
        raise Preempted
    assert (only_job(queued).status, only_job(queued).results) == ("QUEUED", {"epoch": 1})


def test_the_handlers_are_as_before_when_the_block_has_ended(queued: Experiment) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with queued.next_job():
        assert signal.getsignal(signal.SIGTERM) is not before[0]
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_block_in_another_thread_takes_no_signals(queued: Experiment) -> None:
    seen: list[Any] = []

    def work() -> None:
        with queued.next_job():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert seen == [signal.SIG_DFL]


def test_a_child_of_a_training_dies_of_sigterm_as_ever(
    server: RunningServer, queued: Experiment, tmp_path: Path
) -> None:
    code = """
with experiment.next_job() as job:
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join()
    job.results["code"] = child.exitcode
ready()
"""
    with worker(server, queued, tmp_path, code):
        pass
    assert (only_job(queued).status, only_job(queued).results) == ("DONE", {"code": -15})


def test_nested_blocks_all_go_back(
    server: RunningServer, queued: Experiment, tmp_path: Path
) -> None:
    queued.add_job({"x": 2})
    code = "with experiment.next_job(), experiment.next_job():\n    train()"
    with worker(server, queued, tmp_path, code) as process:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 143
    assert [(job.status, job.times_preempted) for job in queued.all_jobs()] == [("QUEUED", 1)] * 2


def test_a_killed_training_leaves_its_result_to_be_sent(
    server: RunningServer, queued: Experiment, tmp_path: Path
) -> None:
    code = """
with experiment.next_job() as job:
    job.results["loss"] = 0.5
    experiment.connection._transport.exchange = lambda *_, **__: ready() or time.sleep(60)
"""
    with worker(server, queued, tmp_path, code) as process:
        process.kill()
        process.wait()
    [orphan] = orphans(tmp_path)
    assert orphan.letter is not None
    assert json.loads(orphan.letter.content)["results"] == {"loss": 0.5}


def claimed(peer: Peer, remote: Experiment) -> Job:
    wire = {"id": "j1", "experiment": "mnist", "status": "RUNNING", "lease_id": "l", "attempt": 1}
    peer.will(reply(200, {**wire, "lease_ttl": 900, "heartbeat_every": 60}, ETag='"1"'))
    return remote.next_job()


def test_a_signal_while_the_result_is_sent_does_not_lose_it(peer: Peer, remote: Experiment) -> None:
    """The server is silent; the second time, it answers."""
    job = claimed(peer, remote)

    def signalled(handler: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        silence(handler)

    peer.will(signalled, reply(200, {"directive": "continue"}, ETag='"2"'))
    with pytest.raises(Preempted), job:
        job.results["loss"] = 0.5
    first, second = [each for each in peer.seen if each.path.endswith("/finish/")]
    assert (first.body, job.status) == (second.body, "DONE")


def test_a_release_that_nobody_answers_does_not_hold_the_machine_up(
    peer: Peer, remote: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_OUTBOX", str(tmp_path))
    job = claimed(peer, remote)
    peer.will(silence, silence, silence)
    with pytest.raises(Preempted) as caught, job:
        os.kill(os.getpid(), signal.SIGTERM)
    [orphan] = orphans(tmp_path)
    assert orphan.letter is not None
    assert orphan.letter.path.endswith("/release/")
    assert str(orphan.file) in caught.value.__notes__[0]


def test_a_job_without_a_lease_is_put_back_as_quickly(peer: Peer, remote: Experiment) -> None:
    job = Job("j1", remote, {}, status="RUNNING", etag='"1"')
    peer.will(silence, silence, silence)
    with pytest.raises(Preempted) as caught, job:
        os.kill(os.getpid(), signal.SIGTERM)
    assert {(each.method, each.json()["status"]) for each in peer.seen} == {("PUT", "QUEUED")}
    assert "could not be given back" in caught.value.__notes__[0]


def test_many_signals_are_one(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote)

    def again(handler: Any) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        reply(200, {"directive": "continue"})(handler)

    peer.will(again)
    with pytest.raises(Preempted), job:
        os.kill(os.getpid(), signal.SIGTERM)
    assert [each.path[-9:] for each in peer.seen] == ["t/claims/", "/release/"]


def test_it_is_no_ordinary_exception() -> None:
    assert not issubclass(schedy.Preempted, Exception)
    assert schedy.Preempted().code == 143
