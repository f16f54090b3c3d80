"""Two workers, one job, and what is on its way between them and the server, as values."""

from enum import StrEnum
from typing import NamedTuple

from schedy_server.model.jobs import Job, Status, Write
from schedy_server.model.tags import Tag
from schedy_server.model.transitions import Change


class Stage(StrEnum):
    """What a worker is about to do, or how it ended."""

    LOOK = "look"
    CLAIM = "claim"
    REPORT = "report"
    FINISH = "finish"
    CRASH = "crash"
    OVER = "over"


CHANGES = {
    Stage.CLAIM: Change(Status.RUNNING),
    Stage.REPORT: Change(Status.RUNNING, results="1"),
    Stage.FINISH: Change(Status.DONE, results="2"),
    Stage.CRASH: Change(Status.CRASHED, results="1"),
}
ONCE_ACCEPTED = {
    Stage.CLAIM: Stage.REPORT,
    Stage.REPORT: Stage.FINISH,
    Stage.FINISH: Stage.OVER,
    Stage.CRASH: Stage.OVER,
}
# Also what it does once it has given up waiting for an answer.
ONCE_REFUSED = {
    Stage.CLAIM: Stage.OVER,
    Stage.REPORT: Stage.CRASH,
    Stage.FINISH: Stage.CRASH,
    Stage.CRASH: Stage.OVER,
}


class Worker(NamedTuple):
    """What a worker knows.

    Attributes:
        tag: The last one that it was given.
        waiting: The request that it waits for.
        attempt: Which attempt it was told that it owns, see `attempt_of`; 0 for none.
    """

    stage: Stage = Stage.LOOK
    tag: Tag | None = None
    tries: int = 0
    waiting: int | None = None
    attempt: int = 0


class Message(NamedTuple):
    """A request on its way."""

    number: int
    worker: int
    stage: Stage
    tag: Tag


class World(NamedTuple):
    """Everything there is.

    Attributes:
        owner: Whose claim started the current attempt.
        fresh: The next number that nothing carries yet.
        requeued: How often somebody took the job away from its worker.
        expired: How often its lease ran out.
        deleted: How often it was deleted, and made again under the same id.
        attempts: How each attempt stands, the first one first.
    """

    job: Job
    writes: tuple[Write, ...]
    owner: int | None
    workers: tuple[Worker, ...]
    messages: tuple[Message, ...]
    fresh: int
    requeued: int = 0
    expired: int = 0
    deleted: int = 0
    attempts: tuple[str, ...] = ()


class Move(NamedTuple):
    """One thing that may happen.

    Attributes:
        message: The request that the server handled, if it did.
        accepted: Whether the server accepted it.
        heard: Whether the worker still waited for the answer, and got it.
        adopted: Whether it took a result that came too late.
        by_stranger: Whether somebody of another account sent the very same.
    """

    text: str
    message: Message | None = None
    accepted: bool = False
    heard: bool = False
    adopted: bool = False
    by_stranger: bool = False


def attempt_of(job: Job) -> int:
    """Return a number that only this attempt has, even if the job was deleted and made again."""
    return 100 * (job.number - 1) + job.attempt
