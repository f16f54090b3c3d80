"""The last use of a token is noted without making every request write."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NoReturn

import pytest

from schedy_server.service.last_uses import LastUses
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage
from tests.server.doorkeeping import NOON, Door


def last_use(door: Door, credential_id: str) -> datetime | None:
    credential = door.storage.read_now(lambda ledger: ledger.accounts.credential(credential_id))
    return credential.last_used if credential else None


async def test_notes_are_written_when_they_are_flushed(door: Door) -> None:
    uses, token_id = LastUses(door.storage), door.new_token().credential.id
    for seconds in (0, 1, 2):
        uses.note(token_id, NOON + timedelta(seconds=seconds))
    assert last_use(door, token_id) is None
    await uses.flush()
    assert last_use(door, token_id) == NOON + timedelta(seconds=2)


async def test_nothing_noted_is_nothing_written(door: Door) -> None:
    door.storage.close()
    await LastUses(door.storage).flush()


async def test_the_last_notes_are_written_when_the_server_stops(door: Door) -> None:
    uses, token_id = LastUses(door.storage), door.new_token().credential.id
    task = asyncio.create_task(uses.run())
    await asyncio.sleep(0)
    uses.note(token_id, NOON)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert last_use(door, token_id) == NOON


class Away(Storage):
    """A database that does not answer."""

    def __init__(self) -> None:
        """Need no connection."""

    async def write(
        self, work: object, *, bulky: bool = False, about: str | None = None
    ) -> NoReturn:
        raise DatabaseFailed("gone")


async def test_a_database_that_is_away_is_no_reason_to_stop() -> None:
    uses = LastUses(Away())
    uses.note("x", NOON)
    with pytest.raises(DatabaseFailed):
        await uses.flush()
    task = asyncio.create_task(uses.run())
    await asyncio.sleep(0)
    uses.note("x", NOON)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
