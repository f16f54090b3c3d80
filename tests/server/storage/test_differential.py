"""Whatever is done, in whatever order, both databases tell the same afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedy_server.model.errors import Conflict
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Status
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage
from tests.server.storage.samples import PAYLOADS, names
from tests.server.storage.stock import Worker, fresh_experiment

Action = tuple[str, Any]


def actions() -> st.SearchStrategy[Action]:
    payload, number = st.sampled_from(PAYLOADS), st.integers(1, 6)
    return st.one_of(
        st.tuples(
            st.just("add"),
            st.fixed_dictionaries(
                {"hyperparameters": payload, "priority": st.integers(-1, 1), "reason": names()}
            ),
        ),
        st.tuples(st.just("claim"), st.sampled_from("abcd")),
        st.tuples(
            st.just("change"),
            st.fixed_dictionaries(
                {
                    "number": number,
                    "status": st.sampled_from(Status),
                    "results": payload,
                    "quality": st.one_of(st.none(), st.floats(allow_nan=False)),
                }
            ),
        ),
        st.tuples(st.just("delete"), number),
    )


def transactions() -> st.SearchStrategy[list[tuple[list[Action], bool]]]:
    """Return lists of actions that are one transaction each, and whether it is undone."""
    undone = st.sampled_from([False, False, True])
    return st.lists(st.tuples(st.lists(actions(), max_size=3), undone), max_size=8)


def perform(worker: Worker, action: Action) -> Callable[[Ledger], Any]:
    name, given = action

    def work(ledger: Ledger) -> Any:
        if name == "add":
            return worker.add(**given)(ledger)
        if name == "claim":
            return worker.claim(given)(ledger)
        number = given if name == "delete" else given["number"]
        if ledger.jobs.find_number(worker.lock(ledger).key, number) is None:
            return None
        if name == "delete":
            return worker.delete(number)(ledger)
        return worker.finish(**given)(ledger)

    return work


def run(storage: Storage, steps: list[tuple[list[Action], bool]]) -> list[str]:
    """Run transactions on an experiment of its own, and return all that can be told of it."""
    experiment = fresh_experiment(storage)
    worker = Worker(experiment)
    told = []
    for wanted, undone in steps:

        def work(ledger: Ledger) -> list[Any]:
            answers = [perform(worker, action)(ledger) for action in wanted]  # noqa: B023
            if undone:  # noqa: B023
                raise Conflict(repr(answers))
            return answers

        try:
            told.append(repr(storage.write_now(work)))
        except Conflict as error:
            told.append(str(error))
    told.append(storage.read_now(lambda ledger: report(ledger, experiment)))
    return [without_keys(text, experiment) for text in told]


def report(ledger: Ledger, experiment: Experiment) -> str:
    key = experiment.key
    jobs = ledger.jobs.page(key, limit=100)
    return repr(
        (
            ledger.experiments.find(experiment.account_key, experiment.name),
            jobs,
            ledger.jobs.page(key, backwards=True, statuses=[Status.QUEUED], limit=2),
            ledger.jobs.sort_keys(key, Status),
            ledger.jobs.queue_head(key, limit=9),
            ledger.jobs.oldest_queued(key),
            list(ledger.jobs.changed_since(key, 2)),
            ledger.jobs.deleted_since(key, 2),
            [ledger.jobs.claimed_number(key, claim) for claim in "abcd"],
            [ledger.jobs.write_at_version(job, version) for job in jobs for version in range(1, 5)],
            [ledger.jobs.attempt_of_lease(job, "lease") for job in jobs],
        )
    )


def without_keys(text: str, experiment: Experiment) -> str:
    """Return a text without the two numbers that each database chooses for itself."""
    for name in ("account_key", "experiment_key"):
        value = getattr(experiment, "key" if name == "experiment_key" else name)
        text = text.replace(f"{name}={value},", f"{name}=…,")
    return text.replace(f"Experiment(key={experiment.key},", "Experiment(key=…,")


@pytest.mark.postgres
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(transactions())
def test_the_same_done_to_both_is_told_the_same(
    shared_sqlite: Storage,
    shared_postgres: Storage,
    steps: list[tuple[list[Action], bool]],
) -> None:
    assert run(shared_sqlite, steps) == run(shared_postgres, steps)
