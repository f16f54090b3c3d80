"""A network at its worst: the old client sends again, and nothing is lost, doubled or refused."""

from collections.abc import Iterator

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.lossy_network import Dice, Fault, LossyNetwork
from tests.compatibility.old_client import Fleet, OldClient
from tests.compatibility.wire import Wire
from tests.running import RunningServer

pytestmark = pytest.mark.compat

QUEUE = """
exp = schedy.ManualSearch(name)
db.add_experiment(exp)
for number in range({count}):
    exp.add_job(hyperparameters={{'number': number}})
"""

WORK = """
exp, done = db.get_experiment(name), {}
while True:
    try:
        job = exp.next_job()
    except schedy.errors.NoJobError:
        return done
    try:
        with job:
            for epoch in range(3):
                job.results['epoch'] = epoch
                job.put()
            if job.hyperparameters['number'] % 4 == 3:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    done[job.job_id] = job.status
"""

OUTCOME = """
return {job.job_id: job.status for job in db.get_experiment(name).all_jobs()
        if job.results == {'epoch': 2}}
"""


def through(network: LossyNetwork, client: OldClient) -> OldClient:
    """Return the same user on a worse network."""
    config = {**client.config, "root": network.root}
    return OldClient(client.interpreter, config, client.name)


@pytest.mark.parametrize("seed", [1, 2, 3])
@on_both_databases
def test_a_worker_alone_never_loses_a_job_to_itself(
    old: OldClient, server: RunningServer, seed: int
) -> None:
    old.run(QUEUE.format(count=12))
    with LossyNetwork(server.root, Dice(seed)) as network:
        done = through(network, old).run(WORK)
    assert old.run(OUTCOME) == done
    assert sorted(done.values()) == ["CRASHED"] * 3 + ["DONE"] * 9
    assert len(network.faults) >= len(Fault) - 1, "the seed is too tame"


@on_both_databases
def test_many_workers_get_every_job_once(
    old: OldClient, server: RunningServer, fleet: Fleet
) -> None:
    old.run(QUEUE.format(count=40))
    with LossyNetwork(server.root, Dice(4, share=0.3)) as network:
        done = fleet.run(WORK, through(network, old))
    assert old.run(OUTCOME) == {job: status for each in done for job, status in each.items()}
    assert sum(map(len, done)) == 40


def test_no_job_of_a_random_search_runs_without_a_worker(
    old: OldClient, server: RunningServer
) -> None:
    old.run("db.add_experiment(schedy.RandomSearch(name, {'x': schedy.random.Uniform(0, 1)}))")
    with LossyNetwork(server.root, Dice(5)) as network:
        mine = through(network, old).run("""
            exp = db.get_experiment(name)
            return [exp.next_job().job_id for _ in range(25)]
        """)
    jobs = old.run(
        "return [[job.job_id, job.status] for job in db.get_experiment(name).all_jobs()]"
    )
    assert sorted(job_id for job_id, status in jobs if status == "RUNNING") == sorted(mine)
    assert len(jobs) - len(mine) <= network.faults.total()


def test_a_result_arrives_although_three_attempts_fail_in_a_row(
    manual: OldClient, server: RunningServer
) -> None:
    left = [Fault.ANSWER_LOST, Fault.BUSY_AFTERWARDS, Fault.REQUEST_LATE]

    def decide(request: bytes) -> Fault | None:
        return left.pop() if b'"DONE"' in request and left else None

    with LossyNetwork(server.root, decide) as network:
        through(network, manual).run("""
            exp = db.get_experiment(name)
            exp.add_job(hyperparameters={})
            with exp.next_job() as job:
                job.results['loss'] = 1
        """)
    found = "return [[job.status, job.results] for job in db.get_experiment(name).all_jobs()]"
    assert manual.run(found) == [["DONE", {"loss": 1}]]
    assert not left


@pytest.mark.parametrize("fault", Fault, ids=lambda it: it.name)
def test_what_was_added_over_a_bad_network_is_there(
    manual: OldClient, server: RunningServer, fault: Fault
) -> None:
    faults: Iterator[Fault | None] = iter([fault])

    def decide(request: bytes) -> Fault | None:
        return next(faults, None) if request.startswith(b"POST /experiments/") else None

    with LossyNetwork(server.root, decide) as network:
        added = through(network, manual).run("""
            return db.get_experiment(name).add_job(hyperparameters={'a': 1}).job_id
        """)
    listed = manual.run("return [job.job_id for job in db.get_experiment(name).all_jobs()]")
    assert added in listed
    assert len(listed) <= 2  # it can't be told whether the client wanted two


@pytest.mark.parametrize("fault", Fault, ids=lambda it: it.name)
def test_signing_in_survives_a_bad_network(
    manual: OldClient, server: RunningServer, fault: Fault
) -> None:
    faults: Iterator[Fault | None] = iter([fault])

    def decide(request: bytes) -> Fault | None:
        return next(faults, None) if request.startswith(b"POST /token/") else None

    with LossyNetwork(server.root, decide) as network:
        script = "return [db.get_experiment(name).name]"
        assert through(network, manual).run(script) == [manual.name]
    assert network.faults == {fault: 1}


def test_the_wire_words_requests_as_the_old_client_does(
    old: OldClient, server: RunningServer, wire: Wire
) -> None:
    with LossyNetwork(server.root, lambda _: None) as network:
        etag, job_id = through(network, old).run("""
            exp = schedy.ManualSearch(name)
            db.add_experiment(exp)
            job = exp.add_job(hyperparameters={'a': 1})
            etag = job.etag
            job.put()
            job.put(safe=False)
            exp.get_job(job.job_id)
            job.delete()
            job.delete(ensure=False)
            return [etag, job.job_id]
        """)
    at = f"/experiments/{old.name}/"
    job = {"status": "QUEUED", "hyperparameters": {"a": 1}}
    worded = [
        wire.worded(
            "PUT", at, {"status": "RUNNING", "scheduler": {"Manual": None}}, if_none_match="*"
        ),
        wire.worded("POST", f"{at}jobs/", job),
        wire.worded("PUT", f"{at}jobs/{job_id}/", job, if_match=etag),
        wire.worded("PUT", f"{at}jobs/{job_id}/", job),
        wire.worded("GET", f"{at}jobs/{job_id}/"),
        wire.worded("DELETE", f"{at}jobs/{job_id}/", if_match="*"),
        wire.worded("DELETE", f"{at}jobs/{job_id}/"),
    ]
    assert [parts(each) for each in network.requests[1:]] == [parts(each) for each in worded]


def parts(request: bytes) -> tuple[bytes, set[bytes], bytes]:
    """Return a request's first line, its headers but for those that name places, and its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    placed = (b"Host: ", b"Authorization: ")
    return first, {each for each in headers if not each.startswith(placed)}, body
