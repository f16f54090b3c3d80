"""A12: clocks jump, and servers stand still; neither makes a living worker dead."""

import math
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.compatibility.lossy_network import Fault, LossyNetwork
from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import Fleet, fleet
from tests.faults.history import Call
from tests.faults.plan import Plan, Report, end_at_once, experiment_on, judge, timed
from tests.faults.service import Service
from tests.faults.silence import BEAT, TTL, Scene, kill, staged
from tests.faults.stored import Stored
from tests.waiting import wait_until

_LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")
_TELLING = 2  # signs of life between which there is a silence
_JUMPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]


def lacks() -> str | None:
    """Return why no clock can be changed here, or None."""
    return None if _library() else "there is no libfaketime here (Debian: faketime)"


def downtimes(plan: Plan) -> Report:
    """Let the server be down for much longer than a lease, while workers work on."""
    report = Report("A12", "server down", plan)
    times = 10 if plan.scale >= 1 else 2
    down: list[tuple[int, int]] = []
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        names = _hire(scene, plan.times(16, least=5))
        for _ in range(plan.times(5)):
            wait_until(lambda: all(scene.held_by(name) for name in names), seconds=600)
            scene.service.kill()
            since = time.monotonic_ns()
            time.sleep(times * TTL)
            scene.service.start()
            down.append((since, scene.service.started[-1]))
            report.injected[f"down for {times} leases"] += 1
            time.sleep(1.5 * TTL)
        _end(report, scene, names, down)
    return report


def jumps(plan: Plan) -> Report:
    """Let the server's clock jump to and fro."""
    report = Report("A12", "server's clock jumps", plan)
    offset = plan.folder / "offset"
    _set(offset, timedelta())
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan, environment=faked(offset))
        # Few, and patient: libfaketime makes a program of several threads stall now and then.
        names = _hire(scene, plan.times(6, least=4))
        wait_until(lambda: len(_busy(scene, names)) * 2 >= len(names), seconds=60)
        for jump in _JUMPS * 3 if plan.scale >= 1 else _JUMPS[2:]:
            _set(offset, jump)
            report.injected[f"jump by {jump.total_seconds() / 3600:+g} h"] += 1
            time.sleep(1.1 * TTL)
        _end(report, scene, names)
    return report


def deafness(plan: Plan) -> Report:
    """Lose the signs of life of everybody for longer than a lease: that can't be the workers."""
    report = Report("A12", "no sign of life arrives", plan)
    cut = threading.Event()

    def decide(request: bytes) -> Fault | None:
        return Fault.REQUEST_LOST if cut.is_set() and b"/heartbeat/ " in request else None

    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        network = stack.enter_context(LossyNetwork(scene.service.root, decide))
        scene.workers.config = {**scene.service.client, "root": network.root}
        # Whoever has just claimed a job was heard: so many that they are never half of all.
        names = _hire(scene, 16, train=(2 * TTL, 8 * TTL))
        for _ in range(plan.times(10)):
            wait_until(lambda: all(scene.held_by(name) for name in names), seconds=600)
            since = time.monotonic_ns()
            cut.set()
            time.sleep(1.5 * TTL)
            cut.clear()
            report.injected["signs of life lost"] += 1
            # Until a beat that was not lost has surely arrived.
            time.sleep(TTL / 2)
            report.reached["seconds deaf"] = round((time.monotonic_ns() - since) / 1e9, 1)
        if lost := scene.count("LOST"):
            what = f"{lost} workers were given up although nobody was heard"
            report.violations.append(Violation("stuck", "?", what))
        end_at_once(scene.workers, report)
        judge(report, scene.service, scene.workers.history(), leave=Leave(unfinished=True))
        if not report.seen["breaker held"]:
            report.violations.append(Violation("stuck", "?", "the breaker never held"))
    return report


