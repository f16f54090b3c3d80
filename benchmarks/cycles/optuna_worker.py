"""A worker of Optuna: ask, suggest four floats, tell."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import optuna
from optuna.storages import BaseStorage, GrpcStorageProxy, RDBStorage

from benchmarks.cycles.loop import Cycle, Order, serve


@contextmanager
def opened(order: Order) -> Iterator[Cycle]:
    """Join the study and yield its cycle."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = _storage(order)
    study = optuna.create_study(
        storage=storage,
        study_name=order["name"],
        sampler=optuna.samplers.RandomSampler(),
        load_if_exists=True,
    )

    def cycle() -> float:
        start = time.perf_counter()
        trial = study.ask()
        values = [trial.suggest_float(name, 0.0, 1.0) for name in ("a", "b", "c", "d")]
        claimed = time.perf_counter()
        study.tell(trial, sum(values))
        return claimed - start

    yield cycle
    storage.remove_session()


def _storage(order: Order) -> BaseStorage:
    if order["proxy"] is not None:
        return GrpcStorageProxy(host="127.0.0.1", port=order["proxy"])
    return RDBStorage(order["url"])


if __name__ == "__main__":
    serve(opened)
