"""A training script forks: data loaders do, and so do pools of processes."""

import multiprocessing
import os
import threading
from typing import Any

import pytest

from schedy import Experiment
from schedy.connection import Connection
from tests.client.peer import Peer, late, reply

FINE = reply(200, {"fine": True})

forked = multiprocessing.get_context("fork")

# Forking beside threads is what these tests are about; newer Pythons warn of it.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def in_a_child(connection: Connection) -> Any:
    """Send a request in a child process, and return what it was answered."""
    ours, theirs = forked.Pipe()

    def ask() -> None:
        theirs.send(connection.request("GET", "child/").json())

    child = forked.Process(target=ask)
    child.start()
    answer = ours.recv() if ours.poll(20) else "no answer"
    child.join(20)
    return answer


def test_a_child_has_connections_of_its_own(peer: Peer) -> None:
    peer.will(FINE, FINE, FINE)
    connection = peer.connection()
    connection.request("GET", "parent/")
    assert in_a_child(connection) == {"fine": True}
    connection.request("GET", "parent/")
    parent, child, parent_again = [each.sender for each in peer.seen]
    assert parent == parent_again != child


def test_a_child_goes_on_with_the_login_of_its_parent(peer: Peer) -> None:
    peer.will(FINE, FINE)
    connection = peer.connection()
    connection.request("GET", "parent/")
    in_a_child(connection)
    assert len(peer.logged_in) == 1


def test_a_child_born_while_its_parent_logs_in_is_not_stuck(peer: Peer) -> None:
    peer.will(FINE)
    connection = peer.connection()
    with connection._lock:
        assert in_a_child(connection) == {"fine": True}


def test_a_child_born_while_threads_of_its_parent_ask_is_not_stuck(peer: Peer) -> None:
    asked = threading.Event()
    peer.will(late(asked, FINE), FINE)
    connection = peer.connection(timeout=30)
    parent = threading.Thread(target=connection.request, args=("GET", "parent/"))
    parent.start()
    asked.wait(10)
    assert in_a_child(connection) == {"fine": True}
    peer.released.set()
    parent.join(10)


def test_a_child_does_not_end_the_job_of_its_parent(peer: Peer, remote: Experiment) -> None:
    peer.will(
        reply(
            200,
            {"id": "j1", "experiment": "mnist", "status": "RUNNING", "lease_id": "l"},
            ETag='"1"',
        )
    )
    peer.will(reply(200, {"directive": "continue"}))
    with remote.next_job() as job:
        child = os.fork()
        if not child:
            try:
                job.__exit__(ValueError, ValueError("only here"), None)
            finally:
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        job.results["loss"] = 1
    assert [each.path.rpartition("/mnist/")[2] for each in peer.seen] == [
        "claims/",
        "jobs/j1/finish/",
    ]
    assert peer.seen[-1].json()["status"] == "DONE"
