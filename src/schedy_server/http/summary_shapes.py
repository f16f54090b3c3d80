"""The JSON of how searches go."""

from msgspec import Struct


class BestAnswer(Struct, kw_only=True):
    """The best job so far."""

    id: str
    number: int
    quality: float


class SummaryAnswer(Struct, kw_only=True):
    """How a search goes.

    Attributes:
        best: Null if none has a usable result yet.
        trend: The best so far, from the first job that ended to the last; 32 at most.
        per_hour: How many jobs ended in the last hour; null if none did.
        remaining: How many jobs are still to end; null if there is no end to it.
    """

    best: BestAnswer | None
    trend: list[float]
    per_hour: float | None
    remaining: int | None
