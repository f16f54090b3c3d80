"""Takes jobs from workers that fell silent or hang, and lets lease time pass.

A worker that is alive must not lose its job for a reason that is ours. So the clock stands still
while the server does, what was heard is written before anything expires, and if most workers are
silent, their leases are held for another term: it is likelier that the way to them is broken. Nor
does anybody hang then: a report can't arrive, either.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog

from schedy_server.model.accounts import Caller, Scope
from schedy_server.model.experiments import Experiment
from schedy_server.model.interventions import expire
from schedy_server.model.jobs import Status
from schedy_server.model.limits import Limits
from schedy_server.service.beats import Beats, write_beats
from schedy_server.service.circumstances import circumstances, lease_deadline
from schedy_server.service.context import Context
from schedy_server.service.jobs import store
from schedy_server.service.lease_time import LeaseTime, read_lease_time
from schedy_server.service.scheduling import scheduler_of
from schedy_server.storage.leases import Expired
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage

# The breaker: so many workers, and more than half of all, do not fall silent by themselves.
_MANY = 5
_LONGEST_HOLD = 2  # times
# So long after that, in microseconds, everybody who lives was heard: twice the rarest beat. The
# leases of those who are heard last run out while most others have been heard already.
_RECOVERY = 120_000_000

log = structlog.get_logger("schedy.reaper")


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look at the leases brought.

    Attributes:
        live: How many leases ran before it.
        lost: The jobs that were taken from their workers.
        held: How many leases were prolonged, because too many ran out at once.
    """

    live: int
    lost: int = 0
    held: int = 0


class Reaper:
    """Looks at all leases every few seconds.

    Args:
        clock: Tells the time.
        pause: Seconds between two looks.
        can_be_heard: Tells whether workers can reach the server; if not, no lease time passes.
    """

    def __init__(
        self,
        storage: Storage,
        lease_time: LeaseTime,
        beats: Beats,
        *,
        clock: Callable[[], datetime],
        pause: float,
        can_be_heard: Callable[[], Awaitable[bool]],
    ) -> None:
        self._storage = storage
        self._lease_time = lease_time
        self._beats = beats
        self._clock = clock
        self._pause = pause
        self._can_be_heard = can_be_heard
        self._deaf_at: int | None = None

    async def run(self, observe: Callable[[Tick], None]) -> None:
        """Look until cancelled; a last time only at what was heard.

        Args:
            observe: Told what each look brought.
        """
        try:
            await self._try_welcome()
            while True:
                await asyncio.sleep(self._pause)
                await self._try_tick(observe)
        finally:
            await self._try_write()

    async def tick(self) -> Tick:
        """Write what was heard, let lease time pass, and take the jobs of the silent."""
        await self._write_beats()
        if not await self._can_be_heard():
            log.warning("this server can't be reached; no lease runs out")
            self._lease_time.learn(await self._storage.read(read_lease_time))
            return Tick(live=0)
        now = self._lease_time.target()
        seen = await self._storage.write(lambda ledger: _look(ledger, now))
        self._lease_time.learn(seen.time)
        if seen.is_deaf:
            self._deaf_at = seen.time
        expired, held = await self._hold(seen)
        lost = 0
        for _, leases in groupby(expired, attrgetter("experiment_key")):
            lost += await self._take(list(leases), seen.time)
        return Tick(seen.live, lost, held)

    async def welcome(self) -> None:
        """Give every worker the time of two signs of life.

        The last ones before a crash of the server may not have been written.
        """

        def lengthen(ledger: Ledger) -> None:
            lease_now = self._lease_time.now(ledger)

            def least(limits: Limits) -> int:
                return lease_deadline(lease_now, 2 * limits.heartbeat_every)

            ledger.leases.lengthen(least)
            ledger.leases.lengthen_progress(lease_now + _RECOVERY)

        await self._storage.write(lengthen)

    async def _try_welcome(self) -> None:
        try:
            await self.welcome()
        except DatabaseFailed as error:
            log.warning("could not lengthen leases", error=str(error))

    async def _try_tick(self, observe: Callable[[Tick], None]) -> None:
        try:
            observe(await self.tick())
        except DatabaseFailed as error:  # whoever needs the database now will say so, too
            log.warning("could not look at the leases", error=str(error))
        except Exception:  # dead workers have to be found all the same
            log.exception("bug")

    async def _try_write(self) -> None:
        try:
            await self._write_beats()
        except DatabaseFailed as error:
            log.warning("could not write signs of life", error=str(error))

    async def _write_beats(self) -> None:
        beats = self._beats.take()
        if not beats:
            return
        try:
            await self._storage.write(lambda ledger: write_beats(ledger, beats))
        except DatabaseFailed:
            self._beats.put_back(beats)
            raise

    async def _hold(self, seen: "_Seen") -> tuple[list[Expired], int]:
        """Prolong leases that run out while most others are about to, and return the rest.

        Workers beat at different moments: if nobody is heard any more, the leases do not run out
        at once, but one after the other for as long as lies between two beats. And once they are
        heard again, that is one after the other, too.
        """
        was_deaf = self._deaf_at is not None and seen.time - self._deaf_at < _RECOVERY
        if not was_deaf:
            return seen.expired, 0
        silent = [lease for lease in seen.expired if not lease.is_heard]
        overdue = [lease for lease in silent if lease.held >= _LONGEST_HOLD]
        fresh = [lease for lease in silent if lease.held < _LONGEST_HOLD]
        if not fresh:
            return overdue, 0
        now = self._lease_time.now
        await self._storage.write(lambda ledger: _prolong(ledger, fresh, now(ledger)))
        log.warning(
            "most workers fell silent at once, or did a moment ago; they have another term, for "
            "this looks like a broken network rather than like broken workers",
            held=len(fresh),
            silent=seen.silent,
            of=seen.live,
        )
        return overdue, len(fresh)

    async def _take(self, leases: list[Expired], lease_now: int) -> int:
        """Take the jobs of one experiment from their workers."""
        now = self._clock()
        taken = await self._storage.write(
            lambda ledger: take_silent(ledger, leases, now, lease_now)
        )
        for lease in taken:
            log.info(
                "worker hangs; its job goes to another"
                if lease.is_heard
                else "worker fell silent; its job goes to another",
                experiment=lease.experiment,
                number=lease.number,
                attempt=lease.n,
            )
        return len(taken)


