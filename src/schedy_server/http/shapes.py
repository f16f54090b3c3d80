"""The JSON of requests and answers, as types; the OpenAPI document is made of them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from schedy_server.model.experiments import Direction, ExperimentStatus
from schedy_server.model.jobs import Status

ClaimId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ShortText = Annotated[str, Meta(max_length=200)]
LongestPoll = Annotated[float, Meta(ge=0, le=60)]


class ObjectiveShape(Struct, frozen=True):
    """Which result is optimised, and in which direction."""

    result: Annotated[str, Meta(min_length=1, max_length=500)]
    direction: Direction


class ExperimentRequest(Struct, kw_only=True):
    """What a user says of an experiment.

    The scheduler is an object with one key: its kind, with the parameters of that kind.
    """

    status: ExperimentStatus = ExperimentStatus.RUNNING
    scheduler: dict[str, object]
    objective: ObjectiveShape | UnsetType | None = UNSET
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET


class ExperimentChange(Struct, kw_only=True):
    """Settings of an experiment that change; what is absent stays."""

    status: ExperimentStatus | UnsetType = UNSET
    objective: ObjectiveShape | UnsetType | None = UNSET


class ExperimentAnswer(Struct, kw_only=True):
    """An experiment."""

    name: str
    status: ExperimentStatus
    scheduler: msgspec.Raw
    objective: ObjectiveShape | None
    seed: int
    counts: dict[Status, int]
    created: datetime
    modified: datetime


class ExperimentPage(Struct, kw_only=True):
    """Experiments by name; `next` goes into `?start=` of the next request."""

    items: list[ExperimentAnswer]
    next: str | None


class JobRequest(Struct, kw_only=True):
    """What a user wants a job to be. Absent hyperparameters or results mean none."""

    status: Status = Status.QUEUED
    hyperparameters: dict[str, object] | None = None
    results: dict[str, object] | None = None


class JobAnswer(Struct, kw_only=True, omit_defaults=True):
    """A job. `lease_id` is there only for the worker that claimed it."""

    id: str
    experiment: str
    status: Status
    hyperparameters: msgspec.Raw
    results: msgspec.Raw
    number: int
    attempt: int
    quality: msgspec.Raw
    worker: str | None
    reason: str | None
    origin: msgspec.Raw
    created: datetime
    started: datetime | None
    finished: datetime | None
    modified: datetime
    etag: str | UnsetType = UNSET
    lease_id: str | UnsetType = UNSET


class JobPage(Struct, kw_only=True):
    """Jobs in the order asked for; `next` goes into `?start=` of the next request."""

    items: list[JobAnswer]
    next: str | None


class BatchRequest(Struct, kw_only=True):
    """Jobs to add, all or none."""

    jobs: Annotated[list[JobRequest], Meta(max_length=10_000)]


class BatchAnswer(Struct, kw_only=True):
    """The ids of the added jobs, in the same order."""

    ids: list[str]


class ClaimRequest(Struct, kw_only=True):
    """A worker asks for a job.

    `claim_id` is made up by the worker; the same again gets the same job again. With `wait`, the
    answer is held back for so many seconds while there is nothing to do.
    """

    claim_id: ClaimId
    worker: ShortText | None = None
    wait: LongestPoll = 0.0


class ReportRequest(Struct, kw_only=True):
    """What a worker knows of its job so far; what is absent stays."""

    lease_id: ShortText
    hyperparameters: dict[str, object] | None = None
    results: dict[str, object] | None = None


class FinishRequest(Struct, kw_only=True):
    """How a worker's job ended; absent hyperparameters or results stay as they are."""

    lease_id: ShortText
    status: Literal["DONE", "CRASHED", "PRUNED"]
    hyperparameters: dict[str, object] | None = None
    results: dict[str, object] | None = None
    reason: Annotated[str, Meta(max_length=1000)] | None = None


class HeartbeatRequest(Struct, kw_only=True):
    """A worker is alive."""

    lease_id: ShortText


class DirectiveAnswer(Struct, kw_only=True):
    """What the worker should do: go on, or stop because the job is no longer its own."""

    directive: Literal["continue", "superseded"]
