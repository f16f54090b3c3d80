"""What old clients create: they send again what was not answered, without saying that it is again.

A request is taken for a repeat only if its first answer can't have been read: the server died
before it was sent, or the client had gone. Where that can't be told, a second job is made, and
says of itself that it may be one too many: that is easier to mend than one that is missing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from schedy_server.model.experiments import Experiment
from schedy_server.service import experiments, jobs
from schedy_server.service.context import Context
from schedy_server.service.experiments import Settings
from schedy_server.service.jobs import Handed, Wish, handed
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.posts import Posted, Receipt
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage

# Longer than an old client goes on trying; and for how long two equal requests are suspicious.
_REPEATED_WITHIN = timedelta(minutes=15)
_SUSPICIOUS_FOR = timedelta(minutes=10)
KEPT = timedelta(hours=1)
_LOOKED_AT = 20
_PAUSE = 1.0  # seconds
_THE_EXPERIMENT = 0


class Connection(Protocol):
    """What has to be known of a TCP connection."""

    @property
    def name(self) -> str:
        """A name that no other connection ever has."""
        ...

    @property
    def dropped(self) -> bool:
        """Whether something could not be handed to the network, as the client had gone."""
        ...

    def is_closing(self) -> bool:
        """Tell whether the connection is closing or closed."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """A request that creates something, of a client that does not say whether it is a repeat.

    Attributes:
        digest: SHA-256 of the request.
        is_lost: Tells of an earlier request whether its answer can't have been read.
    """

    digest: bytes
    connection: str
    is_lost: Callable[[Posted, Ledger], bool]


@dataclass(frozen=True, slots=True)
class Added:
    """A job that was added, now or by an earlier arrival of the same request."""

    handed: Handed
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Created:
    """An experiment that was created, now or by an earlier arrival of the same request."""

    experiment: Experiment
    is_new: bool
    receipt: Receipt


class Deliveries:
    """What this server knows of answers that were handed to the network; written in a while."""

    def __init__(self, storage: Storage, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock
        self._known: WeakValueDictionary[str, Connection] = WeakValueDictionary()
        self._unwritten: set[Receipt] = set()

    def post(self, digest: bytes, connection: Connection) -> Post:
        """Return a request that came on a connection."""
        name = f"{self._storage.server}:{connection.name}"
        self._known[name] = connection
        return Post(digest, name, lambda posted, ledger: self._is_lost(posted, name, ledger))

    async def watch(self, receipt: Receipt, connection: Connection, *, was_open: bool) -> None:
        """Note that an answer was handed to the network, if it was.

        Args:
            was_open: The connection was open when the answer was made.
        """
        await asyncio.sleep(0)  # until then, the transport may hold it back
        if was_open and not connection.dropped:
            self._unwritten.add(receipt)

    async def flush(self) -> None:
        """Write what was noted."""
        noted = frozenset(self._unwritten)
        if noted:
            now = self._clock()
            await self._storage.write(lambda ledger: _write(ledger, noted, now))
            self._unwritten -= noted

    async def run(self) -> None:
        """Write every second until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(_PAUSE)
                await self._try_flush()
        finally:
            await self._try_flush()

    async def _try_flush(self) -> None:
        with suppress(DatabaseFailed):  # whoever needs the database now will say so
            await self.flush()

    def _is_lost(self, posted: Posted, connection: str, ledger: Ledger) -> bool:
        # Whoever sends again on the same connection has read the first answer.
        if posted.flushed or posted.connection == connection or posted.receipt in self._unwritten:
            return False
        server, is_named, _ = posted.connection.partition(":")
        elsewhere = is_named and int(server) != self._storage.server
        if elsewhere and ledger.posts.is_at_work(int(server)):
            return False  # it may have sent its answer, and not noted it yet
        # As long as the connection is open, the answer may still arrive. One that this server does
        # not know was that of a server that is gone.
        first = self._known.get(posted.connection)
        return first is None or first.is_closing()


def add_job(context: Context, experiment_name: str, wish: Wish, *, post: Post) -> Added:
    """Add a job, unless the request is a repeat: then return the job that it added before.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.locked_experiment(experiment_name)
    earlier = _earlier(context, experiment, post)
    lost = next((it for it in earlier if post.is_lost(it, context.ledger)), None)
    if lost is not None:
        number = lost.receipt.number
        job = context.ledger.jobs.find_number(experiment.key, number)
        context.ledger.posts.forget(lost.receipt)
        if job is not None:
            again = jobs.with_words(context, handed(context, job))
            return Added(again, _remember(context, experiment, post, number))
    added = jobs.add(context, experiment_name, _doubted(context, experiment, wish, post, earlier))
    return Added(added, _remember(context, experiment, post, added.job.number))


def create_experiment(context: Context, name: str, settings: Settings, *, post: Post) -> Created:
    """Create an experiment, or return the one that an earlier arrival of the request created.

    Raises:
        Invalid: The name or the scheduler can't be used.
        PreconditionFailed: There is one of that name.
    """
    existing = context.ledger.experiments.lock(context.caller.account_key, name)
    if existing is not None and _is_untouched(existing):
        for posted in _earlier(context, existing, post):
            if post.is_lost(posted, context.ledger):
                context.ledger.posts.forget(posted.receipt)
                receipt = _remember(context, existing, post, _THE_EXPERIMENT)
                return Created(existing, is_new=False, receipt=receipt)
    experiment, is_new = experiments.put(context, name, settings, only_new=True)
    receipt = _remember(context, experiment, post, _THE_EXPERIMENT)
    return Created(experiment, is_new, receipt)


def _earlier(context: Context, experiment: Experiment, post: Post) -> list[Posted]:
    return context.ledger.posts.like(
        context.caller.account_key,
        experiment.key,
        post.digest,
        since=context.now - _REPEATED_WITHIN,
        limit=_LOOKED_AT,
    )


def _remember(context: Context, experiment: Experiment, post: Post, number: int) -> Receipt:
    receipt = Receipt(experiment.key, post.digest, number, context.now)
    context.ledger.posts.add(context.caller.account_key, receipt, post.connection)
    return receipt


def _doubted(
    context: Context, experiment: Experiment, wish: Wish, post: Post, earlier: list[Posted]
) -> Wish:
    """Have a job say that it may be one too many, where that can't be told."""
    since = context.now - _SUSPICIOUS_FOR
    for posted in earlier:
        if posted.connection != post.connection and posted.receipt.at >= since:
            other = context.ledger.jobs.find_number(experiment.key, posted.receipt.number)
            if other is not None:
                return replace(wish, reason=f"possible duplicate of {other.id}")
    return wish


def _is_untouched(experiment: Experiment) -> bool:
    return (
        experiment.revision == 0
        and experiment.jobs_created == 0
        and experiment.modified == experiment.created
    )


def _write(ledger: Ledger, receipts: frozenset[Receipt], now: datetime) -> None:
    for receipt in receipts:
        ledger.posts.flushed(receipt, now=now)
