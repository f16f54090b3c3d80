"""The composition root: settings and storage in, ASGI application out.

Nothing else in the server knows all the rooms.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp

from schedy_server.http.calls import Core
from schedy_server.http.envelope import Envelope
from schedy_server.http.hosts import Hosts
from schedy_server.http.routes import ENDPOINTS, router
from schedy_server.observability import Metrics
from schedy_server.reachability import Reachability
from schedy_server.service.beats import Beats
from schedy_server.service.calculator import Calculator
from schedy_server.service.columns import Columns
from schedy_server.service.disk_space import DiskSpace
from schedy_server.service.findings import Findings
from schedy_server.service.housekeeping import Housekeeping, Retention
from schedy_server.service.last_uses import LastUses
from schedy_server.service.lease_time import LeaseTime, read_lease_time
from schedy_server.service.passwords import Passwords
from schedy_server.service.posts import Deliveries
from schedy_server.service.pressure import Pressure, Work
from schedy_server.service.reaper import Reaper, Tick
from schedy_server.service.reservations import Reservations
from schedy_server.service.sign_in import SignIn
from schedy_server.service.summaries import Summaries
from schedy_server.service.tokens import SigningKeys
from schedy_server.service.wakeups import Wakeups
from schedy_server.service.watch import Watch
from schedy_server.settings import Settings
from schedy_server.storage.opening import dialect_of, sqlite_path
from schedy_server.storage.storage import Storage


def utc_now() -> datetime:
    """Return the current instant."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    storage: Storage,
    *,
    clock: Callable[[], datetime] = utc_now,
    passwords: Passwords | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Envelope:
    """Wire the rooms together.

    Args:
        storage: Stays the caller's to close, after the application has stopped.
        clock: Tells the time; tests bring their own.
        passwords: Hashes passwords; tests bring cheaper ones.
        monotonic: Tells the time in seconds, without ever jumping.
    """
    passwords = passwords or Passwords()
    keys = storage.write_now(
        lambda ledger: SigningKeys.load(ledger, now=clock(), lifetime=settings.token_lifetime)
    )
    wakeups, calculator = Wakeups(), Calculator()
    storage.on_commit(wakeups.notify)
    storage.on_gap(wakeups.notify_all)
    metrics = Metrics()
    uses, deliveries = LastUses(storage), Deliveries(storage, clock)
    tidying = Housekeeping(
        storage, clock, Retention(answers=settings.keep_answers, refused=settings.keep_refused)
    )
    pressure = Pressure(metrics.observe_strain)
    watch = Watch(storage, pressure, disk=_disk(settings, pressure), observe=metrics.observe_delay)
    lease_time, beats, reachability = LeaseTime(monotonic), Beats(), Reachability()
    lease_time.learn(storage.read_now(read_lease_time))

    async def can_be_heard() -> bool:
        # Whoever is not heard because it is told to wait must not be taken for dead.
        return not pressure.refuses(Work.BEAT) and await reachability()

    reaper = Reaper(
        storage,
        lease_time,
        beats,
        clock=clock,
        pause=settings.reap_every.total_seconds(),
        can_be_heard=can_be_heard,
    )

    def count_tick(tick: Tick) -> None:
        metrics.count_tick(live=tick.live, lost=tick.lost, held=tick.held)

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        wakeups.start()
        async with _beside(
            uses.run(), deliveries.run(), tidying.run(), reaper.run(count_tick), watch.run()
        ):
            with closing(passwords), closing(calculator):
                yield

    app = Envelope(
        router(lifespan),
        hosts=Hosts(settings),
        observe=metrics.observe_request,
        root_path=settings.root_path,
    )
    app.state.endpoints = ENDPOINTS
    app.state.core = Core(
        storage=storage,
        settings=settings,
        keys=keys,
        passwords=passwords,
        sign_in=SignIn(storage, keys, passwords, clock),
        wakeups=wakeups,
        reservations=Reservations(),
        uses=uses,
        metrics=metrics,
        lease_time=lease_time,
        beats=beats,
        deliveries=deliveries,
        reaper=reaper,
        reachability=reachability,
        columns=Columns(),
        summaries=Summaries(),
        calculator=calculator,
        findings=Findings(),
        pressure=pressure,
        watch=watch,
        clock=clock,
    )
    return app


@asynccontextmanager
async def _beside(*endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have coroutines run meanwhile."""
    tasks = [asyncio.create_task(each) for each in endless]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _disk(settings: Settings, pressure: Pressure) -> DiskSpace | None:
    if dialect_of(settings.database) != "sqlite":
        return None  # PostgreSQL has a machine of its own, or takes care of this one's disk
    return DiskSpace(
        sqlite_path(settings.database),
        pressure,
        min_free=settings.min_free,
        ballast=settings.ballast,
    )
