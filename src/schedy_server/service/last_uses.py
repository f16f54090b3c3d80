"""When API tokens were last used, noted without making requests that only look write.

Notes stay in memory for a while and are written together; a crash loses the last few.
"""

import asyncio
from contextlib import suppress
from datetime import datetime

from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage

_PAUSE = 60.0  # seconds


class LastUses:
    """The notes that were not written yet."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._notes: dict[str, datetime] = {}

    def note(self, credential_id: str, now: datetime) -> None:
        """Remember that a credential was used; callable from any thread."""
        self._notes[credential_id] = now

    async def flush(self) -> None:
        """Write what was noted."""
        notes, self._notes = self._notes, {}
        if notes:
            await self._storage.write(lambda ledger: _write(ledger, notes))

    async def run(self) -> None:
        """Write every minute until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(_PAUSE)
                await self._try_flush()
        finally:
            await self._try_flush()

    async def _try_flush(self) -> None:
        with suppress(DatabaseFailed):  # whoever needs the database now will say so
            await self.flush()


def _write(ledger: Ledger, notes: dict[str, datetime]) -> None:
    for credential_id, at in notes.items():
        ledger.accounts.note_use(credential_id, at)
