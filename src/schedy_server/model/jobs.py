"""Jobs: one trial of an experiment, hyperparameters in, results out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct


class Status(StrEnum):
    """Where a job stands; the values are what travels on the wire."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CRASHED = "CRASHED"
    PRUNED = "PRUNED"
    DONE = "DONE"

    @property
    def is_final(self) -> bool:
        """Tell whether the job is over."""
        return self in FINAL


FINAL = frozenset({Status.CRASHED, Status.PRUNED, Status.DONE})


@dataclass(frozen=True, slots=True)
class PastJob:
    """What a scheduler sees of a job.

    Attributes:
        number: Position in its experiment, counted from 1.
        origin: What the scheduler noted when it proposed the job; None for one added by hand.
        finished: When it ended, None before.
        attempt: How often it was handed out.
    """

    number: int
    id: str
    status: Status
    hyperparameters: Mapping[str, Any]
    results: Mapping[str, Any]
    origin: Mapping[str, Any] | None
    finished: datetime | None
    attempt: int


class Job(Struct, frozen=True, kw_only=True):
    """A job as the server keeps it.

    A struct, as making and changing a dataclass of this size takes ten times as long.

    Attributes:
        experiment_key: Which experiment it belongs to.
        number: Position in its experiment, counted from 1, never used again.
        id: What users call it; unique in its experiment.
        hyperparameters: JSON object, exactly as received.
        results: JSON object, exactly as received.
        origin: JSON object in which the scheduler says why; None for a job added by hand.
        quality: The experiment's objective read from the results; None if there is no usable one.
        version: Counts the changes; the heart of the ETag and the fence against stale writers.
        attempt: How often the job was handed out.
        lease_id: Secret of the current attempt; None unless RUNNING.
        base_tag: The ETag with which the last change was made; None if it was made without.
        worker: Who runs it, or ran it last.
        reason: Why it ended or changed hands, where somebody said so.
        revision: The change of the experiment that touched the job last.
    """

    experiment_key: int
    number: int
    id: str
    status: Status
    hyperparameters: str
    results: str
    origin: str | None
    quality: float | None
    version: int
    attempt: int
    lease_id: str | None
    base_tag: str | None
    worker: str | None
    reason: str | None
    priority: int
    revision: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    modified: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-out of a job to a worker.

    Attributes:
        n: Counted per job from 1; a fencing token for things outside Schedy, such as checkpoints.
        state: RUNNING, the status in which it ended, or RELEASED when the job went on without it.
        claim_id: The name that the worker gave its claim, by which a repeat is recognised.
    """

    n: int
    state: str
    lease_id: str
    claim_id: str | None
    worker: str | None


@dataclass(frozen=True, slots=True)
class Write:
    """One applied change of a job, as the audit trail remembers it.

    Attributes:
        version: The version of the job that it made.
        base_tag: The ETag that the caller held; None for an unconditional write.
        digest: SHA-256 of what was asked.
        attempt: The job's attempt after the change.
        to_status: The job's status after the change.
    """

    version: int
    base_tag: str | None
    digest: bytes
    account_key: int
    attempt: int
    to_status: Status


@dataclass(frozen=True, slots=True)
class RefusedBody:
    """A request that could not be applied, kept because it holds results."""

    experiment_key: int
    job_id: str
    base_tag: str | None
    body: str
    why: str
