"""A job that is worked on stays its worker's, and the worker hears what becomes of it."""

import gc
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB, errors, heartbeats, preemption
from schedy.forks import forks
from tests.client.beating import EVERY, beats, claimed, told
from tests.client.peer import Peer, Step, drop, reply
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

TTL = 1.5


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(reap_every="0.1s") as started:
        yield started


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    """An experiment with one job, whose workers have to beat often."""
    added = ManualSearch(name)
    added.set_limits(lease_ttl=TTL)
    db.add_experiment(added)
    added.add_job({"x": 1})
    return added


def fallen_silent(job: Job) -> Job:
    """Have a worker keep silent until somebody else could have its job."""
    heartbeats.end(job)
    seen = job.experiment
    assert isinstance(seen, Experiment)
    wait_until(lambda: seen.get_job(job.job_id).status == Job.QUEUED)
    return job


def test_a_long_job_is_not_taken_for_dead(experiment: Experiment) -> None:
    with experiment.next_job() as job:
        end = time.monotonic() + 2 * TTL
        wait_until(lambda: time.monotonic() > end)
        assert experiment.get_job(job.job_id).attempt == 1
    assert [(each.status, each.times_lost) for each in experiment.all_jobs()] == [("DONE", 0)]


@pytest.mark.parametrize("is_new", [False, True])
def test_a_job_that_was_picked_by_hand_is_its_workers_like_any_other(
    experiment: Experiment, is_new: bool
) -> None:
    picked = experiment.get_job(next(iter(experiment.all_jobs())).job_id)
    if is_new:
        picked = Job("by-hand", experiment, {"x": 2})
    with picked as job:
        end = time.monotonic() + 2 * TTL
        wait_until(lambda: time.monotonic() > end)
        seen = experiment.get_job(job.job_id)
        assert (seen.status, seen.attempt, seen.worker) == ("RUNNING", 1, heartbeats.worker_name())
        job.results["loss"] = 0.5
    found = experiment.get_job(picked.job_id)
    assert (found.status, found.results) == ("DONE", {"loss": 0.5})


@contextmanager
def begun(job: Job) -> Iterator[None]:
    """Begin the block of a job, and let it never end as far as the server hears."""
    job.__enter__()
    try:
        yield
    finally:
        heartbeats.end(job)
        preemption.leave()


def test_a_job_that_was_picked_by_hand_comes_back_from_the_dead(experiment: Experiment) -> None:
    picked = experiment.get_job(next(iter(experiment.all_jobs())).job_id)
    with begun(picked):
        heartbeats.end(picked)
        again = experiment.next_job(wait=20)
    assert (again.job_id, again.attempt, again.times_lost) == (picked.job_id, 2, 1)


def test_a_start_whose_answer_got_lost_is_the_same_start(peer: Peer, remote: Experiment) -> None:
    started: dict[str, Any] = {"id": "j1", "experiment": "mnist", "status": "RUNNING"}
    started |= {"lease_id": "l", "lease_ttl": 15 * EVERY, "heartbeat_every": EVERY, "attempt": 1}
    peer.will(drop, reply(200, started, ETag='"2"'), told("continue"))
    job = Job("j1", remote, {"x": 1}, etag='"1"')
    with begun(job):
        pass
    first, second = (each.json() for each in peer.seen if each.method == "PUT")
    assert first == second
    assert job.lease_id == "l"


def test_the_training_finds_the_same_random_numbers_with_and_without_heartbeats(
    peer: Peer, remote: Experiment
) -> None:
    before = random.getstate()
    job = claimed(peer, remote, drop, told("continue"), told("continue"))
    wait_until(lambda: len(beats(peer)) >= 3)
    heartbeats.end(job)
    assert random.getstate() == before


def test_a_training_that_lets_nobody_else_run_is_not_taken_for_dead(experiment: Experiment) -> None:
    with experiment.next_job() as job:
        end = time.monotonic() + 2 * TTL
        while time.monotonic() < end:
            sum(range(3_000_000))  # holds the interpreter's lock as long as it can
    assert experiment.get_job(job.job_id).attempt == 1


def test_a_job_that_was_lost_is_adopted_if_it_comes_in_time(experiment: Experiment) -> None:
    with experiment.next_job() as job:
        job.results["loss"] = 0.5
        fallen_silent(job)
    found = experiment.get_job(job.job_id)
    assert (found.status, found.results, found.times_lost) == ("DONE", {"loss": 0.5}, 1)


