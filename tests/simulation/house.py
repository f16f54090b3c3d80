"""The server of the simulation: the real application on a real database, in a process that dies."""

import asyncio
import contextvars
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schedy_server.app import create_app
from schedy_server.http.envelope import Envelope
from schedy_server.service.passwords import Passwords
from schedy_server.settings import ANY_HOST, Settings
from schedy_server.storage.opening import dialect_of, sqlite_path
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Session
from schedy_server.storage.sqlite import SQLiteSession, connect
from schedy_server.storage.storage import News, Storage
from schedy_server.storage.transactor import Transactor
from schedy_server.storage.writers import LoopWriter
from tests.server.doorkeeping import CHEAP
from tests.server.http.asking import Answer
from tests.simulation.loop import Process, VirtualLoop, here
from tests.simulation.requests import Request

BEGINNING = datetime(2026, 3, 28, 22, tzinfo=UTC)  # the clocks are put forward a few hours later
_RESET = 0.05  # seconds until a client notices that its connection broke


class ConnectionBroke(Exception):
    """The client knows no more than that there is no answer."""


class _Doorkeeper(Passwords):
    """Outlives the servers, which come and go."""

    def close(self) -> None:
        """Stay."""


_PASSWORDS = _Doorkeeper(CHEAP)


@dataclass
class WallClock:
    """A clock that people and their programs put forward and back."""

    loop: VirtualLoop
    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.loop.time()) + self.offset


@dataclass
class House:
    """Keeps a server on one database, kills it, and starts it again.

    Attributes:
        doubtful: How likely a commit is of which the server does not hear whether it was.
        starts: When it was started.
        in_doubt: The last commit was one of these, and it was carried out.
    """

    url: str
    loop: VirtualLoop
    dice: random.Random
    clock: WallClock
    doubtful: float = 0.0
    starts: list[float] = field(default_factory=list)
    in_doubt: bool = False
    _process: Process | None = None
    _app: Envelope | None = None
    _sessions: list[Session] = field(default_factory=list)
    _pending: dict[asyncio.Future[Answer], None] = field(default_factory=dict)
    _up_before: float = 0.0

    @property
    def is_up(self) -> bool:
        """Tell whether somebody listens."""
        return self._app is not None

    def up_time(self) -> float:
        """Return for how many seconds there was a server so far."""
        since = self.loop.time() - self.starts[-1] if self.is_up else 0.0
        return self._up_before + since

    def start(self) -> None:
        """Start the server."""
        self._process = Process()
        context = contextvars.copy_context()
        context.run(here.set, self._process)
        self._app = context.run(self._open, self._process)
        self.starts.append(self.loop.time())
        context.run(self.loop.create_task, self._live(self._app))

    def crash(self) -> None:
        """Kill the server: what it has not committed never was, nobody gets an answer any more."""
        assert self._process is not None
        self._up_before = self.up_time()
        self._process.is_dead = True
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        self._process.kill()
        self._app = None
        for future in list(self._pending):
            if not future.done():
                future.set_exception(ConnectionBroke("reset"))

    def receive(self, request: Request) -> asyncio.Future[Answer]:
        """Have a request handled that arrived here."""
        future: asyncio.Future[Answer] = self.loop.create_future()
        future.add_done_callback(lambda _: self._pending.pop(future, None))
        # Nobody may be there any more to hear of it.
        future.add_done_callback(lambda it: it.cancelled() or it.exception())
        if self._app is None:
            future.set_exception(ConnectionBroke("refused"))
            return future
        self._pending[future] = None
        context = contextvars.copy_context()
        context.run(here.set, self._process)
        context.run(self.loop.create_task, _handle(self._app, request, future))
        return future

    def _open(self, process: Process) -> Envelope:
        settings = Settings(
            database=self.url,
            data=Path("/nonexistent"),
            allowed_hosts=(ANY_HOST,),
            ballast=0,
            min_free=0,
        )
        storage = open_storage(self.url, process, self._prepared)
        return create_app(
            settings, storage, clock=self.clock, passwords=_PASSWORDS, monotonic=self.loop.time
        )

    def _prepared(self, session: Session) -> Session:
        self._sessions.append(session)
        if self.doubtful:
            commit = session.commit

            def doubtful() -> None:
                chance = self.dice.random()
                if chance < self.doubtful / 2:
                    raise DatabaseBusy("lost its connection before the commit")
                commit()
                self.in_doubt = chance < self.doubtful
                if self.in_doubt:
                    raise DatabaseBusy("lost its connection in the commit")

            session.commit = doubtful  # type: ignore[method-assign]
        return session

    @staticmethod
    async def _live(app: Envelope) -> None:
        forever = asyncio.Event()
        told = iter([{"type": "lifespan.startup"}])

        async def receive() -> Any:
            for message in told:
                return message
            await forever.wait()
            raise AssertionError

        async def send(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                raise RuntimeError(message["message"])

        with suppress(asyncio.CancelledError):
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)


def open_storage(
    url: str, process: Process, prepared: Callable[[Session], Session] = lambda session: session
) -> Storage:
    """Open a database for a process that may die; nothing has to last longer than the tests."""

    def session(purpose: Any) -> Session:
        if process.is_dead:
            raise DatabaseFailed("this process is dead")
        return prepared(_session(url, purpose))

    news = News()
    return Storage(
        [LoopWriter(Transactor(lambda: session("writing"), news))],
        lambda: session("reading"),
        news=news,
        is_shared=False,
    )


def _session(url: str, purpose: Any) -> Session:
    if dialect_of(url) == "sqlite":
        connection = connect(sqlite_path(url), read_only=purpose == "reading")
        connection.execute("PRAGMA synchronous = OFF")
        return SQLiteSession(connection)
    from schedy_server.storage.postgres import open_session  # noqa: PLC0415 - few runs need it

    found: Session = open_session(url, purpose=purpose)
    return found


async def _handle(app: Envelope, request: Request, future: asyncio.Future[Answer]) -> None:
    messages: list[Any] = []
    received = iter([{"type": "http.request", "body": request.body, "more_body": False}])

    async def receive() -> Any:
        for message in received:
            return message
        await asyncio.Event().wait()  # whoever asked is still there, and has nothing to add
        raise AssertionError

    async def send(message: Any) -> None:
        messages.append(message)

    await app(request.scope(), receive, send)
    if not messages or future.done():
        return
    start, *rest = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    body = b"".join(part.get("body", b"") for part in rest)
    future.set_result(Answer(start["status"], headers, body))
