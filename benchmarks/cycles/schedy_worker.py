"""A worker of Schedy, as a user writes one: next job, results, next job."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import schedy
from benchmarks.cycles.loop import Cycle, Order, serve
from schedy.random import Uniform


@contextmanager
def opened(order: Order) -> Iterator[Cycle]:
    """Open the experiment, which the first worker creates, and yield its cycle."""
    db = schedy.SchedyDB(config_override=order["config"])
    if order["first"]:
        space = {name: Uniform(0.0, 1.0) for name in ("a", "b", "c", "d")}
        with suppress(schedy.errors.ResourceExistsError):
            db.add_experiment(schedy.RandomSearch(order["name"], space))
    experiment = db.get_experiment(order["name"])

    def cycle() -> float:
        start = time.perf_counter()
        job = experiment.next_job()
        claimed = time.perf_counter()
        with job:
            job.results["loss"] = sum(job.hyperparameters.values())
        return claimed - start

    yield cycle


if __name__ == "__main__":
    serve(opened)
