"""Instants as the tables keep them: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Return the instant as stored; exact, because both sides count microseconds."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the stored instant."""
    return EPOCH + timedelta(microseconds=micros)


def optional_to_micros(instant: datetime | None) -> int | None:
    """Like `to_micros`, for what may not have happened yet."""
    return None if instant is None else to_micros(instant)


def optional_from_micros(micros: int | None) -> datetime | None:
    """Like `from_micros`, for what may not have happened yet."""
    return None if micros is None else from_micros(micros)
