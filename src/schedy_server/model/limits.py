"""What an experiment bears: how long silence may last, and how often a job may fail."""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict

# The shortest is for tests, of ours and of those who try out what a dead worker means.
LeaseTime = Annotated[float, Meta(ge=1, le=7 * 86_400)]
Times = Annotated[int, Meta(ge=1, le=1_000_000)]
Retries = Annotated[int, Meta(ge=0, le=1_000_000)]
Duration = Annotated[float, Meta(gt=0, le=366 * 86_400)]


# A worker has so many chances to be heard before its lease runs out.
_BEATS = 15
_RAREST_BEAT = 60.0  # seconds


class OnLate(StrEnum):
    """What becomes of a result that arrives after its worker was given up."""

    ADOPT = "adopt"  # it counts, as long as the job has not ended otherwise
    KEEP = "keep"  # it is put aside, where a user may adopt it


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of an experiment.

    Attributes:
        lease_ttl: For how many seconds a worker may keep silent before its job goes to another.
        max_lost: Which loss of a worker ends a job as CRASHED: a job that kills workers must not
            kill them all.
        max_preempted: Which preemption ends a job as CRASHED.
        crash_retries: How often a job that crashed is tried again.
        on_late: What becomes of results that arrive too late.
        progress_timeout: For how many seconds a worker may be alive without any report before its
            job goes to another, for it may hang; None for ever.
        legacy_requeue_after: After how many seconds of silence a job goes to another worker if
            its own is an old client, which has no heartbeat; None for never.
        expected_duration: How many seconds a job takes; None to learn it from those that are done.
    """

    lease_ttl: LeaseTime = 900.0
    max_lost: Times = 3
    max_preempted: Times = 50
    crash_retries: Retries = 0
    on_late: OnLate = OnLate.ADOPT
    progress_timeout: Duration | None = None
    legacy_requeue_after: Duration | None = None
    expected_duration: Duration | None = None

    @property
    def heartbeat_every(self) -> float:
        """After how many seconds a worker should give a sign of life."""
        return heartbeat_every(self.lease_ttl)


def heartbeat_every(lease_ttl: float) -> float:
    """Return after how many seconds a worker should give a sign of life, given its lease."""
    return min(lease_ttl / _BEATS, _RAREST_BEAT)


DEFAULT_LIMITS = Limits()
_NAMES = frozenset(Limits.__struct_fields__)
_encode = msgspec.json.Encoder().encode


def to_text(limits: Limits) -> str:
    """Return limits as they are stored: without those that are not set, for servers of before."""
    said = {name: value for name, value in asdict(limits).items() if value is not None}
    return _encode(said).decode()


@lru_cache(maxsize=1000)
def from_text(text: str) -> Limits:
    """Return limits from how they are stored.

    What is not said there has its default; what only newer servers know is skipped.
    """
    said = msgspec.json.decode(text, type=dict[str, Any])
    return msgspec.convert({name: said[name] for name in _NAMES & said.keys()}, Limits)
