"""Notes which rare branches the server takes, and when it hears of workers, and gives them up."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from schedy_server.model import transitions
from schedy_server.model.transitions import Refused, Replayed, Step
from schedy_server.service import claims, jobs, reaper, workers
from schedy_server.service.reservations import Reservations
from schedy_server.storage.jobs import Jobs
from schedy_server.storage.leases import Beat
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


@contextmanager
def watched(world: World) -> Iterator[None]:
    """Watch the server of a run."""
    seen = world.book.seen
    signs: dict[tuple[int, int], tuple[float, float]] = {}
    heard_of: dict[tuple[int, int], tuple[float, int]] = {}

    def sign(number: int, n: int, allowed: float) -> None:
        signs[number, n] = world.house.up_time(), allowed

    with ExitStack() as stack:

        def around(owner: Any, name: str, note: Callable[..., None]) -> None:
            function = getattr(owner, name)

            @wraps(function)
            def noted(*arguments: Any, **keywords: Any) -> Any:
                outcome = function(*arguments, **keywords)
                note(outcome, *arguments, **keywords)
                return outcome

            stack.enter_context(patch.object(owner, name, noted))

        def judged(outcome: Any, job: Any, change: Any, *rest: Any) -> None:
            branch = _branch(outcome, change)
            seen[branch] += 1
            if branch.startswith("replay"):
                replayed()

        def replayed() -> None:
            seen["commit unknown, found applied"] += world.house.in_doubt
            world.house.in_doubt = False

        def claimed_before(*_: Any) -> None:
            seen["replay of a claim"] += 1
            replayed()

        def heard(outcome: claims.Heard, *_: Any, **__: Any) -> None:
            seen[f"told {outcome.directive.value}"] += 1
            if outcome.beat is not None:
                # With a crash, the latest of these are lost, and so is the lease time since.
                beat = outcome.beat
                heard_of[beat.number, beat.n] = world.house.up_time(), len(world.house.starts)

        def written(_: Any, __: Any, beats: list[Beat]) -> None:
            for beat in beats:
                at, server = heard_of.get((beat.number, beat.n), (0.0, 0))
                if server == len(world.house.starts):
                    known = signs.get((beat.number, beat.n), (0.0, 0.0))
                    signs[beat.number, beat.n] = max(at, known[0]), world.rules.ttl

        def applied(_: Any, __: Any, outcome: Step, *rest: Any) -> None:
            if outcome.started is not None:
                legacy = outcome.started.claim_id is None
                allowed = world.rules.limits["legacy_requeue_after"] if legacy else world.rules.ttl
                sign(outcome.job.number, outcome.started.n, allowed or 0.0)

        def told(_: Any, __: Any, ___: Any, before: Any, after: Any) -> None:
            known = signs.get((after.number, after.attempt))
            if known is not None and after.status == "RUNNING":
                sign(after.number, after.attempt, known[1])

        def taken(outcome: Any, _: Any, __: Any, lease: Any) -> None:
            if outcome is None:
                return
            seen["lease expired"] += 1
            at, allowed = signs[lease.number, lease.n]
            silent = world.house.up_time() - at
            if silent < allowed - _ROUNDING:
                what = f"attempt {lease.n} was given up after {silent:.3f} s of {allowed:g}"
                world.book.object("false death", str(lease.number), what)

        around(transitions, "_judge_stale", judged)
        around(claims, "_claimed_before", claimed_before)
        around(claims, "heartbeat", heard)
        around(reaper, "write_beats", written)
        around(Jobs, "apply", applied)
        around(jobs, "note_worker", told)
        around(reaper, "_take_one", taken)
        around(reaper, "_prolong", lambda *_: seen.update(["breaker held"]))
        around(workers, "_quarantine", lambda *_: seen.update(["worker quarantined"]))
        stack.enter_context(patch.object(Reservations, "first_free", _first_free(seen)))
        yield


def _first_free(seen: Any) -> Callable[..., int | None]:
    first_free = Reservations.first_free

    def noted(self: Reservations, key: int, numbers: Any, now: Any) -> int | None:
        before = dict(self._until)
        number = first_free(self, key, numbers, now)
        if number is not None and (key, number) in before:
            seen["reservation expired, job offered again"] += 1
        return number

    return noted


def _branch(outcome: Step | Replayed | Refused, change: transitions.Change) -> str:
    if isinstance(outcome, Replayed):
        if change.status.is_final:
            return "replay of an end"
        return "replay of a claim" if change.results in {None, "{}"} else "replay of a report"
    if isinstance(outcome, Step):
        return "end continues own write" if outcome.adopted is None else "late result adopted"
    return "late result kept" if change.status.is_final else "race for a job lost"
