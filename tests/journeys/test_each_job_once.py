"""Many workers on one experiment: every job is run, and none of them twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from schedy import ManualSearch, PopulationBasedTraining, RandomSearch, SchedyDB, errors, pbt
from schedy.random import Uniform
from tests.journeys.conftest import Connect

WORKERS = 8
JOBS = 120


def run_all(db: SchedyDB, name: str, most: int = JOBS) -> list[str]:
    """Be a worker, and return the jobs that it ran."""
    experiment = db.get_experiment(name)
    ran: list[str] = []
    while len(ran) < most:
        try:
            with experiment.next_job() as job:
                job.results["loss"] = job.hyperparameters["x"]
                ran.append(job.job_id)
        except errors.NoJobError:
            break
    return ran


def in_parallel(connections: list[Connect], name: str, most: int = JOBS) -> list[str]:
    dbs = [connections[i % len(connections)]() for i in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(chain.from_iterable(pool.map(lambda db: run_all(db, name, most), dbs)))


def test_each_queued_job_is_run_once(connections: list[Connect]) -> None:
    experiment = ManualSearch("once")
    connections[0]().add_experiment(experiment)
    ids = experiment.add_jobs({"hyperparameters": {"x": x}} for x in range(JOBS))
    assert sorted(in_parallel(connections, "once")) == sorted(ids)
    assert {job.attempt for job in experiment.all_jobs()} == {1}
    assert connections[-1]().get_experiment("once").counts["DONE"] == JOBS


def test_each_proposed_job_is_another(connections: list[Connect]) -> None:
    experiment = RandomSearch("another", {"x": Uniform(0.0, 1.0)})
    connections[0]().add_experiment(experiment)
    ran = in_parallel(connections, "another", most=10)
    jobs = list(experiment.all_jobs())
    assert sorted(ran) == sorted(job.job_id for job in jobs)
    assert [job.number for job in jobs] == list(range(1, 10 * WORKERS + 1))
    assert len({job.hyperparameters["x"] for job in jobs}) == 10 * WORKERS


def test_a_population_has_each_generation_once(connections: list[Connect]) -> None:
    experiment = PopulationBasedTraining(
        "generations",
        pbt.MINIMIZE,
        "loss",
        pbt.Truncate(0.2),
        initial_distributions={"x": Uniform(0.0, 1.0)},
        population_size=2 * WORKERS,
        max_generations=3,
    )
    connections[0]().add_experiment(experiment)
    ran = in_parallel(connections, "generations")
    places = Counter(
        (job.origin["member"], job.origin["generation"])
        for job in experiment.all_jobs()
        if job.origin
    )
    assert len(ran) == len(set(ran)) == len(places) == places.total() == 2 * WORKERS * 3
