"""The client and the server, as they come."""

import math
import multiprocessing
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from schedy import (
    Experiment,
    Job,
    ManualSearch,
    PopulationBasedTraining,
    RandomSearch,
    SchedyDB,
    errors,
    pbt,
)
from schedy import random as rnd
from schedy.random import Distribution
from tests.running import RunningServer, running_server

Add = Callable[[Experiment], Experiment]
forked = multiprocessing.get_context("fork")

# Forking beside threads is what these tests are about; newer Pythons warn of it.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def test_a_job_goes_from_the_queue_to_done(experiment: Experiment) -> None:
    added = experiment.add_job(hyperparameters={"lr": 0.1})
    with experiment.next_job() as job:
        job.results["loss"] = 0.5
    found = experiment.get_job(added.job_id)
    assert (found.status, found.hyperparameters, found.results) == (
        Job.DONE,
        {"lr": 0.1},
        {"loss": 0.5},
    )
    assert (found.number, found.attempt, found.quality, found.worker) == (1, 1, 0.5, job.worker)


def test_what_a_worker_saves_in_between_can_be_seen(experiment: Experiment) -> None:
    experiment.add_job()
    with experiment.next_job() as job:
        job.results["epoch"] = 1
        job.put()
        assert experiment.get_job(job.job_id).results == {"epoch": 1}
        job.results["epoch"] = 2
    assert experiment.get_job(job.job_id).results == {"epoch": 2}


def test_an_exception_crashes_the_job_and_says_why(experiment: Experiment) -> None:
    experiment.add_job()
    with pytest.raises(ZeroDivisionError), experiment.next_job() as job:
        job.results["loss"] = 1 / 0
    found = experiment.get_job(job.job_id)
    assert (found.status, found.reason) == ("CRASHED", "ZeroDivisionError: division by zero")


def test_every_value_comes_back_as_it_was(experiment: Experiment) -> None:
    values = {
        "nan": math.nan,
        "inf": -math.inf,
        "big": 10**40,
        "zero": -0.0,
        "": [None, True, "\0é"],
    }
    job = experiment.add_job(hyperparameters=values, results=values)
    found = experiment.get_job(job.job_id)
    assert repr(found.hyperparameters) == repr(found.results) == repr(values)


def test_numpy_may_be_put_into_results(experiment: Experiment) -> None:
    job = experiment.add_job(results={"loss": np.float32(0.5), "curve": np.arange(3)})
    assert experiment.get_job(job.job_id).results == {"loss": 0.5, "curve": [0, 1, 2]}


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "ünï/% +?#", "İ", "a b", "..."])
def test_names_come_back_unchanged(db: SchedyDB, name: str) -> None:
    db.add_experiment(ManualSearch(name))
    assert db.get_experiment(name).name == name
    assert [each.name for each in db.get_experiments()].count(name) == 1
    db.get_experiment(name).delete()


def test_an_experiment_is_added_once(db: SchedyDB, experiment: Experiment) -> None:
    with pytest.raises(errors.ResourceExistsError):
        db.add_experiment(ManualSearch(experiment.name))
    assert db.get_or_add_experiment(ManualSearch(experiment.name)) is not experiment


def test_a_fetched_experiment_is_the_one_that_was_added(db: SchedyDB, name: str) -> None:
    space: dict[str, Distribution] = {
        "lr": rnd.LogUniform(1e-5, 0.1),
        "layers": rnd.Choice([1, 2, [3]], weights=[1, 2, 1]),
    }
    db.add_experiment(RandomSearch(name, space, maximize="accuracy", seed=7))
    found = db.get_experiment(name)
    assert isinstance(found, RandomSearch)
    assert (found.distributions, found.seed) == (space, 7)
    assert (found.result_name, found.objective) == ("accuracy", "max")
    assert found.created is not None
    assert found.created.tzinfo is not None


def test_a_population_keeps_its_limit_through_updates(db: SchedyDB, name: str) -> None:
    space = {"lr": rnd.Uniform(0, 1)}
    db.add_experiment(
        PopulationBasedTraining(
            name, "min", "loss", pbt.Truncate(), {"lr": pbt.Perturb()}, space, 2, max_generations=3
        )
    )
    db.get_experiment(name).push_updates()
    found = db.get_experiment(name)
    assert isinstance(found, PopulationBasedTraining)
    assert (found.max_generations, found.population_size) == (3, 2)


