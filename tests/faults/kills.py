"""A05: the server is killed, at any moment and at the worst ones, while workers go on."""

import time
from contextlib import ExitStack

from tests.faults.checkers import Leave
from tests.faults.fleet import Fleet, fleet
from tests.faults.launcher import Orders
from tests.faults.plan import (
    Plan,
    Report,
    database_of,
    end_in_peace,
    experiment_on,
    judge,
    timed,
)
from tests.faults.service import Service
from tests.waiting import wait_until

_POINTS = ("before_commit", "after_commit", "mid_response")


def kills(plan: Plan, *, held: bool) -> Report:
    """Kill the server again and again.

    Args:
        held: Whether its listening socket lives on, so that clients wait instead of failing.
    """
    how = "socket held" if held else "socket gone"
    report = Report("A05", f"kill -9, {how}", plan)
    dice = plan.dice(how)
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan, held=held)
        for _ in range(plan.times(50, least=2)):
            time.sleep(dice.expovariate(1 / 1.5))
            service.kill()
            service.start()
            report.injected["kill -9"] += 1
        end_in_peace(workers, report)
        judge(report, service, workers.history(), leave=Leave(duplicates=True))
    return report


def failpoints(plan: Plan) -> Report:
    """Kill the server just before commits, just after them, and in the middle of answers."""
    report = Report("A05", "failpoints", plan)
    dice = plan.dice()
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan, held=True)
        for number in range(plan.times(75, least=len(_POINTS))):
            service.kill()
            point = _POINTS[number % len(_POINTS)]
            service.start(Orders(point, at=dice.randint(3, 40)), wait=False)
            wait_until(lambda: service.is_dead, seconds=40)
            service.started.append(time.monotonic_ns())
            report.injected[point] += 1
        service.start()
        end_in_peace(workers, report)
        judge(report, service, workers.history(), leave=Leave(duplicates=True))
    return report


def _staffed(stack: ExitStack, plan: Plan, *, held: bool) -> tuple[Service, Fleet]:
    """Start a server, and workers of both kinds; jobs are added all the while."""
    url = stack.enter_context(database_of(plan))
    service = stack.enter_context(Service(plan.folder / "server", url, held=held))
    service.start()
    experiment_on(service)
    workers = stack.enter_context(
        fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
    )
    for number in range(plan.times(16, least=6)):
        workers.hire(f"w{number}", old=number % 2 == 1, train=(0.01, 0.3), reports=1)
    workers.hire("adder", add=1_000_000, train=(0.0, 0.1))
    workers.hire("old-adder", old=True, add=1_000_000, train=(0.0, 0.2))
    return service, workers
