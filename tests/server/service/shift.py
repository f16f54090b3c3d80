"""A desk with workers at it: they claim, give signs of life, fall silent, end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from schedy_server.model.jobs import Attempt, Job, Status
from schedy_server.model.transitions import Refused
from schedy_server.service import claims, experiments, jobs
from schedy_server.service.beats import Beats
from schedy_server.service.claims import Directive
from schedy_server.service.context import Context
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from schedy_server.service.lease_time import LeaseTime, read_lease_time
from schedy_server.service.reaper import Reaper, Tick
from tests.server.desk import NAME, Desk, wish

P = ParamSpec("P")
T = TypeVar("T")

TTL = 900


@dataclass
class Shift:
    """What happens at a desk over time."""

    desk: Desk
    is_heard: bool = True
    beats: Beats = field(default_factory=Beats)
    lease_time: LeaseTime = field(init=False)
    reaper: Reaper = field(init=False)
    _seconds: float = 0.0

    def __post_init__(self) -> None:
        self.start_server()

    def start_server(self) -> None:
        """Start a server, which knows of the past what the database knows."""
        self.lease_time = LeaseTime(lambda: self._seconds)
        self.lease_time.learn(self.desk.look(read_lease_time))
        self.reaper = Reaper(
            self.desk.storage,
            self.lease_time,
            self.beats,
            clock=lambda: self.desk.now,
            pause=5.0,
            can_be_heard=self._can_be_heard,
        )

    def limits(self, **limits: Any) -> None:
        """Change limits of the experiment."""
        self.do(experiments.patch, NAME, Alteration(limits=limits))

    def claim(self, worker: str = "w", **asked: Any) -> Handed:
        """Claim a job that has to be there."""
        handed = self.try_claim(worker, **asked)
        assert handed is not None
        return handed

    def try_claim(self, worker: str = "w", **asked: Any) -> Handed | None:
        """Claim a job if there is one."""
        self.desk.claimed += 1
        claim_id = f"shift-{self.desk.claimed}"
        return self.do(claims.claim, NAME, claim_id=claim_id, worker=worker, **asked).handed

    def beat(self, handed: Handed, resume: str | None = None) -> Directive:
        """Give a sign of life, as a worker does."""
        heard = self.do(
            claims.heartbeat,
            NAME,
            handed.job.id,
            lease_id=handed.job.lease_id or "",
            resume=resume,
        )
        if heard.beat is not None:
            self.beats.note(heard.beat)
        return heard.directive

    def end(self, handed: Handed, status: Status = Status.DONE, **content: Any) -> Handed | Refused:
        """Report the end of a job, or what is known so far, as its worker does."""
        more = {name: content.pop(name) for name in ("resume", "preempts") if name in content}
        wanted = wish(status, **content)
        for name, value in more.items():
            object.__setattr__(wanted, name, value)
        return self.do(
            claims.progress,
            NAME,
            handed.job.id,
            wanted,
            lease_id=handed.job.lease_id or "",
            condition=[handed.tag],
        )

    def pass_time(self, seconds: float, *, every: float = 5.0) -> Tick:
        """Let time pass while the server is up and looks at its leases, and sum up what it saw."""
        lost = held = live = 0
        while seconds > 0:
            self.sleep(min(every, seconds))
            seconds -= every
            tick = asyncio.run(self.reaper.tick())
            live, lost, held = tick.live, lost + tick.lost, held + tick.held
        return Tick(live, lost, held)

    def sleep(self, seconds: float) -> None:
        """Let time pass while the server does nothing."""
        self._seconds += seconds
        self.desk.advance(seconds=seconds)

    def job(self, handed: Handed) -> Job:
        """Return a job as it is now."""
        return self.do(jobs.get, NAME, handed.job.id).job

    def attempts(self, handed: Handed) -> list[Attempt]:
        """Return the attempts at a job."""
        return self.desk.look(lambda ledger: ledger.jobs.attempts(handed.job))

    def do(
        self, function: Callable[Concatenate[Context, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a service function as Ana, with the lease time that the server knows."""
        return self.desk.storage.write_now(
            lambda ledger: function(
                Context(ledger, self.desk.ana, self.desk.now, self.lease_time.now(ledger)),
                *args,
                **kwargs,
            )
        )

    async def _can_be_heard(self) -> bool:
        return self.is_heard
