"""The JSON of requests and answers, as types; the OpenAPI document is made of them."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from schedy_server.http.summary_shapes import SummaryAnswer
from schedy_server.model.experiments import Direction, ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.model.limits import Limits

ClaimId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ShortText = Annotated[str, Meta(max_length=200)]
TimeLeft = Annotated[float, Meta(gt=0)]
LongestPoll = Annotated[float, Meta(ge=0, le=60)]
Moment = Annotated[datetime, Meta(tz=True)]
Seed = Annotated[int, Meta(ge=0, le=2**53 - 1)]

# What users own travels as the text that they sent: to the server it is bytes, to them it is this.
Object = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]
ObjectOrNull = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": ["object", "null"]})]
NumberOrNull = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": ["number", "null"]})]

Anything = Annotated[msgspec.Raw, Meta(extra_json_schema={})]
Reason = Annotated[str, Meta(max_length=1000)]
LimitsRequest = Annotated[
    dict[str, Any], Meta(extra_json_schema={"$ref": "#/components/schemas/Limits"})
]

_SCHEDULER = Meta(extra_json_schema={"$ref": "#/components/schemas/Scheduler"})
Scheduler = Annotated[msgspec.Raw, _SCHEDULER]
SchedulerRequest = Annotated[dict[str, Any], _SCHEDULER]


class ObjectiveShape(Struct, frozen=True):
    """Which result is optimised, and in which direction.

    Attributes:
        result: The name of the result.
        direction: Whether small (`min`) or large (`max`) is good.
    """

    result: str
    direction: Direction


class ExperimentRequest(Struct, kw_only=True):
    """What a user says of an experiment.

    Attributes:
        status: `DONE` creates it paused.
        scheduler: An object with one key: the kind, with the parameters of that kind.
        objective: What is to be optimised; absent keeps what is there, null removes it. A
            scheduler that has an objective of its own wins.
        seed: Where all random decisions start; absent keeps what is there, or chooses one.
        limits: How much silence and how many failures it bears; what is absent stays as it is.
    """

    status: ExperimentStatus = ExperimentStatus.RUNNING
    scheduler: SchedulerRequest
    objective: ObjectiveShape | UnsetType | None = UNSET
    seed: Seed | UnsetType = UNSET
    limits: LimitsRequest | UnsetType = UNSET


class ExperimentAnswer(Struct, kw_only=True):
    """An experiment.

    Attributes:
        status: While it is `DONE`, no jobs are handed out.
        objective: What is to be optimised, if anybody said so.
        seed: Where all random decisions start.
        counts: How many jobs stand at each status.
        modified: When it or one of its jobs changed last.
        limits: How much silence and how many failures it bears.
        tags: By which people find it.
        note: What people wrote on it, in Markdown.
        summary: How it goes, where a list was asked for that.
    """

    name: str
    status: ExperimentStatus
    scheduler: Scheduler
    objective: ObjectiveShape | None
    seed: int
    counts: dict[Status, int]
    created: Moment
    modified: Moment
    limits: Limits
    tags: list[str]
    note: str
    summary: SummaryAnswer | UnsetType = UNSET


class ExperimentPage(Struct, kw_only=True):
    """Experiments by name.

    Attributes:
        next: Goes into `?start=` of the next request; null on the last page.
    """

    items: list[ExperimentAnswer]
    next: str | None


class JobRequest(Struct, kw_only=True):
    """What a user wants a job to be.

    Attributes:
        hyperparameters: Absent or null means none.
        results: Absent or null means none.
    """

    status: Status = Status.QUEUED
    hyperparameters: dict[str, Any] | None = None
    results: dict[str, Any] | None = None


class JobPut(JobRequest, kw_only=True):
    """What a job is to be from now on, and who starts it.

    Attributes:
        claim_id: Made up by a worker that will give signs of life: the job is leased to it. Of
            consequence only where the job becomes RUNNING.
        worker: How the worker is called, for people.
    """

    claim_id: ClaimId | None = None
    worker: ShortText | None = None


class JobAnswer(Struct, kw_only=True, omit_defaults=True):
    """A job: one trial of an experiment.

    Hyperparameters and results are exactly as they were sent, to the last digit. They may hold the
    bare words `NaN`, `Infinity` and `-Infinity`, which Python's json writes and reads.

    Attributes:
        id: Unique in its experiment.
        experiment: The name of its experiment.
        number: Position in its experiment, counted from 1.
        attempt: How often it was handed out.
        quality: The experiment's objective, read from the results; null if there is no usable one.
            A diverged one is the bare word `Infinity` or `-Infinity`.
        worker: Who runs it, or ran it last.
        reason: Why it ended or changed hands, where somebody said so.
        origin: Why the scheduler proposed it; null for a job added by hand.
        started: When it was handed out last.
        finished: When it ended.
        etag: The version of the job, for `If-Match`; not in exports.
        lease_id: Proves that the job is this worker's; only in the answer to its claim.
        lease_ttl: For how many seconds that worker may keep silent.
        heartbeat_every: After how many seconds it should give a sign of life.
        lost: How often its worker fell silent or hung; absent for never, like the next two.
        preempted: How often its worker gave it back because the machine was wanted.
        crashed: How often it ended with an error.
        resume: What the attempt before left behind to go on from.
        silent_since: When the worker was last heard of, if it is one that sends no signs of life
            and it is suspiciously long ago; only where one job is asked for.
        tags: By which people find it; like the note, not in the answers to what workers do.
        note: What people wrote on it, in Markdown.
    """

    id: str
    experiment: str
    status: Status
    hyperparameters: Object
    results: Object
    number: int
    attempt: int
    quality: NumberOrNull
    worker: str | None
    reason: str | None
    origin: ObjectOrNull
    created: Moment
    started: Moment | None
    finished: Moment | None
    modified: Moment
    etag: str | UnsetType = UNSET
    lease_id: str | UnsetType = UNSET
    lease_ttl: float | UnsetType = UNSET
    heartbeat_every: float | UnsetType = UNSET
    lost: int = 0
    preempted: int = 0
    crashed: int = 0
    resume: Anything | UnsetType = UNSET
    silent_since: Moment | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    note: str | UnsetType = UNSET


class JobPage(Struct, kw_only=True):
    """Jobs in the order asked for.

    Attributes:
        next: Goes into `?start=` of the next request; null on the last page.
    """

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

    Attributes:
        claim_id: Made up by the worker; the same again gets the same job again.
        worker: How the worker is called, for people.
        wait: For how many seconds the answer is held back while there is nothing to do.
        time_left: For how many seconds the worker will be there; it gets no job that is known to
            take longer.
    """

    claim_id: ClaimId
    worker: ShortText | None = None
    wait: LongestPoll = 0.0
    time_left: TimeLeft | None = None