def test_the_same_seed_gives_the_same_search(add: Add, name: str) -> None:
    space = {"lr": rnd.Uniform(0, 1)}
    drawn = [
        add(RandomSearch(f"{name} {n}", space, seed=5)).next_job().hyperparameters for n in "ab"
    ]
    assert drawn[0] == drawn[1]


def test_updates_reach_the_server(db: SchedyDB, experiment: Experiment) -> None:
    experiment.result_name, experiment.objective = "accuracy", pbt.MAXIMIZE
    experiment.status = Experiment.DONE
    experiment.push_updates()
    found = db.get_experiment(experiment.name)
    assert (found.status, found.result_name, found.objective) == ("DONE", "accuracy", "max")


def test_a_paused_experiment_hands_out_nothing(experiment: Experiment) -> None:
    experiment.add_job()
    experiment.pause()
    with pytest.raises(errors.NoJobError):
        experiment.next_job()
    experiment.resume()
    assert (experiment.status, experiment.next_job().status) == ("RUNNING", "RUNNING")


def test_a_worker_that_waits_gets_the_job_that_comes(experiment: Experiment) -> None:
    found: list[Job] = []
    worker = threading.Thread(target=lambda: found.append(experiment.next_job(wait=20)))
    worker.start()
    added = experiment.add_job()
    worker.join(20)
    assert [job.job_id for job in found] == [added.job_id]


def test_waiting_in_vain_ends(experiment: Experiment) -> None:
    with pytest.raises(errors.NoJobError, match=r"within 0\.1 seconds"):
        experiment.next_job(wait=0.1)


def test_jobs_are_added_in_bulk_and_in_order(experiment: Experiment) -> None:
    ids = experiment.add_jobs({"hyperparameters": {"n": n}} for n in range(250))
    assert [job.job_id for job in experiment.all_jobs()] == ids
    assert [job.hyperparameters["n"] for job in experiment.all_jobs()] == list(range(250))


def test_a_batch_with_a_bad_job_adds_none(experiment: Experiment) -> None:
    with pytest.raises(errors.ClientRequestError):
        experiment.add_jobs([{}, {"status": "LOST"}])
    assert list(experiment.all_jobs()) == []


def record(experiment: Experiment, *losses: Any) -> None:
    experiment.add_jobs({"status": "DONE", "results": {"loss": loss}} for loss in losses)


def test_jobs_are_sorted_and_chosen_by_the_server(experiment: Experiment) -> None:
    record(experiment, 3, math.nan, 1, "text", 2)
    experiment.add_job(results={"loss": 0})
    found = experiment.jobs(Job.DONE, sort="results.loss", limit=3)
    assert [job.results["loss"] for job in found] == [1, 2, 3]
    found = experiment.jobs(["DONE", "QUEUED"], sort="-results.loss", limit=2)
    assert [job.results["loss"] for job in found] == [3, 2]
    assert list(experiment.jobs(limit=0)) == []


def test_the_best_job_is_done_and_has_a_number(experiment: Experiment) -> None:
    record(experiment, math.nan, 2, 1, 3)
    experiment.add_job(status=Job.RUNNING, results={"loss": 0})
    lowest, highest = experiment.best_job(), experiment.best_job(direction=pbt.MAXIMIZE)
    assert lowest is not None
    assert highest is not None
    assert (lowest.results, highest.results) == ({"loss": 1}, {"loss": 3})


def test_without_a_usable_result_there_is_no_best_job(experiment: Experiment) -> None:
    record(experiment, math.nan, None, "text", True)
    assert experiment.best_job() is None


def test_a_listed_job_can_be_put_safely(experiment: Experiment) -> None:
    experiment.add_job()
    [first], [second] = experiment.all_jobs(), experiment.all_jobs()
    first.results["loss"] = 1
    first.put()
    with pytest.raises(errors.UnsafeUpdateError):
        second.put()