def summer_ends(plan: Plan) -> Report:
    """Let an old client live through the hour that comes twice, and another be 20 hours late."""
    report = Report("A12", "end of summer time, old client", plan)
    together, late = plan.folder / "together", plan.folder / "late"
    evening = datetime(2026, 10, 24, 23, 50, tzinfo=UTC) - datetime.now(UTC)
    _set(together, evening)
    _set(late, evening - timedelta(hours=20))
    paris = {"TZ": "Europe/Paris"}
    with timed(report), ExitStack() as stack:
        service = stack.enter_context(Service(plan.folder / "server", environment=faked(together)))
        service.start()
        experiment_on(service)
        workers = stack.enter_context(
            fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
        )
        for name, clock in {"paris": together, "late": late}.items():
            workers.hire(
                name, old=True, environment={**faked(clock), **paris}, train=(0.1, 0.2), reports=1
            )
        workers.hire("adder", add=1_000_000, train=(0.0, 0.1))
        for minutes in range(0, 150, 10 if plan.scale >= 1 else 30):
            now = evening + timedelta(minutes=minutes)
            _set(together, now)
            _set(late, now - timedelta(hours=20))
            report.injected["clock put forward"] += 1
            _wait_for_ends(workers, ("paris", "late"))
        end_at_once(workers, report)
        calls = workers.history()
        judge(report, service, calls, leave=Leave(unfinished=True))
        report.violations += [
            Violation("lost", call.job or "?", f"{call.op} of {call.process}: {call.why}")
            for call in calls
            if not call.acked and call.why != "nothing"
        ]
    return report


def _wait_for_ends(workers: Fleet, names: Sequence[str]) -> None:
    """Return when each of these workers has ended two more jobs."""

    def ends() -> Counter[str]:
        return Counter(it.process for it in workers.history() if it.acked and it.is_final)

    before = ends()
    wait_until(lambda: all(ends()[name] >= before[name] + 2 for name in names), seconds=60)


def faked(offset: Path) -> Mapping[str, str]:
    """Return the environment of a process whose wall clock is off by what stands in a file."""
    return {
        "LD_PRELOAD": _library() or "",
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",  # without it, each look at the clock reads the file
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def _library() -> str | None:
    found = [path for each in _LIBRARIES for path in Path("/").glob(each.lstrip("/"))]
    return str(found[0]) if found else None


def _set(offset: Path, by: timedelta) -> None:
    # Never half a line: it is read all the time.
    new = offset.with_suffix(".new")
    new.write_text(f"{by.total_seconds():+.0f}\n")
    new.rename(offset)


def _hire(scene: Scene, count: int, *, train: tuple[float, float] = (0.5, 2.5)) -> list[str]:
    names = [f"w{number}" for number in range(count)]
    for name in names:
        scene.workers.hire(name, train=train, reports=0, beat=BEAT)
    scene.workers.hire("adder", add=1_000_000, train=(0.0, 0.3))
    return names


def _busy(scene: Scene, names: Sequence[str]) -> list[str]:
    return [name for name in names if scene.held_by(name) is not None]


def _end(
    report: Report, scene: Scene, names: list[str], down: Sequence[tuple[int, int]] = ()
) -> None:
    """See that nobody was declared dead who lived, and that the dead still are."""
    report.violations += false_deaths(scene.workers.history(), scene.stored(), down)
    wait_until(lambda: bool(_busy(scene, names)), seconds=60)
    delay = max(kill(scene, _busy(scene, names)[:1], report), default=0.0)
    report.reached["s until a true death was found"] = round(delay, 1)
    report.injected["worker killed"] += 1
    end_at_once(scene.workers, report)
    judge(report, scene.service, scene.workers.history(), leave=Leave(unfinished=True))


def false_deaths(
    calls: Sequence[Call], stored: Stored, down: Sequence[tuple[int, int]] = ()
) -> list[Violation]:
    """Find attempts that were given up although their workers never kept silent for a lease.

    A busy machine may make a worker silent that means no harm; that is no fault of the server.

    Args:
        down: From when until when there was no server to hear anybody.
    """
    signs: dict[tuple[str | None, int | None], list[Call]] = {}
    for call in calls:
        if call.acked and call.op in {"claim", "heartbeat"}:
            signs.setdefault((call.job, call.attempt), []).append(call)
    return [
        Violation("stuck", job.id, f"{attempt.worker} lived, and lost attempt {attempt.n}")
        for job in stored.jobs.values()
        for attempt in job.attempts
        if attempt.state == "LOST"
        and _longest_silence(signs.get((job.id, attempt.n), []), down) <= TTL
    ]


def _longest_silence(signs: Sequence[Call], down: Sequence[tuple[int, int]]) -> float:
    """Return for how many seconds, at most, the server may have heard nothing."""
    if len(signs) < _TELLING:
        return math.inf
    gaps = [(one.invoked, two.ended or 0) for one, two in pairwise(signs)]
    return max(
        (to - since - sum(max(0, min(to, end) - max(since, begin)) for begin, end in down)) / 1e9
        for since, to in gaps
    )