class ReportRequest(Struct, kw_only=True):
    """What a worker knows of its job so far.

    Attributes:
        lease_id: The one that came with the claim.
        hyperparameters: Absent or null keeps what is there.
        results: Absent or null keeps what is there.
        resume: What another worker could go on from; absent or null keeps what is there.
    """

    lease_id: ShortText
    hyperparameters: dict[str, Any] | None = None
    results: dict[str, Any] | None = None
    resume: Any = None


class FinishRequest(Struct, kw_only=True):
    """How a worker's job ended.

    Attributes:
        lease_id: The one that came with the claim.
        hyperparameters: Absent or null keeps what is there.
        results: Absent or null keeps what is there.
        reason: Why, for people: the message of the error, for instance.
    """

    lease_id: ShortText
    status: Literal["DONE", "CRASHED", "PRUNED"]
    hyperparameters: dict[str, Any] | None = None
    results: dict[str, Any] | None = None
    reason: Reason | None = None


class ReleaseRequest(Struct, kw_only=True):
    """A worker gives its job back, because its machine is wanted for something else.

    Attributes:
        lease_id: The one that came with the claim.
        hyperparameters: Absent or null keeps what is there.
        results: Absent or null keeps what is there.
        resume: What the next worker can go on from; absent or null keeps what is there.
        reason: Why, for people.
    """

    lease_id: ShortText
    hyperparameters: dict[str, Any] | None = None
    results: dict[str, Any] | None = None
    resume: Any = None
    reason: Reason | None = None


class HeartbeatRequest(Struct, kw_only=True):
    """A worker is alive.

    Attributes:
        lease_id: The one that came with the claim.
        resume: What another worker could go on from; absent or null keeps what is there.
    """

    lease_id: ShortText
    resume: Any = None


class DirectiveAnswer(Struct, kw_only=True, omit_defaults=True):
    """What the worker should do.

    Attributes:
        directive: Go on (`continue`); `stop`, for the job was cancelled; stop because the job is no
            longer this worker's (`superseded`), though a result is still welcome; or go on, but
            take no more jobs (`drain`).
        reason: Why, for people.
        heartbeat_every: After how many seconds to give the next sign of life: the experiment's
            `lease_ttl` may have changed. In answers to such signs only.
    """

    directive: Literal["continue", "stop", "superseded", "drain"]
    reason: str | None = None
    heartbeat_every: float | UnsetType = UNSET


class InterventionRequest(Struct, kw_only=True):
    """Somebody steers a job.

    Attributes:
        reason: Why, for those who read the log.
    """

    reason: Reason | None = None


class AttemptAnswer(Struct, kw_only=True):
    """One hand-out of a job to a worker.

    Attributes:
        n: Counted from 1.
        state: RUNNING; how it ended; RELEASED by its worker, LOST by one that fell silent or
            hung, or TAKEN away.
        seen: When the worker last gave a sign of life.
        ended: When it was over.
        expires_in: For how many seconds the worker may keep silent; null where there is no limit.
        late: What became of a result that came after the end: `adopted` or `kept`.
        silent_since: When the worker was last heard of, if there is no limit and it is
            suspiciously long ago; null otherwise.
    """

    n: int
    state: str
    worker: str | None
    started: Moment | None
    seen: Moment | None
    ended: Moment | None
    expires_in: float | None
    late: str | None
    silent_since: Moment | None


class AttemptList(Struct, kw_only=True):
    """The attempts at a job, the first one first."""

    items: list[AttemptAnswer]


class RunningAnswer(Struct, kw_only=True):
    """A job that a worker runs."""

    experiment: str
    job: str
    started: Moment


class WorkerAnswer(Struct, kw_only=True):
    """A worker, or a machine on which workers had trouble.

    Attributes:
        worker: Its name.
        running: How many jobs it runs.
        jobs: Those jobs.
        seen: When it last gave a sign of life; null if it did nothing lately.
        done: How many jobs it finished in the last 24 hours.
        failed: How many crashed there, or were lost, in the last 24 hours.
        busy: For which share of the last 24 hours, or of the time since it began, it had a job;
            null if it did nothing lately.
        crashes_in_a_row: How many jobs crashed there within seconds, one after the other.
        quarantined: Whether it gets no more jobs.
        reason: Why it gets none.
        since: Since when it gets none.
    """

    worker: str
    running: int
    jobs: list[RunningAnswer]
    seen: Moment | None
    done: int
    failed: int
    busy: float | None
    crashes_in_a_row: int
    quarantined: bool
    reason: str | None
    since: Moment | None


class WorkerList(Struct, kw_only=True):
    """The workers that run jobs, and the machines that had trouble lately."""

    items: list[WorkerAnswer]
