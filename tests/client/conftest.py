"""What the client's tests start from: a peer that plays a part, or a real server."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from schedy import Experiment, ManualSearch, SchedyDB
from tests.client.peer import Peer
from tests.running import RunningServer, running_server

numbers = count()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as started:
        yield started


@pytest.fixture
def remote(peer: Peer) -> Experiment:
    """An experiment on the scripted peer."""
    experiment = ManualSearch("mnist")
    experiment.learn(peer.connection(), None)
    return experiment


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with running_server() as started:
        yield started


@pytest.fixture
def db(server: RunningServer) -> SchedyDB:
    return SchedyDB(config_override=server.client, patience=10)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"experiment {next(numbers)}"


@pytest.fixture
def add(db: SchedyDB) -> Callable[[Experiment], Experiment]:
    """Put an experiment on the real server."""

    def put(experiment: Experiment) -> Experiment:
        db.add_experiment(experiment)
        return experiment

    return put


@pytest.fixture
def experiment(add: Callable[[Experiment], Experiment], name: str) -> Experiment:
    """An empty manual search on the real server."""
    return add(ManualSearch(name, minimize="loss"))
