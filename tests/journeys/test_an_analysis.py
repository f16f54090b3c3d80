"""Somebody looks at a search while it runs: the workers do not notice, and nothing stays behind."""

import random

import psutil

from schedy import Experiment, ManualSearch, SchedyDB
from tests.running import RunningServer, running_server


def searched(server: RunningServer) -> Experiment:
    experiment = ManualSearch("search", minimize="loss")
    SchedyDB(config_override=server.client).add_experiment(experiment)
    luck = random.Random(0)
    for lr in [luck.random() for _ in range(30)]:
        values = {"lr": lr, "seed": luck.random()}
        experiment.add_job(values, status="DONE", results={"loss": (lr - 0.5) ** 2})
    return experiment


def test_a_server_that_stops_leaves_no_process_behind() -> None:
    with running_server() as server:
        experiment = searched(server)
        assert experiment.importance().items[0].field == "hyperparameters.lr"
        process = psutil.Process(server.process.pid)
        [calculator] = process.children()
        assert "schedy_server.analysis" in calculator.cmdline()
        assert not any("numpy" in each.path for each in process.memory_maps())
        server.stop()
        assert not calculator.is_running()
