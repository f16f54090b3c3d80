"""Experiments in the database: rows in, model out."""

from dataclasses import dataclass, field
from datetime import datetime

from schedy_server.model import limits
from schedy_server.model.experiments import Direction, Experiment, ExperimentStatus, Objective
from schedy_server.model.jobs import Status
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import from_micros, to_micros


@dataclass(slots=True)
class Experiments:
    """The experiments of all accounts; every method names the account it asks for.

    An experiment that was locked is read once in a transaction, and its counters are written once,
    at the end, however many of its jobs change: they are what changes most.

    Attributes:
        changes: How often counters were saved, written or not yet.
    """

    session: Session
    changes: int = 0
    _locked: dict[tuple[int, str], Experiment] = field(default_factory=dict)
    _unsaved: dict[int, Experiment] = field(default_factory=dict)

    def forget(self) -> None:
        """Begin a transaction, in which nothing is known yet."""
        self._locked.clear()
        self._unsaved.clear()

    def flush(self) -> None:
        """Write the counters that were saved."""
        for experiment in self._unsaved.values():
            self._write_counters(experiment)
        self._unsaved.clear()

    def find(self, account_key: int, name: str) -> Experiment | None:
        """Return the experiment of that name, or None."""
        if (known := self._locked.get((account_key, name))) is not None:
            return known
        return _found(self.session.one("experiment_by_name", account_key=account_key, name=name))

    def lock(self, account_key: int, name: str) -> Experiment | None:
        """Like `find`, and nobody else changes it or its jobs until the transaction ends."""
        if (known := self._locked.get((account_key, name))) is not None:
            return known
        row = self.session.one("experiment_by_name_locked", account_key=account_key, name=name)
        return None if row is None else self._know(_experiment(row))

    def page(self, account_key: int, *, prefix: str, after: str, limit: int) -> list[Experiment]:
        """Return experiments in the order of their names, from the first beyond `after`."""
        self.flush()
        rows = self.session.all(
            "experiment_page", account_key=account_key, prefix=prefix, after=after, limit=limit
        )
        return [_experiment(row) for row in rows]

    def changed_since(self, account_key: int, moment: datetime) -> list[Experiment]:
        """Return the experiments that changed, or whose jobs did, at a moment or later."""
        rows = self.session.all(
            "experiments_since", account_key=account_key, since=to_micros(moment)
        )
        return [_experiment(row) for row in rows]

    def count_running(self) -> int:
        """Return how many jobs run, of all accounts."""
        row = self.session.one("count_running")
        return 0 if row is None else int(row[0])

    def add(self, experiment: Experiment) -> Experiment:
        """Store a new experiment and return it with the key that the database chose."""
        self.session.run(
            "insert_experiment",
            account_key=experiment.account_key,
            name=experiment.name,
            created=to_micros(experiment.created),
            **_settings(experiment),
        )
        stored = self.find(experiment.account_key, experiment.name)
        if stored is None:
            raise RuntimeError("the database lost a new experiment")
        return stored

    def save_settings(self, experiment: Experiment) -> None:
        """Store what a user may change: status, scheduler, objective, seed."""
        self._know(experiment)
        if experiment.key in self._unsaved:
            self._unsaved[experiment.key] = experiment
        self.session.run("update_experiment", key=experiment.key, **_settings(experiment))

    def save_counters(self, experiment: Experiment) -> None:
        """Store what a change of its jobs moves: counters and, when a search ends, the status."""
        self.changes += 1
        self._unsaved[experiment.key] = self._know(experiment)

    def delete(self, experiment: Experiment) -> None:
        """Remove it with its jobs and all that is known of them."""
        self._locked.pop((experiment.account_key, experiment.name), None)
        self._unsaved.pop(experiment.key, None)
        self.session.run("delete_experiment", key=experiment.key)

    def _know(self, experiment: Experiment) -> Experiment:
        self._locked[(experiment.account_key, experiment.name)] = experiment
        return experiment

    def _write_counters(self, experiment: Experiment) -> None:
        self.session.run(
            "count_experiment",
            key=experiment.key,
            status=experiment.status,
            decisions=experiment.decisions,
            revision=experiment.revision,
            jobs_created=experiment.jobs_created,
            queued=experiment.counts[Status.QUEUED],
            running=experiment.counts[Status.RUNNING],
            crashed=experiment.counts[Status.CRASHED],
            pruned=experiment.counts[Status.PRUNED],
            done=experiment.counts[Status.DONE],
            modified=to_micros(experiment.modified),
        )


def _settings(experiment: Experiment) -> dict[str, str | int | None]:
    objective = experiment.objective
    return {
        "status": experiment.status,
        "definition": experiment.definition,
        "objective_result": objective.result if objective else None,
        "objective_direction": objective.direction if objective else None,
        "seed": experiment.seed,
        "modified": to_micros(experiment.modified),
        "limits": limits.to_text(experiment.limits),
    }


def _found(row: Row | None) -> Experiment | None:
    return None if row is None else _experiment(row)


def _experiment(row: Row) -> Experiment:
    (
        key, account_key, name, status, definition, result, direction, seed, decisions, revision,
        jobs_created, queued, running, crashed, pruned, done, created, modified, limits_text,
    ) = row  # fmt: skip
    return Experiment(
        key=key,
        account_key=account_key,
        name=name,
        status=ExperimentStatus(status),
        definition=definition,
        objective=None if result is None else Objective(result, Direction(direction)),
        seed=seed,
        decisions=decisions,
        revision=revision,
        jobs_created=jobs_created,
        counts={
            Status.QUEUED: queued,
            Status.RUNNING: running,
            Status.CRASHED: crashed,
            Status.PRUNED: pruned,
            Status.DONE: done,
        },
        created=from_micros(created),
        modified=from_micros(modified),
        limits=limits.from_text(limits_text),
    )
