import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from schedy import Experiment, Job, errors, heartbeats
from tests.client.peer import Peer, drop, reply


def wire(**changes: Any) -> dict[str, Any]:
    return {"id": "j1", "experiment": "mnist", "status": "QUEUED", **changes}


def claimed(remote: Experiment, **changes: Any) -> Job:
    job = Job.from_wire(remote, wire(status="RUNNING", lease_id="lease", **changes))
    job.etag = '"1"'
    return job


def test_a_block_makes_a_job_running_and_then_done(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200, ETag='"2"'), reply(200, ETag='"3"'))
    with Job("j1", remote, {"lr": 0.1}, etag='"1"') as job:
        assert job.status == Job.RUNNING
        job.results["loss"] = np.float32(0.5)
    start, end = peer.seen
    who = {name: start.json()[name] for name in ("claim_id", "worker")}
    assert who["worker"] == heartbeats.worker_name()
    assert [(each.method, each.headers["If-Match"], each.json()) for each in (start, end)] == [
        ("PUT", '"1"', {"status": "RUNNING", "hyperparameters": {"lr": 0.1}, **who}),
        (
            "PUT",
            '"2"',
            {"status": "DONE", "hyperparameters": {"lr": 0.1}, "results": {"loss": 0.5}},
        ),
    ]
    assert (job.status, job.etag) == (Job.DONE, '"3"')


def test_a_claimed_job_is_finished_with_its_lease(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200, {"directive": "continue"}, ETag='"2"'))
    with claimed(remote) as job:
        job.results["loss"] = 0.5
    [finish] = peer.seen
    assert (finish.method, finish.path) == ("POST", "/experiments/mnist/jobs/j1/finish/")
    assert finish.headers["If-Match"] == '"1"'
    assert finish.json() == {
        "lease_id": "lease",
        "status": "DONE",
        "hyperparameters": {},
        "results": {"loss": 0.5},
    }
    assert (job.status, job.etag, job.lease_id) == (Job.DONE, '"2"', None)


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_ends_a_block_early_is_a_crash(
    peer: Peer, remote: Experiment, kind: type[BaseException]
) -> None:
    peer.will(reply(200, ETag='"2"'))
    job = claimed(remote, results={"loss": 9})
    with pytest.raises(kind), job:
        raise kind("too\nlarge")
    body = peer.seen[0].json()
    assert (body["status"], body["results"], job.status) == ("CRASHED", {"loss": 9}, "CRASHED")
    assert body["reason"] == f"{kind.__name__}: too large"


def test_a_reason_is_kept_to_what_a_database_can_hold(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200))
    with pytest.raises(ValueError, match="x"), claimed(remote):
        raise ValueError("x\0\ud800" * 1000)
    reason = peer.seen[0].json()["reason"]
    assert reason.startswith("ValueError: x?x?")
    assert len(reason) == 1000


def test_pruned_is_what_it_is_if_the_block_says_so(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200))
    with claimed(remote) as job:
        job.status = Job.PRUNED
    assert peer.seen[0].json()["status"] == job.status == "PRUNED"


def test_results_that_can_not_be_sent_crash_the_job_and_keep_the_others(
    peer: Peer, remote: Experiment
) -> None:
    peer.will(reply(200))
    with pytest.raises(TypeError, match=r"results\['model'\]"), claimed(remote) as job:
        job.results.update(loss=0.5, model=object())
    body = peer.seen[0].json()
    assert (body["status"], body["results"]) == ("CRASHED", {"loss": 0.5})
    assert body["reason"].startswith("TypeError: results['model']")


def test_the_error_in_the_block_matters_more_than_a_crash_that_is_not_recorded(
    peer: Peer, remote: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    peer.will(reply(412, "It was changed."))
    with pytest.raises(ValueError, match="diverged") as caught, claimed(remote):
        raise ValueError("diverged")
    assert "could not be recorded" in caught.value.__notes__[0]
    assert "could not be recorded" in caplog.text


def test_a_job_that_somebody_took_away_is_not_overwritten(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(412, "It was changed."))
    with pytest.raises(errors.UnsafeUpdateError), claimed(remote) as job:
        job.results["loss"] = 0.5
    assert job.status == Job.RUNNING


def test_trying_to_run_a_job_that_somebody_else_runs_fails(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(412, "It was changed."))
    job = Job("j1", remote, {}, etag='"1"')
    with pytest.raises(errors.UnsafeUpdateError):
        job.try_run()
    assert job.status == Job.QUEUED


def test_a_running_job_is_entered_without_a_request(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200, {"directive": "continue"}))
    with claimed(remote):
        assert peer.seen == []


