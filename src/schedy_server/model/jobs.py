"""Jobs: one trial of an experiment, hyperparameters in, results out."""

import hashlib
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


FIRST, IN_TURN, LAST = -1, 0, 1


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
        lost: How often its worker fell silent.
        preempted: How often its worker gave it back because the machine was wanted.
        crashed: How often it ended with an error.
        place: Where it queues among jobs of equal priority: first, in turn, or last.
        resume: JSON with which the next attempt can go on; None if there is none.
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
    lost: int = 0
    preempted: int = 0
    crashed: int = 0
    place: int = IN_TURN
    resume: str | None = None


class Ending(StrEnum):
    """How an attempt ended while its job went on."""

    RELEASED = "RELEASED"  # its worker gave the job back
    LOST = "LOST"  # its worker fell silent
    TAKEN = "TAKEN"  # somebody else took the job away: by hand, or with a late result


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-out of a job to a worker.

    Attributes:
        n: Counted per job from 1; a fencing token for things outside Schedy, such as checkpoints.
        state: RUNNING; the status in which it ended; or how the job went on without it, see
            `Ending`.
        claim_id: The name that the worker gave its claim, by which a repeat is recognised.
        deadline: The lease time, in microseconds, until which its worker may keep silent; None
            where it may do so for ever.
        progress_deadline: The lease time until which it has to report something; None for never.
        late: What became of a result that arrived after the attempt was over: `adopted` or `kept`.
        seen: When it last gave a sign of life.
    """

    n: int
    state: str
    lease_id: str
    claim_id: str | None
    worker: str | None
    deadline: int | None = None
    progress_deadline: int | None = None
    late: str | None = None
    started: datetime | None = None
    seen: datetime | None = None
    ended: datetime | None = None

    @property
    def was_taken(self) -> bool:
        """Tell whether its worker did not end it: its result may still arrive."""
        return self.state in {Ending.LOST, Ending.TAKEN}


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

    def is_of_worker(self, account_key: int) -> bool:
        """Tell whether it was made by, or handed the job to, a worker of an account."""
        return self.account_key == account_key and self.to_status is Status.RUNNING


@dataclass(frozen=True, slots=True)
class RefusedBody:
    """A request that could not be applied, kept because it holds results.

    Attributes:
        attempt: The attempt whose result it is, if that is known.
    """

    experiment_key: int
    job_id: str
    base_tag: str | None
    body: str
    why: str
    attempt: int | None = None


def state_digest(job: Job) -> bytes:
    """Return what the audit trail keeps of a job's content, to be compared with it later."""
    content = f"{job.status}\0{job.attempt}\0{job.hyperparameters}\0{job.results}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()[:16]
