"""Bugs around the commit: answers that come too early, are lost, or go wrong too late."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from schedy_server.http import jobs
from schedy_server.storage import opening, sqlite
from schedy_server.storage.transactor import Outcome
from schedy_server.storage.writers import LoopWriter, _tell


def answers_before_the_commit() -> AbstractContextManager[Any]:
    """Whoever asked is told as soon as the statements ran, and the commit comes after that."""
    carefully = LoopWriter._commit

    async def commit(self: LoopWriter, group: Sequence[Any]) -> list[Outcome]:
        transactor = self._transactor
        if not transactor.lock.acquire(blocking=False):
            return await carefully(self, group)
        try:
            outcomes = transactor.start([task.work for task in group], wait=False)
        except Exception:  # noqa: BLE001 - as the real one
            transactor.lock.release()
            return await carefully(self, group)
        _tell(zip((task.future for task in group), outcomes, strict=True))
        loop = asyncio.get_running_loop()
        await asyncio.shield(loop.run_in_executor(self._beside, self._finish))
        return outcomes

    return patch.object(LoopWriter, "_commit", commit)


def commits_that_a_power_cut_undoes() -> AbstractContextManager[Any]:
    """SQLite syncs only now and then, which is its default."""
    connect = sqlite.connect

    def careless(path: Path, *, read_only: bool = False) -> Any:
        connection = connect(path, read_only=read_only)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    return patch.object(opening, "connect", careless)


def failure_after_the_commit() -> AbstractContextManager[Any]:
    """What only counts what was done fails now and then, and with it the answer."""
    count, calls = jobs.count, iter(range(1_000_000))

    def fail(request: Any, job: Any) -> None:
        count(request, job)
        if next(calls) % 50 == 49:
            raise RuntimeError("the hook is broken")

    return patch.object(jobs, "count", fail)
