"""What PostgreSQL can't keep is refused, and much at once is as good as little."""

from collections.abc import Iterator

import psycopg
import pytest

from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Status
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.server.storage.stock import Worker, fresh_experiment

pytestmark = pytest.mark.postgres


@pytest.fixture
def storage(postgres_url: str) -> Iterator[Storage]:
    with open_storage(postgres_url) as storage:
        yield storage


@pytest.fixture
def experiment(storage: Storage) -> Experiment:
    return fresh_experiment(storage)


def test_the_character_that_it_can_t_keep_is_refused(
    storage: Storage, experiment: Experiment
) -> None:
    with pytest.raises(Invalid, match=r"U\+0000"):
        storage.write_now(Worker(experiment).add(reason="cut \0 off"))
    assert storage.write_now(Worker(experiment).add()).number == 1


def test_a_number_that_is_too_large_is_the_caller_s_mistake(
    storage: Storage, experiment: Experiment
) -> None:
    with pytest.raises(psycopg.DataError):
        storage.write_now(Worker(experiment).add(priority=2**63))


def test_ten_thousand_jobs_go_in_one_transaction(storage: Storage, experiment: Experiment) -> None:
    worker, fields = Worker(experiment), {"hyperparameters": '{"x": "' + "x" * 300 + '"}'}
    numbers = storage.write_now(worker.add_many(10_000, **fields))
    assert numbers == list(range(1, 10_001))


def test_many_changes_without_an_answer_do_not_block_each_other(
    storage: Storage, experiment: Experiment
) -> None:
    storage.write_now(Worker(experiment).add())
    qualities: dict[int, float | None] = dict.fromkeys(range(50_000), 1.0)
    storage.write_now(lambda ledger: ledger.jobs.set_qualities(experiment.key, qualities))
    rows = storage.read_now(lambda ledger: ledger.jobs.sort_keys(experiment.key, [Status.QUEUED]))
    assert rows[0][2] == 1.0


def test_many_changes_are_undone_at_once(storage: Storage, experiment: Experiment) -> None:
    def work(ledger: Ledger) -> None:
        ledger.jobs.set_qualities(experiment.key, dict.fromkeys(range(50_000), 1.0))
        raise Invalid("no")

    with pytest.raises(Invalid):
        storage.write_now(work)
    assert storage.write_now(Worker(experiment).add()).number == 1
