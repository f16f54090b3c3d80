"""Whatever workers, operators and bad luck do, in whatever order: both databases tell the same."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from schedy_server.model.errors import ServiceError
from schedy_server.model.jobs import Status
from schedy_server.model.transitions import Refused
from schedy_server.service import claims, experiments, jobs, steering
from schedy_server.service.beats import Beats
from schedy_server.service.jobs import Handed
from schedy_server.service.repeats import Key
from schedy_server.service.reservations import Reservations
from schedy_server.storage.opening import open_storage
from tests.databases import fresh_database, shared_server
from tests.server.desk import NAME, Desk, wish
from tests.server.service.shift import Shift

TTL = 30
Op = Callable[["Side"], Any]
ENDS = st.sampled_from([Status.DONE, Status.DONE, Status.CRASHED, Status.PRUNED])
RESULTS = st.one_of(st.none(), st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=2))


@dataclass
class Side:
    """A server on one of the databases, and the jobs that it handed out, in order."""

    shift: Shift
    handed: list[Handed]

    def took(self, handed: Handed) -> str:
        """Remember a job that was handed out, and tell of it what both have to tell alike."""
        self.handed.append(handed)
        job = handed.job
        return f"{job.number} {job.status} {handed.tag.version} {job.attempt} {handed.was_late}"


@cache
def _shifts() -> tuple[Shift, ...]:
    stack = ExitStack()
    folder = mkdtemp(prefix="schedy-differential-")
    urls = [f"sqlite:///{Path(folder)}/schedy.db", stack.enter_context(_postgres())]
    return tuple(Shift(Desk(stack.enter_context(open_storage(url)))) for url in urls)


def _postgres() -> Any:
    return fresh_database(shared_server())


class BothDatabases(RuleBasedStateMachine):
    """Does everything twice."""

    held = Bundle("held")  # positions of jobs that were handed out
    sent = Bundle("sent")  # requests that may arrive again
    late = Bundle("late")  # requests that are on their way

    examples = 0

    def __init__(self) -> None:
        super().__init__()
        BothDatabases.examples += 1
        self.sides = [Side(shift, []) for shift in _shifts()]
        self.keys = 0
        for side in self.sides:
            side.shift.beats = Beats()
            side.shift.sleep(7200)
            side.shift.desk.experiment()
            side.shift.limits(lease_ttl=TTL, max_lost=2, crash_retries=1, max_preempted=2)

    def teardown(self) -> None:
        for side in self.sides:
            side.shift.do(experiments.delete, NAME, must_exist=True)

    def both(self, op: Op) -> Any:
        """Do something on both sides, and return what both tell of it."""
        ours, theirs = (_told(op, side) for side in self.sides)
        assert ours == theirs
        return ours

    @rule()
    def add(self) -> None:
        self.both(lambda side: side.shift.desk.add().job.number)

    @rule(target=held, worker=st.sampled_from("abc"))
    def claim(self, worker: str) -> int:
        name = f"{worker}{self.examples}"

        def op(side: Side) -> Any:
            handed = side.shift.try_claim(name)
            return None if handed is None else side.took(handed)

        self.both(op)
        return len(self.sides[0].handed) - 1

    @rule(target=held, results=RESULTS)
    def look_and_start(self, results: Any) -> int:
        def op(side: Side) -> Any:
            looked = side.shift.do(claims.look_for_next, NAME, Reservations())
            if looked is None:
                return None
            wanted = wish(Status.RUNNING, results=results)
            return _took(side, _put_job(side, looked, wanted))

        self.both(op)
        return len(self.sides[0].handed) - 1

    @rule(target=sent, at=held, results=RESULTS)
    def report(self, at: int, results: Any) -> Op:
        return self._send(_ending(at, Status.RUNNING, results=results))

    @rule(target=sent, at=held, status=ENDS, results=RESULTS)
    def finish(self, at: int, status: Status, results: Any) -> Op:
        return self._send(_ending(at, status, results=results))

    @rule(target=sent, at=held)
    def release(self, at: int) -> Op:
        return self._send(_ending(at, Status.QUEUED, preempts=True, resume='{"epoch": 1}'))

    @rule(target=sent, at=held, status=ENDS, results=RESULTS)
    def put_as_old_client(self, at: int, status: Status, results: Any) -> Op:
        return self._send(_put(at, wish(status, results=results)))

    @rule(target=late, at=held, status=ENDS, results=RESULTS)
    def delay(self, at: int, status: Status, results: Any) -> Op:
        return _ending(at, status, results=results)

    @rule(op=consumes(late))
    def arrive(self, op: Op) -> None:
        self.both(op)

    @rule(op=sent)
    def arrive_again(self, op: Op) -> None:
        self.both(op)

    @rule(at=held)
    def beat(self, at: int) -> None:
        self.both(lambda side: at < 0 or side.shift.beat(side.handed[at]))

    @rule(seconds=st.sampled_from([1, 10, TTL + 5, 3 * TTL]))
    def advance_clock(self, seconds: float) -> None:
        self.both(lambda side: repr(side.shift.pass_time(seconds)))

    @rule(seconds=st.sampled_from([0, 5 * TTL]))
    def restart(self, seconds: float) -> None:
        for side in self.sides:
            side.shift.beats = Beats()
            side.shift.sleep(seconds)
            side.shift.start_server()
            asyncio.run(side.shift.reaper.welcome())

    @rule(target=sent, at=held, how=st.sampled_from(["requeue", "cancel", "void"]))
    def steer(self, at: int, how: str) -> Op:
        self.keys += 1
        key = Key(f"{self.examples} {self.keys}", b"d")

        def op(side: Side) -> Any:
            if at < 0:
                return None
            steered = partial(getattr(steering, how), reason="so", key=key)
            return _took(side, side.shift.do(steered, NAME, side.handed[at].job.id))

        return self._send(op)

    @rule(at=held)
    def delete(self, at: int) -> None:
        def op(side: Side) -> Any:
            if at >= 0:
                side.shift.do(jobs.delete, NAME, side.handed[at].job.id, must_exist=False)

        self.both(op)

    @invariant()
    def both_tell_the_same(self) -> None:
        self.both(lambda side: repr(_books(side.shift)))

    @invariant()
    def nobody_has_a_job_twice(self) -> None:
        for side in self.sides:
            for job, states in _attempts(side.shift).items():
                assert sum(state.startswith("RUNNING") for state in states) <= 1, job

    def _send(self, op: Op) -> Op:
        self.both(op)
        return op


def _ending(at: int, status: Status, **content: Any) -> Op:
    def op(side: Side) -> Any:
        return _took(side, side.shift.end(side.handed[at], status, **content)) if at >= 0 else None

    return op


def _put(at: int, wanted: jobs.Wish) -> Op:
    def op(side: Side) -> Any:
        if at < 0:
            return None
        return _took(side, _put_job(side, side.handed[at], wanted))

    return op


def _put_job(side: Side, handed: Handed, wanted: jobs.Wish) -> Handed | Refused:
    return side.shift.do(jobs.put, NAME, handed.job.id, wanted, condition=[handed.tag])


def _took(side: Side, outcome: Handed | Refused) -> str:
    # What was handed out to a worker stays in its place: later requests are made with that tag.
    if isinstance(outcome, Refused):
        return "refused"
    if outcome.job.lease_id is not None:
        return side.took(outcome)
    return f"{outcome.job.number} {outcome.job.status} {outcome.tag.version}"


def _told(op: Op, side: Side) -> Any:
    try:
        return op(side)
    except ServiceError as error:
        return type(error).__name__


def _books(shift: Shift) -> list[Any]:
    experiment = shift.do(experiments.get, NAME)
    found = shift.desk.look(lambda ledger: ledger.jobs.page(experiment.key, limit=1000))
    told: list[Any] = [experiment.counts, experiment.revision, _attempts(shift)]
    for job in found:
        budgets = (job.lost, job.preempted, job.crashed, job.place, job.resume)
        now = (job.number, job.status, job.version, job.attempt, job.results, job.revision)
        told.append((now, budgets, job.modified, job.worker, job.reason))
    return told


def _attempts(shift: Shift) -> dict[int, list[str]]:
    key = shift.do(experiments.get, NAME).key

    def work(ledger: Any) -> dict[int, list[str]]:
        return {
            job.number: [f"{each.state} {each.late}" for each in ledger.jobs.attempts(job)]
            for job in ledger.jobs.page(key, limit=1000)
        }

    return shift.desk.look(work)


TestBothDatabases = pytest.mark.postgres(pytest.mark.slow(BothDatabases.TestCase))
_IS_LONG = settings().max_examples >= 5_000  # the profile `thorough`: an hour
TestBothDatabases.settings = settings(
    max_examples=5_000 if _IS_LONG else 20,
    stateful_step_count=60 if _IS_LONG else 30,
    suppress_health_check=[HealthCheck.too_slow],
)
