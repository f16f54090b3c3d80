"""Whoever waits is woken up by what concerns it, from whatever thread the news come."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from schedy_server.service.wakeups import Wakeups


async def woken(wakeups: Wakeups, *deeds: object) -> list[bool]:
    """Let two requests wait, for experiments 1 and 2, and return which of them a deed wakes up."""
    wakeups.start()
    loop = asyncio.get_running_loop()
    with (
        ThreadPoolExecutor(1) as elsewhere,
        wakeups.waiting_for(1) as one,
        wakeups.waiting_for(2) as two,
    ):
        await loop.run_in_executor(elsewhere, *deeds)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        return [one.is_set(), two.is_set()]


async def test_news_wake_up_whom_they_concern() -> None:
    wakeups = Wakeups()
    assert await woken(wakeups, wakeups.notify, {2, 3}) == [False, True]


async def test_what_was_missed_may_concern_everybody() -> None:
    wakeups = Wakeups()
    assert await woken(wakeups, wakeups.notify_all) == [True, True]


async def test_at_the_end_everybody_is_woken_up_for_good() -> None:
    wakeups = Wakeups()
    wakeups.start()
    with wakeups.waiting_for(1) as early:
        wakeups.stop()
        with wakeups.waiting_for(1) as late:
            assert (early.is_set(), late.is_set(), wakeups.stopping) == (True, True, True)


def test_before_the_server_runs_nobody_waits() -> None:
    wakeups = Wakeups()
    wakeups.notify({1})
    wakeups.notify_all()
    assert not wakeups.stopping