def test_a_result_that_does_not_count_is_kept_and_the_worker_is_told(
    experiment: Experiment,
) -> None:
    job = experiment.next_job()
    job.results["loss"] = 0.5
    fallen_silent(job)
    with experiment.next_job() as other:
        other.results["loss"] = 0.25
    with pytest.raises(errors.JobLostError, match="schedy kept"), job:
        pass
    assert experiment.get_job(job.job_id).results == {"loss": 0.25}
    assert [each.results for each in experiment.kept()] == [{"loss": 0.5}]
    assert job.lost


def test_the_error_in_the_block_matters_more_than_a_lost_job(experiment: Experiment) -> None:
    job = fallen_silent(experiment.next_job())
    other = experiment.next_job()
    with pytest.raises(ValueError, match="diverged") as caught, job:
        raise ValueError("diverged")
    assert experiment.get_job(other.job_id).attempt == other.attempt
    assert "no longer this worker's" in caught.value.__notes__[0]
    heartbeats.end(other)


def test_a_cancelled_job_says_so_and_ends_quietly(
    experiment: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    with experiment.next_job() as job:
        job.results["loss"] = 0.5
        experiment.get_job(job.job_id).cancel("it diverges")
        wait_until(lambda: job.should_stop)
    assert (job.lost, job.directive) == (False, "stop")
    assert "cancelled: it diverges" in caplog.text
    assert job.status == Job.PRUNED
    assert experiment.get_job(job.job_id).status == Job.PRUNED


def test_a_short_job_that_was_cancelled_ends_quietly_too(
    db: SchedyDB, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = ManualSearch(name)
    db.add_experiment(experiment)
    experiment.add_job()
    with experiment.next_job() as job:
        experiment.get_job(job.job_id).cancel()
    assert "was cancelled" in caplog.text


def test_a_requeued_job_is_lost_to_its_worker(experiment: Experiment) -> None:
    job = experiment.next_job()
    experiment.get_job(job.job_id).requeue()
    wait_until(lambda: job.lost)
    with experiment.next_job():
        pass
    with pytest.raises(errors.JobLostError), job:
        pass


def test_a_deleted_job_is_one_to_stop(experiment: Experiment) -> None:
    with experiment.next_job() as job:
        experiment.get_job(job.job_id).delete()
        wait_until(lambda: job.should_stop)
    assert not job.lost


def test_what_the_next_worker_can_go_on_from_travels_with_the_beats(experiment: Experiment) -> None:
    job = experiment.next_job()
    job.resume = {"checkpoint": "epoch-7"}
    wait_until(lambda: experiment.get_job(job.job_id).resume == {"checkpoint": "epoch-7"})
    fallen_silent(job)
    assert experiment.next_job().resume == {"checkpoint": "epoch-7"}


def test_a_job_that_is_given_back_is_the_next_in_line(experiment: Experiment) -> None:
    job = experiment.next_job()
    experiment.add_job({"x": 2})
    job.results["epoch"] = 3
    job.resume = [1, None]
    job.release("reboot")
    again = experiment.next_job()
    assert (again.job_id, again.attempt, again.times_preempted) == (job.job_id, 2, 1)
    assert (again.results, again.resume) == ({"epoch": 3}, [1, None])


def test_a_job_that_nobody_holds_any_more_goes_to_somebody_else(experiment: Experiment) -> None:
    first = experiment.next_job().job_id
    gc.collect()
    wait_until(lambda: experiment.get_job(first).status == Job.QUEUED)


def test_a_short_job_costs_no_beat_and_no_thread(peer: Peer, remote: Experiment) -> None:
    running = threading.active_count()
    for _ in range(50):
        job = claimed(peer, remote, reply(200, {"directive": "continue"}), heartbeat_every=60)
        with job:
            pass
    assert beats(peer) == []
    assert threading.active_count() <= running + 3  # those of the peer, and one that beats


def test_the_resume_is_sent_only_when_it_changed(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote, *[told("continue")] * 10)
    wait_until(lambda: len(beats(peer)) >= 2)
    job.resume = {"epoch": 1}
    wait_until(lambda: len(beats(peer)) >= 5)
    assert [each["resume"] for each in beats(peer) if "resume" in each] == [{"epoch": 1}]
    heartbeats.end(job)


def test_a_resume_that_can_not_be_sent_does_not_stop_the_beats(
    peer: Peer, remote: Experiment
) -> None:
    job = claimed(peer, remote, *[told("continue")] * 10)
    job.resume = object()
    wait_until(lambda: len(beats(peer)) >= 3)
    assert beats(peer)[-1] == {"lease_id": "l"}
    heartbeats.end(job)


@pytest.mark.parametrize(
    "trouble",
    [
        drop,
        reply(500),
        reply(403, "no"),
        reply(404, "404 page not found"),  # a proxy that has lost its server
        reply(200, b"["),
    ],
)
def test_a_beat_that_fails_is_followed_by_another(
    peer: Peer, remote: Experiment, trouble: Step
) -> None:
    job = claimed(peer, remote, trouble, *[told("drain")] * 5)
    wait_until(lambda: job.directive == "drain")
    assert not job.should_stop
    heartbeats.end(job)


def test_who_is_told_to_beat_more_often_does(peer: Peer, remote: Experiment) -> None:
    answer = reply(200, {"directive": "continue", "heartbeat_every": EVERY})
    job = claimed(peer, remote, *[answer] * 20, heartbeat_every=20 * EVERY)
    wait_until(lambda: len(beats(peer)) >= 1)
    first = time.monotonic()
    wait_until(lambda: len(beats(peer)) >= 6)
    assert time.monotonic() - first < 60 * EVERY  # at the old pace, it would be 100
    heartbeats.end(job)


def test_a_thread_that_can_not_be_started_is_missed_by_one_job_only(
    peer: Peer, remote: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[threading.Thread] = []
    start = threading.Thread.start

    def fail_once(thread: threading.Thread) -> None:
        if thread.name == "schedy heartbeats" and not failed:
            failed.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(heartbeats._state, "heart", heartbeats._Heart(forks.count))
    monkeypatch.setattr(threading.Thread, "start", fail_once)
    first = claimed(peer, remote)
    assert failed
    second = claimed(peer, remote, *[told("continue")] * 10)
    wait_until(lambda: (first.directive, second.directive) == ("continue", "continue"))
    for job in (first, second):
        heartbeats.end(job)


@pytest.mark.parametrize("word", ["stop", "superseded"])
def test_nobody_beats_for_a_job_that_was_taken_away(
    peer: Peer, remote: Experiment, word: str
) -> None:
    job = claimed(peer, remote, told(word, "because"))
    wait_until(lambda: job.should_stop)
    wait_until(lambda: id(job) not in heartbeats._state.heart.pulses)
    assert (job.directive, job.lost) == (word, word == "superseded")


def test_a_server_that_gives_no_leases_hears_no_beats(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote, heartbeat_every=None, lease_ttl=None)
    assert id(job) not in heartbeats._state.heart.pulses
    peer.will(reply(200, ETag='"2"'))
    job.release()
    assert (peer.seen[-1].method, peer.seen[-1].json()) == ("PUT", {"status": "QUEUED"})


def test_nobody_beats_for_a_job_that_was_ended_by_hand(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote, heartbeat_every=60)
    peer.will(reply(200, ETag='"2"'))
    job.status = Job.DONE
    job.put()
    assert id(job) not in heartbeats._state.heart.pulses


def test_a_drained_worker_goes_on_but_gets_no_more_jobs(peer: Peer, remote: Experiment) -> None:
    job = claimed(peer, remote, told("drain", "ten crashes in a row"))
    wait_until(lambda: job.directive == "drain")
    heartbeats.end(job)
    peer.will(reply(403, "No more jobs: ten crashes in a row."))
    with pytest.raises(errors.DrainedError, match="ten crashes"):
        remote.next_job()
    assert not job.should_stop


def test_a_quarantined_worker_is_told_why(
    db: SchedyDB, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDY_WORKER", "node-13:1")
    db.connection.request("POST", "workers/node-13/quarantine/", {"reason": "bad memory"})
    with pytest.raises(errors.DrainedError, match=r"bad memory.*\n*.*schedy workers lift"):
        experiment.next_job()


def test_one_silent_server_does_not_keep_other_jobs_waiting(
    peer: Peer, experiment: Experiment, remote: Experiment
) -> None:
    silent = claimed(peer, remote, *[drop] * 200)
    with experiment.next_job() as job:
        wait_until(lambda: job.directive == "continue")
    heartbeats.end(silent)


def test_nothing_that_a_beat_meets_reaches_the_user(
    peer: Peer, remote: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    job = claimed(peer, remote, *[told("continue")] * 3)
    job.hear = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    with caplog.at_level(logging.DEBUG, "schedy"):
        wait_until(lambda: "A heartbeat failed." in caplog.text)
    heartbeats.end(job)


def test_a_beat_does_not_wait_for_a_job_that_waits(
    experiment: Experiment, wait_in_thread: Callable[[Callable[[], object]], None]
) -> None:
    job = experiment.next_job()
    wait_in_thread(lambda: experiment.next_job(wait=5))
    wait_until(lambda: job.directive == "continue")
    heartbeats.end(job)


@pytest.fixture
def wait_in_thread() -> Callable[[Callable[[], object]], None]:
    """Do something in a thread that nobody waits for."""

    def start(do: Callable[[], object]) -> None:
        def quietly() -> None:
            try:
                do()
            except errors.SchedyError:
                return

        threading.Thread(target=quietly, daemon=True).start()

    return start
