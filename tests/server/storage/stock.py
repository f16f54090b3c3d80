"""What tests of the storage put in: accounts, experiments, jobs, and what workers do with them."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from schedy_server.model.accounts import Caller, Scope
from schedy_server.model.experiments import Experiment, ExperimentStatus
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import (
    Asked,
    Change,
    Circumstances,
    Memory,
    Step,
    created,
    step,
)
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
EPOCH = "epoch"


def new_experiment(account_key: int, name: str = "mnist", **fields: Any) -> Experiment:
    values: dict[str, Any] = {
        "key": 0,
        "account_key": account_key,
        "name": name,
        "status": ExperimentStatus.RUNNING,
        "definition": '{"Manual": null}',
        "objective": None,
        "seed": 0,
        "decisions": 0,
        "revision": 0,
        "jobs_created": 0,
        "counts": dict.fromkeys(Status, 0),
        "created": NOON,
        "modified": NOON,
    }
    return Experiment(**values | fields)


def new_job(experiment: Experiment, **fields: Any) -> Job:
    """Return the next job of an experiment; it is not stored."""
    number = experiment.jobs_created + 1
    values: dict[str, Any] = {
        "experiment_key": experiment.key,
        "number": number,
        "id": f"job-{number}",
        "status": Status.QUEUED,
        "hyperparameters": "{}",
        "results": "{}",
        "origin": None,
        "quality": None,
        "version": 1,
        "attempt": 0,
        "lease_id": None,
        "base_tag": None,
        "worker": None,
        "reason": None,
        "priority": 0,
        "revision": experiment.revision + 1,
        "created": NOON,
        "started": None,
        "finished": None,
        "modified": NOON,
    }
    return Job(**values | fields)


def caller(account_key: int) -> Caller:
    return Caller(account_key, "ana@lab.org", Scope.WORKER, "cred", "ana@lab.org (test)", "req-1")


def around(experiment: Experiment, **fields: Any) -> Circumstances:
    """Return the circumstances of the next change of an experiment."""
    values: dict[str, Any] = {
        "now": NOON,
        "epoch": EPOCH,
        "revision": experiment.revision + 1,
        "lease_id": "lease",
    }
    return Circumstances(**values | fields)


def stored_account(storage: Storage) -> int:
    """Return the key of an account that nobody else uses."""
    email = f"{secrets.token_hex()}@lab.org"
    account = storage.write_now(
        lambda ledger: ledger.accounts.add(email, password_hash=None, now=NOON)
    )
    assert account is not None
    return account.key


def stored_experiment(
    storage: Storage, account_key: int, name: str = "mnist", **fields: Any
) -> Experiment:
    experiment = new_experiment(account_key, name, **fields)
    return storage.write_now(lambda ledger: ledger.experiments.add(experiment))


def fresh_experiment(storage: Storage) -> Experiment:
    """Return an empty experiment of an account of its own."""
    return stored_experiment(storage, stored_account(storage))


class Worker:
    """Changes the jobs of one experiment, as the service does it, each call a transaction's work.

    Calls return functions over a ledger, so that tests decide how they are run.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._place = (experiment.account_key, experiment.name)
        self._caller = caller(experiment.account_key)

    def add(self, **fields: Any) -> Callable[[Ledger], Job]:
        """Add a job."""

        def work(ledger: Ledger) -> Job:
            experiment = self.lock(ledger)
            job = new_job(experiment, **fields)
            return self.store(ledger, experiment, created(job, _asked(), around(experiment)))

        return work

    def add_many(self, count: int, **fields: Any) -> Callable[[Ledger], list[int]]:
        """Add jobs at once."""

        def work(ledger: Ledger) -> list[int]:
            before = experiment = self.lock(ledger)
            for _ in range(count):
                outcome = created(new_job(experiment, **fields), _asked(), around(experiment))
                ledger.jobs.apply(outcome, self._caller)
                experiment = experiment.after(before=None, after=outcome.job.status, now=NOON)
            ledger.experiments.save_counters(experiment)
            return list(range(before.jobs_created + 1, experiment.jobs_created + 1))

        return work

    def claim(self, claim_id: str) -> Callable[[Ledger], Job]:
        """Start the next job of the queue, or a new one; the one started before for a repeat."""

        def work(ledger: Ledger) -> Job:
            experiment = self.lock(ledger)
            before = ledger.jobs.claimed_number(experiment.key, claim_id)
            if before is not None:
                job = ledger.jobs.find_number(experiment.key, before[0])
                assert job is not None
                return job
            here = around(experiment, claim_id=claim_id, lease_id=claim_id)
            queued = ledger.jobs.oldest_queued(experiment.key)
            if queued is None:
                running = new_job(experiment, status=Status.RUNNING)
                return self.store(ledger, experiment, created(running, _asked(), here))
            change = Change(Status.RUNNING)
            return self._step(ledger, experiment, queued, change, here)

        return work

    def finish(self, number: int, **fields: Any) -> Callable[[Ledger], Job]:
        """End a job."""
        values: dict[str, Any] = {"status": Status.DONE, "results": '{"loss": 1}', "quality": 1.0}
        change = Change(**values | fields)

        def work(ledger: Ledger) -> Job:
            experiment = self.lock(ledger)
            job = ledger.jobs.find_number(experiment.key, number)
            assert job is not None
            return self._step(ledger, experiment, job, change, around(experiment))

        return work

    def delete(self, number: int) -> Callable[[Ledger], None]:
        """Remove a job."""

        def work(ledger: Ledger) -> None:
            experiment = self.lock(ledger)
            job = ledger.jobs.find_number(experiment.key, number)
            assert job is not None
            after = experiment.after(before=job.status, after=None, now=NOON)
            ledger.jobs.delete(job, revision=after.revision)
            ledger.experiments.save_counters(after)

        return work

    def lock(self, ledger: Ledger) -> Experiment:
        experiment = ledger.experiments.lock(*self._place)
        assert experiment is not None
        return experiment

    def store(self, ledger: Ledger, experiment: Experiment, outcome: Step) -> Job:
        ledger.jobs.apply(outcome, self._caller)
        after = experiment.after(before=outcome.before, after=outcome.job.status, now=NOON)
        ledger.experiments.save_counters(after)
        ledger.touched.add(experiment.key)
        return outcome.job

    def _step(
        self,
        ledger: Ledger,
        experiment: Experiment,
        job: Job,
        change: Change,
        here: Circumstances,
    ) -> Job:
        outcome = step(job, change, _asked(), Memory(), here)
        assert isinstance(outcome, Step)
        return self.store(ledger, experiment, outcome)


def _asked() -> Asked:
    return Asked(account_key=1, digest=b"digest")
