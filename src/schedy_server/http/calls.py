"""From a request to a service function and back: credentials, transaction, time."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from starlette.requests import Request

from schedy_server.http.auth import bearer
from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Invalid, TooLarge, Unauthenticated
from schedy_server.observability import Metrics
from schedy_server.reachability import Reachability
from schedy_server.service.accounts import authenticate, former_caller
from schedy_server.service.beats import Beats
from schedy_server.service.calculator import Calculator
from schedy_server.service.columns import Columns
from schedy_server.service.context import Context
from schedy_server.service.findings import Findings
from schedy_server.service.last_uses import LastUses
from schedy_server.service.lease_time import LeaseTime
from schedy_server.service.passwords import Passwords
from schedy_server.service.posts import Deliveries
from schedy_server.service.pressure import Pressure
from schedy_server.service.reaper import Reaper
from schedy_server.service.repeats import Key
from schedy_server.service.reservations import Reservations
from schedy_server.service.sign_in import SignIn
from schedy_server.service.summaries import Summaries
from schedy_server.service.tokens import SigningKeys
from schedy_server.service.wakeups import Wakeups
from schedy_server.service.watch import Watch
from schedy_server.settings import Settings
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFull
from schedy_server.storage.storage import Storage

T = TypeVar("T")

# A client that is still sending does not read; it sees the refusal only once its body is out.
_READ_ON = 64 * 1024 * 1024
_LONG_BODY = 256 * 1024  # bytes; this much is read in some ten milliseconds
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Core:
    """What handlers work with; made by the composition root, found at `request.app.state.core`."""

    storage: Storage
    settings: Settings
    keys: SigningKeys
    passwords: Passwords
    sign_in: SignIn
    wakeups: Wakeups
    reservations: Reservations
    uses: LastUses
    metrics: Metrics
    lease_time: LeaseTime
    beats: Beats
    deliveries: Deliveries
    reaper: Reaper
    reachability: Reachability
    columns: Columns
    summaries: Summaries
    calculator: Calculator
    findings: Findings
    pressure: Pressure
    watch: Watch
    clock: Callable[[], datetime]


def core_of(request: Request) -> Core:
    """Return what the application was composed of."""
    core: Core = request.app.state.core
    return core


async def write(request: Request, work: Callable[[Context], T], *, bulky: bool = False) -> T:
    """Run a service function in one transaction, for whoever sent the request.

    What it returns is durable. The credential is checked in the same transaction.

    Raises:
        Unauthenticated: The request proves nobody.
        Forbidden: Its scope does not allow what the URL table says that this endpoint needs.
    """
    core = core_of(request)
    about: str | None = request.path_params.get("experiment")
    try:
        return await core.storage.write(_as_work(request, work), bulky=bulky, about=about)
    except DatabaseFull:
        if not core.watch.make_room():
            raise
        return await core.storage.write(_as_work(request, work), bulky=bulky, about=about)


async def read(request: Request, work: Callable[[Context], T]) -> T:
    """Like `write`, for what only looks."""
    core = core_of(request)
    return await core.storage.read(_as_work(request, work))


def _as_work(request: Request, work: Callable[[Context], T]) -> Callable[[Ledger], T]:
    core = core_of(request)
    token = bearer(request)
    now = core.clock()
    state = request.scope["state"]
    request_id: str = state["request_id"]
    need: Scope = state["need"]
    reports: bool = state["reports"]

    def run(ledger: Ledger) -> T:
        caller = authenticate(
            ledger,
            core.keys,
            token,
            need=need,
            now=now,
            request_id=request_id,
            reports=reports,
        )
        core.uses.note(caller.credential_id, now)
        return work(Context(ledger, caller, now, core.lease_time.now(ledger)))

    return run


async def body_of(request: Request) -> bytes:
    """Return the request's body.

    Raises:
        TooLarge: It exceeds the server's limit.
        Invalid: It is compressed.
        Unauthenticated: It is long, and comes from a stranger.
    """
    limit = core_of(request).settings.max_body
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Invalid("Compressed request bodies are not taken: send it as it is.")
    pieces = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
        elif size > limit + _READ_ON:
            break
    if size > limit:
        raise TooLarge(f"The body is too large: this server takes {limit:,} bytes at most.")
    if size > _LONG_BODY and request.scope["state"]["need"] is not None:
        # To understand it takes the server longer than it takes a stranger to send it.
        await _refuse_strangers(request)
    return b"".join(pieces)


async def was_known(request: Request, work: Callable[[Context], T]) -> T | None:
    """Run a service function for whoever shows a token that was good once; None for a stranger."""
    core = core_of(request)
    token, now = bearer(request), core.clock()
    request_id: str = request.scope["state"]["request_id"]

    def run(ledger: Ledger) -> T | None:
        caller = former_caller(ledger, core.keys, token, now=now, request_id=request_id)
        return None if caller is None else work(Context(ledger, caller, now))

    return await core.storage.write(run)


async def _refuse_strangers(request: Request) -> None:
    try:
        await read(request, lambda context: None)
    except Unauthenticated:
        if not await was_known(request, lambda context: True):
            raise


def is_long(body: bytes) -> bool:
    """Tell whether a body takes so long to read and to store that others should go on meanwhile."""
    return len(body) > _LONG_BODY


async def understood(body: bytes, read: Callable[[bytes], T]) -> T:
    """Return what a body says; a long one is read beside the event loop."""
    return await asyncio.to_thread(read, body) if is_long(body) else read(body)


def digest_of(kind: str, body: bytes) -> bytes:
    """Return what tells a request from another one of the same sender."""
    return hashlib.sha256(kind.encode() + b"\0" + body).digest()


def idempotency_key(request: Request, kind: str, body: bytes) -> Key | None:
    """Return the request's idempotency key, if it has one.

    Args:
        kind: What is asked for.

    Raises:
        Invalid: It is longer than 128 characters, or not visible ASCII.
    """
    text = request.headers.get("idempotency-key")
    if text is None:
        return None
    if not _KEY.fullmatch(text):
        raise Invalid("Idempotency-Key has to be 1 to 128 visible ASCII characters.")
    digest = digest_of(kind, body)
    return Key(text, hashlib.sha256(request.scope["raw_path"] + b"\0" + digest).digest())


def segment(request: Request, name: str) -> Any:
    """Return a decoded segment of the request's path."""
    return request.path_params[name]
