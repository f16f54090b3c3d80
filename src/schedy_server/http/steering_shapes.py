"""The JSON of what went wrong: the log, kept results; and of the version of the server."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schedy_server.http.shapes import Moment, Object, ObjectOrNull, Reason
from schedy_server.model.jobs import Status


class LogLineAnswer(Struct, kw_only=True):
    """Something that happened to an experiment or to one of its jobs.

    Attributes:
        what: What happened, in a few words.
        job: The id of the job; null if it concerns the whole experiment.
        version: The version of the job that it made; null for what is no change of a job.
        attempt: The number of the job's latest attempt then.
        before: The status that the job left; null if it was new.
        after: The status that it got.
        actor: Who did it.
        worker: Who had the job in that attempt.
        reason: Why, where somebody said so.
        request_id: Under which the server's log has more.
    """

    at: Moment
    what: str
    job: str | None
    version: int | None
    attempt: int | None
    before: Status | None
    after: Status | None
    actor: str
    worker: str | None
    reason: str | None
    request_id: str | None


class LogPage(Struct, kw_only=True):
    """What happened, the oldest first.

    Attributes:
        next: Goes into `?start=` of the next request; null on the last page.
    """

    items: list[LogLineAnswer]
    next: str | None


class KeptAnswer(Struct, kw_only=True):
    """Results that came and could not be applied.

    Attributes:
        id: Under which they are kept.
        job: The id of the job that they were sent for.
        attempt: The attempt whose results they are, if that is known.
        why: Why they could not be applied.
        at: When they came.
        status: What the job was to become; null where results were sent while it ran.
        hyperparameters: Null if they were not sent.
        adopted: When somebody had them count after all; null if nobody did.
        request_id: Under which the server's log has more.
    """

    id: int
    job: str
    attempt: int | None
    why: str
    at: Moment
    status: Status | None
    results: Object
    hyperparameters: ObjectOrNull
    adopted: Moment | None
    request_id: str | None


class KeptPage(Struct, kw_only=True):
    """Results that were kept, the oldest first.

    Attributes:
        next: Goes into `?start=` of the next request; null on the last page.
    """

    items: list[KeptAnswer]
    next: str | None


class AdoptRequest(Struct, kw_only=True):
    """Kept results are to count.

    Attributes:
        status: How the job ended; absent or null for what was sent.
        replace: Also if the job is DONE with other results.
        reason: Why, for those who read the log.
    """

    status: Literal["DONE", "CRASHED", "PRUNED"] | None = None
    replace: bool = False
    reason: Reason | None = None


class VersionAnswer(Struct, kw_only=True):
    """The version of the server.

    Attributes:
        capabilities: What it can do that not every server can, by name.
    """

    version: str
    capabilities: Annotated[list[str], Meta(examples=[["leases", "release"]])]