def test_a_job_without_a_version_is_created_and_only_once(peer: Peer, remote: Experiment) -> None:
    peer.will(drop, reply(201, ETag='"7"'))
    job = Job("mine", remote, {})
    job.put()
    assert [each.headers["If-None-Match"] for each in peer.seen] == ["*", "*"]
    assert len({each.headers["Idempotency-Key"] for each in peer.seen}) == 1
    assert job.etag == '"7"'


def test_putting_without_safety_has_no_condition(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200, ETag='"9"'))
    job = Job("j1", remote, {}, etag='"1"')
    job.put(safe=False)
    assert not {"If-Match", "If-None-Match"} & set(peer.seen[0].headers)
    assert job.etag == '"9"'


def test_a_server_that_tells_no_version_leaves_the_old_one(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(204))
    job = Job("j1", remote, {}, etag='"1"')
    job.put()
    assert job.etag == '"1"'


@pytest.mark.parametrize("ensure", [True, False])
def test_deleting_does_not_care_about_versions(
    peer: Peer, remote: Experiment, ensure: bool
) -> None:
    peer.will(reply(204))
    Job("a/b", remote, {}, etag='"1"').delete(ensure=ensure)
    assert peer.seen[0].path == "/experiments/mnist/jobs/a%2Fb/"
    assert peer.seen[0].headers["If-Match"] == ("*" if ensure else None)


def test_jobs_never_share_their_dictionaries(remote: Experiment) -> None:
    mine: dict[str, Any] = {}
    first, second = Job("a", remote, mine), Job("b", remote, mine)
    first.hyperparameters["lr"] = 1
    first.results["loss"] = 2
    assert (second.hyperparameters, second.results, mine) == ({}, {}, {})


def test_a_listed_job_of_our_server_knows_its_version(remote: Experiment) -> None:
    assert Job.from_wire(remote, wire(etag='"5"')).etag == '"5"'


def test_an_old_server_says_less(remote: Experiment) -> None:
    job = Job.from_wire(remote, wire(hyperparameters=None))
    assert (job.hyperparameters, job.results, job.number, job.created) == ({}, {}, None, None)


def test_points_in_time_know_their_zone(remote: Experiment) -> None:
    job = Job.from_wire(remote, wire(created="2026-01-02T03:04:05.678901Z", finished=None))
    assert job.created == datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    assert job.finished is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        wire(id=5),
        wire(experiment="other"),
        wire(status="LOST"),
        wire(results=[]),
        wire(created="yesterday"),
        wire(created=5),
    ],
)
def test_what_is_no_job_of_this_experiment_makes_no_sense(remote: Experiment, answer: Any) -> None:
    with pytest.raises(errors.UnhandledResponseError):
        Job.from_wire(remote, answer)


def test_a_job_says_what_it_is(remote: Experiment) -> None:
    job = Job("j1", remote, {"lr": 0.1})
    assert repr(job) == (
        "Job(id='j1', experiment='mnist', status='QUEUED', hyperparameters={'lr': 0.1})"
    )
    job.results["loss"] = 2
    assert repr(job).endswith(", results={'loss': 2})")


def test_a_notebook_shows_names_as_text(remote: Experiment) -> None:
    shown = Job("<b>", remote, {"<i>": "<script>"}, results={"x": "y" * 1000})._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<th>hyperparameters.&lt;i&gt;</th><td>&lt;script&gt;</td>" in shown
    assert "yyy…</td>" in shown


def test_a_job_can_travel_to_another_process(peer: Peer, remote: Experiment) -> None:
    job = pickle.loads(pickle.dumps(claimed(remote, attempt=2)))  # noqa: S301 - our own
    peer.will(reply(200))
    job.put()
    assert (job.job_id, job.attempt, job.experiment.name) == ("j1", 2, "mnist")
    assert copy.deepcopy(job).results is not job.results
