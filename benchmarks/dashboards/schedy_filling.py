"""Puts a search of the past into Schedy's database, faster than its server would take it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from benchmarks.dashboards.history import PastJob
from schedy_server.model.accounts import Caller
from schedy_server.model.experiments import (
    Direction,
    Experiment,
    ExperimentStatus,
    Objective,
)
from schedy_server.model.jobs import Job, Status
from schedy_server.model.transitions import Step
from schedy_server.service import experiments
from schedy_server.service.context import Context
from schedy_server.storage.ledger import Ledger

RESULT = "accuracy"
_SINCE = timedelta(days=4)  # ago; a hundred thousand jobs take three


def fill(
    ledger: Ledger,
    caller: Caller,
    name: str,
    past: Iterable[PastJob],
    until: datetime | None = None,
) -> None:
    """Make an experiment with jobs that are over, each with its line in the audit trail.

    Args:
        until: When it is; now, if nothing else is said.
    """
    began = (until or datetime.now(UTC)) - _SINCE
    experiment, _ = experiments.put(
        Context(ledger, caller, began),
        name,
        experiments.Settings(
            ExperimentStatus.RUNNING, {"Manual": None}, Objective(RESULT, Direction.MAX), seed=1
        ),
        only_new=True,
    )
    for each in past:
        experiment = _add(ledger, caller, experiment, each, began)
    ledger.experiments.save_counters(experiment)


def _add(
    ledger: Ledger, caller: Caller, before: Experiment, past: PastJob, began: datetime
) -> Experiment:
    status = Status.CRASHED if past.accuracy is None else Status.DONE
    started = began + timedelta(seconds=past.start)
    finished = started + timedelta(seconds=past.seconds)
    after = before.after(before=None, after=status, now=finished)
    job = Job(
        experiment_key=after.key,
        number=after.jobs_created,
        id=_id(after.jobs_created),
        status=status,
        hyperparameters=json.dumps(past.hyperparameters),
        results=json.dumps(_results(past)),
        origin=None,
        quality=past.accuracy,
        version=1,
        attempt=1,
        lease_id=None,
        base_tag=None,
        worker=past.worker,
        reason="CUDA out of memory" if past.accuracy is None else None,
        priority=0,
        revision=after.revision,
        created=started,
        started=started,
        finished=finished,
        modified=finished,
    )
    ledger.jobs.apply(Step(None, job, sha256(job.id.encode()).digest()), caller)
    return replace(after, modified=max(before.modified, after.modified))


def _results(past: PastJob) -> dict[str, float | list[float]]:
    if past.accuracy is None:
        return {}
    results: dict[str, float | list[float]] = {RESULT: past.accuracy, "seconds": past.seconds}
    return {**results, "losses": past.losses} if past.losses else results


def _id(number: int) -> str:
    return sha256(f"job {number}".encode()).hexdigest()[:10]
