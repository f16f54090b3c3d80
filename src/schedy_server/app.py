"""The composition root: settings and storage in, ASGI application out.

Nothing else in the server knows all the rooms.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from starlette.types import ASGIApp

from schedy_server.http.calls import Core
from schedy_server.http.envelope import Envelope
from schedy_server.http.routes import ENDPOINTS, router
from schedy_server.observability import Metrics
from schedy_server.service.housekeeping import Housekeeping
from schedy_server.service.last_uses import LastUses
from schedy_server.service.passwords import Passwords
from schedy_server.service.reservations import Reservations
from schedy_server.service.sign_in import SignIn
from schedy_server.service.tokens import SigningKeys
from schedy_server.service.wakeups import Wakeups
from schedy_server.settings import Settings
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
) -> Envelope:
    """Wire the rooms together.

    Args:
        storage: Stays the caller's to close, after the application has stopped.
        clock: Tells the time; tests bring their own.
        passwords: Hashes passwords; tests bring cheaper ones.
    """
    passwords = passwords or Passwords()
    keys = storage.write_now(
        lambda ledger: SigningKeys.load(ledger, now=clock(), lifetime=settings.token_lifetime)
    )
    wakeups = Wakeups()
    storage.on_commit(wakeups.notify)
    metrics = Metrics()
    uses = LastUses(storage)
    housekeeping = Housekeeping(storage, clock)

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        wakeups.start()
        beside = [asyncio.create_task(uses.run()), asyncio.create_task(housekeeping.run())]
        yield
        for task in beside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        passwords.close()

    app = Envelope(router(lifespan), observe=metrics.observe_request, root_path=settings.root_path)
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
        clock=clock,
    )
    return app