def test_only_one_of_two_workers_runs_a_job(experiment: Experiment) -> None:
    added = experiment.add_job()
    ours, theirs = experiment.get_job(added.job_id), experiment.get_job(added.job_id)
    ours.try_run()
    with pytest.raises(errors.UnsafeUpdateError):
        theirs.try_run()


def test_no_status_is_wanted_of_no_job(experiment: Experiment) -> None:
    experiment.add_job({"x": 1})
    assert list(experiment.jobs(status=[])) == []
    assert list(experiment.jobs(limit=0)) == []
    with pytest.raises(ValueError, match="limit"):
        experiment.jobs(limit=-1)


def test_jobs_can_be_deleted_while_they_are_listed(experiment: Experiment) -> None:
    experiment.add_jobs({} for _ in range(210))
    for job in experiment.all_jobs():
        job.delete()
    assert list(experiment.all_jobs()) == []


def test_what_is_gone_can_not_be_deleted_twice(experiment: Experiment) -> None:
    job = experiment.add_job()
    for each in (job, experiment):
        each.delete()
        with pytest.raises(errors.UnsafeUpdateError):
            each.delete()
        each.delete(ensure=False)


def test_a_job_may_have_an_id_of_ones_own(experiment: Experiment) -> None:
    job = Job("mine/1", experiment, {"lr": 1})
    job.put()
    assert experiment.get_job("mine/1").etag is not None
    with pytest.raises(errors.UnsafeUpdateError):
        Job("mine/1", experiment, {}).put()


def test_all_jobs_make_a_table(experiment: Experiment) -> None:
    record(experiment, 0.5, math.nan)
    experiment.add_job(hyperparameters={"lr": 0.1})
    frame = experiment.to_dataframe()
    assert list(frame.columns[-2:]) == ["hyperparameters.lr", "results.loss"]
    assert list(frame["status"]) == ["DONE", "DONE", "QUEUED"]
    assert frame["results.loss"].isna().tolist() == [False, True, True]
    assert str(frame["created"].dtype).startswith("datetime64")


def test_an_empty_table_has_its_columns(experiment: Experiment) -> None:
    frame = experiment.to_dataframe()
    assert len(frame) == 0
    assert "job_id" in frame.columns


def test_without_pandas_the_table_says_what_to_install(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        experiment.to_dataframe()


def test_a_hundred_jobs_are_each_run_once_by_threads_and_processes(experiment: Experiment) -> None:
    experiment.add_jobs({} for _ in range(100))

    def work() -> None:
        while True:
            try:
                with experiment.next_job() as job:
                    job.results["runs"] = job.results.get("runs", 0) + 1
            except errors.NoJobError:
                return

    processes = [forked.Process(target=work) for _ in range(3)]
    threads = [threading.Thread(target=work) for _ in range(3)]
    for worker in processes + threads:
        worker.start()
    for worker in processes + threads:
        worker.join(60)
    found = [(job.status, job.attempt, job.results) for job in experiment.all_jobs()]
    assert found == [("DONE", 1, {"runs": 1})] * 100


def test_a_password_opens_the_door_as_well(server: RunningServer, experiment: Experiment) -> None:
    override = {
        "root": server.root,
        "email": server.email,
        "token": server.password,
        "token_type": "password",
    }
    db = SchedyDB(config_override=override)
    assert db.get_experiment(experiment.name).name == experiment.name


def test_a_wrong_token_is_an_error_at_once(server: RunningServer) -> None:
    db = SchedyDB(config_override={**server.client, "token": "sdy_wrong"})
    with pytest.raises(errors.AuthenticationError, match="schedy login"):
        db.get_experiment("x")


def test_a_result_waits_for_a_server_that_is_away(tmp_path: Path, name: str) -> None:
    with running_server(data=tmp_path) as before:
        db = SchedyDB(config_override=before.client)
        db.add_experiment(RandomSearch(name, {"lr": rnd.Uniform(0, 1)}))
        job = db.get_experiment(name).next_job()
        job.results["loss"] = 0.5
    worker = threading.Thread(target=job.__exit__, args=(None, None, None))
    worker.start()
    with running_server(data=tmp_path, port=urlsplit(before.root).port):
        worker.join(30)
        [found] = db.get_experiment(name).all_jobs()
    assert (found.status, found.attempt, found.results) == ("DONE", 1, {"loss": 0.5})
