"""Notes which rare branches the server takes, and when it hears of workers, and gives them up."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from unittest.mock import patch

from schedy_server.model import transitions
from schedy_server.model.transitions import Refused, Replayed, Step
from schedy_server.service import claims, jobs, reaper, workers
from schedy_server.service.reservations import Reservations
from schedy_server.storage.jobs import Jobs
from tests.simulation.world import World

RARE = (
    "replay of a claim",
    "replay of a report",
    "replay of an end",
    "end continues own write",
    "race for a job lost",
    "lease expired",
    "late result adopted",
    "late result kept",
    "commit unknown, found applied",
    "reservation expired, job offered again",
    "breaker held",
    "told superseded",
    "told stop",
    "worker quarantined",
    "tag of before a restart accepted",
)
_ROUNDING = 0.001  # seconds


@dataclass
class Watch:
    """Notes what the server of a run does.

    Attributes:
        signs: When each attempt was last heard of, in service-up time, and how long it may be
            silent from then on.
        unwritten: The same of signs of life that a crash would make undone, and which server got
            them; the lease time since would be undone as well.
    """

    world: World
    signs: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    unwritten: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)

    def see(self, branch: str) -> None:
        """Count a rare branch."""
        self.world.book.seen[branch] += 1

    def judged(self, outcome: Any, job: Any, change: Any, *_: Any) -> None:
        """Note how a request with an old tag was judged."""
        branch = _branch(outcome, change)
        self.see(branch)
        if branch.startswith("replay"):
            self._replayed()

    def claimed_before(self, *_: Any) -> None:
        """Note that a claim was repeated."""
        self.see("replay of a claim")
        self._replayed()

    def heard(self, outcome: claims.Heard, *_: Any, **__: Any) -> None:
        """Note a sign of life, and the answer to it."""
        self.see(f"told {outcome.directive.value}")
        if outcome.beat is not None:
            attempt = outcome.beat.number, outcome.beat.n
            self.unwritten[attempt] = self.world.house.up_time(), len(self.world.house.starts)

    def written(self, on_their_way: Mapping[tuple[int, int], tuple[float, int]]) -> None:
        """Note that signs of life last from now on: they were committed."""
        for attempt, (at, server) in on_their_way.items():
            if server == len(self.world.house.starts):
                earlier, _ = self.signs.get(attempt, (0.0, 0.0))
                self.signs[attempt] = max(at, earlier), self.world.rules.ttl

    def applied(self, _: Any, __: Any, outcome: Step, *___: Any) -> None:
        """Note the start of an attempt."""
        if outcome.started is not None:
            is_old = outcome.started.claim_id is None
            rules = self.world.rules
            allowed = rules.limits["legacy_requeue_after"] if is_old else rules.ttl
            attempt = outcome.job.number, outcome.started.n
            self.signs[attempt] = self.world.house.up_time(), allowed or 0.0

    def told(self, _: Any, __: Any, ___: Any, ____: Any, after: Any) -> None:
        """Note that a report is a sign of life."""
        known = self.signs.get((after.number, after.attempt))
        if known is not None and after.status == "RUNNING":
            self.signs[after.number, after.attempt] = self.world.house.up_time(), known[1]

    def taken(self, outcome: Any, _: Any, __: Any, lease: Any) -> None:
        """Object if a worker was given up too early."""
        if outcome is None:
            return
        self.see("lease expired")
        at, allowed = self.signs[lease.number, lease.n]
        silent = self.world.house.up_time() - at
        if silent < allowed - _ROUNDING:
            what = f"attempt {lease.n} was given up after {silent:.3f} s of {allowed:g}"
            self.world.book.object("false death", str(lease.number), what)

    def _replayed(self) -> None:
        self.world.book.seen["commit unknown, found applied"] += self.world.house.in_doubt
        self.world.house.in_doubt = False


@contextmanager
def watched(world: World) -> Iterator[None]:
    """Watch the server of a run."""
    watch = Watch(world)
    notes: list[tuple[Any, str, Callable[..., None]]] = [
        (transitions, "_judge_stale", watch.judged),
        (claims, "_claimed_before", watch.claimed_before),
        (claims, "heartbeat", watch.heard),
        (Jobs, "apply", watch.applied),
        (jobs, "note_worker", watch.told),
        (reaper, "_take_one", watch.taken),
        (reaper, "_prolong", lambda *_: watch.see("breaker held")),
        (workers, "_quarantine", lambda *_: watch.see("worker quarantined")),
    ]
    with ExitStack() as stack:
        for owner, name, note in notes:
            noted = _noted(getattr(owner, name), note)
            stack.enter_context(patch.object(owner, name, noted))
        first_free = _first_free(world.book.seen)
        stack.enter_context(patch.object(Reservations, "first_free", first_free))
        stack.enter_context(patch.object(reaper.Reaper, "_write_beats", _write_beats(watch)))
        yield


def _noted(function: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @wraps(function)
    def noted(*arguments: Any, **keywords: Any) -> Any:
        outcome = function(*arguments, **keywords)
        note(outcome, *arguments, **keywords)
        return outcome

    return noted


def _first_free(seen: Any) -> Callable[..., int | None]:
    first_free = Reservations.first_free

    def noted(self: Reservations, key: int, numbers: Any, now: Any) -> int | None:
        before = dict(self._until)
        number = first_free(self, key, numbers, now)
        if number is not None and (key, number) in before:
            seen["reservation expired, job offered again"] += 1
        return number

    return noted


def _write_beats(watch: Watch) -> Callable[[reaper.Reaper], Awaitable[None]]:
    write_beats = reaper.Reaper._write_beats

    async def noted(self: reaper.Reaper) -> None:
        attempts = [(number, n) for _, number, n in self._beats._latest]
        on_their_way = {attempt: watch.unwritten[attempt] for attempt in attempts}
        await write_beats(self)  # in a crash, this does not return
        watch.written(on_their_way)

    return noted


def _branch(outcome: Step | Replayed | Refused, change: transitions.Change) -> str:
    if isinstance(outcome, Replayed):
        if change.status.is_final:
            return "replay of an end"
        return "replay of a claim" if change.results in {None, "{}"} else "replay of a report"
    if isinstance(outcome, Step):
        return "end continues own write" if outcome.adopted is None else "late result adopted"
    return "late result kept" if change.status.is_final else "race for a job lost"
