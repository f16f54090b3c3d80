"""A07: the disk has no room for a while, or fails for good, while workers go on."""

import os
import time
from contextlib import ExitStack

from tests.faults.checkers import Violation
from tests.faults.fleet import fleet
from tests.faults.plan import Plan, Report, end_in_peace, experiment_on, judge, timed
from tests.faults.service import Service
from tests.waiting import wait_until

_BROKEN = 70  # os.EX_SOFTWARE: what the server exits with when it can't trust its disk any more


def disk_errors(plan: Plan) -> Report:
    """Let the n-th sync fail, and every one after it, for many n."""
    report = Report("A07", "I/O errors (EIO)", plan)
    _played(report, [f"fdatasync:error=EIO:when={n}+" for n in _moments(plan, 50)], ends=True)
    return report


def full_disks(plan: Plan) -> Report:
    """Let no write succeed for a while, from the n-th on, for many n."""
    report = Report("A07", "no room (ENOSPC)", plan)
    faults = [f"pwrite64:error=ENOSPC:when={5 * n}..{5 * n + 40}" for n in _moments(plan, 10)]
    _played(report, faults, ends=False)
    return report


def _moments(plan: Plan, whole: int) -> list[int]:
    dice = plan.dice("moments")
    return [dice.randint(4, 60) for _ in range(plan.times(whole, least=2))]


def _played(report: Report, faults: list[str], *, ends: bool) -> None:
    plan = report.plan
    with timed(report), ExitStack() as stack:
        service = stack.enter_context(Service(plan.folder / "server", held=True))
        service.start()
        experiment_on(service)
        workers = stack.enter_context(
            fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
        )
        for number in range(plan.times(12, least=4)):
            workers.hire(f"w{number}", old=number % 2 == 1, train=(0.0, 0.2))
        workers.hire("adder", add=1_000_000, train=(0.0, 0.1))
        for fault in faults:
            service.kill()
            service.wrapper = _injecting(service, fault)
            service.start(wait=False)
            _suffer(service, report, ends=ends)
            report.injected[fault.split(":")[1]] += 1
        service.kill()
        service.wrapper = ()
        service.start()
        end_in_peace(workers, report)
        judge(report, service, workers.history())


def _suffer(service: Service, report: Report, *, ends: bool) -> None:
    """Wait until the fault has come: the server gives up, or is well again."""
    if not ends:
        # It is a matter of a few writes; that it went by shows in that all goes on.
        wait_until(service.is_ready, seconds=60)
        time.sleep(0.5)
        wait_until(service.is_ready, seconds=60)
        return
    wait_until(lambda: service.is_dead, seconds=60)
    code = None if service.process is None else service.process.returncode
    # strace ends as what it traced did.
    if code not in {_BROKEN, 1}:  # 1 if that was before it served
        report.violations.append(Violation("stuck", "?", f"after EIO it exits with {code}"))


def _injecting(service: Service, fault: str) -> tuple[str, ...]:
    call = fault.split(":", maxsplit=1)[0]
    data = service.folder / "data"
    files = [data / "schedy.db", data / "schedy.db-wal"]
    return (
        *("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={fault}"),
        *(part for file in files for part in ("-P", str(file))),
    )