def take_silent(
    ledger: Ledger, leases: list[Expired], now: datetime, lease_now: int
) -> list[Expired]:
    """Take jobs of one experiment from workers that are silent or hang, and return which."""
    first = leases[0]
    context = Context(ledger, _the_server(first.account_key), now, lease_now)
    experiment = ledger.experiments.lock(first.account_key, first.experiment)
    if experiment is None or experiment.key != first.experiment_key:
        return []
    taken = []
    for lease in leases:
        after = _take_one(context, experiment, lease)
        if after is not None:
            experiment = after
            taken.append(lease)
    if taken:
        context.save(experiment)
    return taken


def _take_one(context: Context, experiment: Experiment, lease: Expired) -> Experiment | None:
    job = context.ledger.jobs.find_number(experiment.key, lease.number)
    if job is None or job.status is not Status.RUNNING or job.attempt != lease.n:
        return None  # it ended in the meantime
    attempt = context.ledger.jobs.attempt(job, lease.n)
    if attempt is None:
        return None
    if _is_over(attempt.deadline, context.lease_now):
        why = "fell silent"
    elif _is_over(attempt.progress_deadline, context.lease_now):
        seconds = experiment.limits.progress_timeout or 0
        why = f"was alive, but reported nothing for {seconds:.15g} seconds"
    else:
        return None  # it was heard of in the meantime
    outcome = expire(
        job,
        hashlib.sha256(f"expire {lease.n}".encode()).digest(),
        circumstances(context, experiment),
        why=why,
        is_awaited=scheduler_of(experiment.definition).uses_history,
    )
    return store(context, experiment, outcome)


def _is_over(deadline: int | None, lease_now: int) -> bool:
    return deadline is not None and deadline < lease_now


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in the database at a lease time.

    Attributes:
        silent: How many leases are half over, or were prolonged; only looked at if some are out.
    """

    time: int
    live: int
    expired: list[Expired]
    silent: int

    @property
    def is_deaf(self) -> bool:
        """Whether so many are silent that it is likelier that nobody can be heard."""
        return self.silent >= _MANY and 2 * self.silent > self.live


def _look(ledger: Ledger, target: int) -> _Seen:
    now = ledger.leases.advance(target)
    expired = ledger.leases.expired(now)
    live, held = ledger.leases.count()
    silent = ledger.leases.silent(now) if expired or held else 0
    return _Seen(now, live, expired, silent)


def _prolong(ledger: Ledger, leases: list[Expired], lease_now: int) -> None:
    for lease in leases:
        experiment = ledger.experiments.find(lease.account_key, lease.experiment)
        if experiment is not None:
            ttl = experiment.limits.lease_ttl
            ledger.leases.hold(lease, lease_deadline(lease_now, ttl))


def _the_server(account_key: int) -> Caller:
    return Caller(
        account_key=account_key,
        email="",
        scope=Scope.ADMIN,
        credential_id="",
        actor="the server",
        request_id=None,
    )
