"""Bugs in how it is decided who may change a job."""

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from schedy_server.model import transitions
from schedy_server.model.jobs import Job
from schedy_server.model.tags import Tag, identity
from schedy_server.model.transitions import Refused, Replayed, Step
from schedy_server.service import circumstances, jobs
from schedy_server.storage.leases import Beat, Leases

_judge = transitions._judge_stale


def _judging(judge: Any) -> AbstractContextManager[Any]:
    return patch.object(transitions, "_judge_stale", judge)


@contextmanager
def same_body_is_a_repeat() -> Iterator[None]:
    """Who sends what was applied last has repeated it, says this, whoever it is."""
    remember = circumstances.memory_of

    def memory_of(context: Any, job: Job, asked: Any, attempt: Any) -> Any:
        latest = context.ledger.jobs.write_at_version(job, job.version)
        return dataclasses.replace(remember(context, job, asked, attempt), latest=latest)

    def judge(job: Any, change: Any, asked: Any, memory: Any, around: Any) -> Any:
        latest = memory.latest
        if latest is not None and latest.digest == asked.digest:
            return Replayed(latest.version)
        return _judge(job, change, asked, memory, around)

    with patch.object(jobs, "memory_of", memory_of), _judging(judge):
        yield


def strict() -> AbstractContextManager[Any]:
    """Whoever does not hold the newest tag is refused."""
    return _judging(lambda job, *_: Refused(f"Job {job.id!r} was changed."))


def repeats_of_lost_attempts() -> AbstractContextManager[Any]:
    """A repeat is a repeat, whoever has the job by now."""

    def judge(job: Any, change: Any, asked: Any, memory: Any, around: Any) -> Any:
        earlier = memory.with_tag
        if earlier is not None and earlier.digest == asked.digest:
            return Replayed(earlier.version)
        return _judge(job, change, asked, memory, around)

    return _judging(judge)


def no_end_for_the_unheard() -> AbstractContextManager[Any]:
    """An owner that never heard of its last write can't end its job."""

    def judge(job: Any, change: Any, asked: Any, memory: Any, around: Any) -> Any:
        outcome = _judge(job, change, asked, memory, around)
        continues = isinstance(outcome, Step) and outcome.adopted is None
        return Refused(f"Job {job.id!r} was changed.") if continues else outcome

    return _judging(judge)


@contextmanager
def tags_of_content() -> Iterator[None]:
    """The ETag is a hash of what is shown of a job."""

    def digest(job: Job) -> str:
        shown = f"{job.status} {job.hyperparameters} {job.results}"
        return hashlib.sha256(shown.encode()).hexdigest()[:16]

    def of(job: Job, *, epoch: str, nonce: str, version: int | None = None) -> Tag:
        return Tag(epoch, identity(job), version or job.version, digest(job))

    def matches(self: Tag, job: Job, *, epoch: str) -> bool:
        return self.nonce == digest(job)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Tag, "of", of))
        stack.enter_context(patch.object(Tag, "matches", matches))
        yield


def signs_of_life_change_the_version() -> AbstractContextManager[Any]:
    """What does not concern the content of a job makes a new version of it."""
    renew = Leases.renew

    def renewed(self: Leases, beat: Beat) -> None:
        renew(self, beat)
        session: Any = self.session
        session._connection.execute(
            "UPDATE job SET version = version + 1 WHERE experiment_key = ? AND number = ? "
            "AND status = 'RUNNING'",
            (beat.experiment_key, beat.number),
        )

    return patch.object(Leases, "renew", renewed)
