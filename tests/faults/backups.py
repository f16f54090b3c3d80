"""A22: backups are made while the server writes, and an old one is restored under live workers."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.faults import checkers
from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import Fleet, fleet
from tests.faults.history import Call
from tests.faults.plan import Plan, Report, end_at_once, experiment_on, timed
from tests.faults.service import Service
from tests.faults.silence import BEAT, TICK, TTL
from tests.faults.stored import load
from tests.waiting import wait_until

_OPEN = Leave(unfinished=True)


def backups(plan: Plan) -> Report:
    """Back up again and again under load; every copy is whole, and has what was confirmed."""
    report = Report("A22", "backups under load", plan)
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan)
        made: list[tuple[int, Path]] = []
        for number in range(plan.times(20, least=2)):
            file = plan.folder / f"backup-{number}.db"
            made.append((time.monotonic_ns(), file))
            service.command("backup", file)
            report.injected["backup"] += 1
        end_at_once(workers, report)
        for began, file in made:
            report.violations += _judge_copy(workers.history(), began, file)
    return report


def _judge_copy(calls: Sequence[Call], began: int, file: Path) -> list[Violation]:
    """Return what is wrong with a copy: what was confirmed before it began has to be in it."""
    stored = load(file)
    before = [call for call in calls if call.acked and (call.ended or 0) < began]
    found = list(checkers.results(before, stored))
    found += [
        Violation("lost", call.job or "?", f"not in {file.name}")
        for call in before
        if call.op == "add" and call.job not in stored.jobs
    ]
    for job in stored.jobs.values():
        found += checkers.audit(job)
    return found


def restores(plan: Plan) -> Report:
    """Restore an older backup while workers hold jobs of a future that is gone by then."""
    report = Report("A22", "restore of an old backup", plan)
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan)
        for number in range(plan.times(10)):
            file = plan.folder / f"backup-{number}.db"
            service.command("backup", file)
            _wait_for_finals(workers, 10)
            service.stop()
            service.command("restore", file, "--replace")
            service.start()
            report.injected["restore"] += 1
        _wait_for_finals(workers, 10)
        end_at_once(workers, report)
        wait_until(lambda: not _running(service), seconds=TTL + 30)
        report.violations += _judge_futures(report, service, workers.history())
    return report


def _judge_futures(report: Report, service: Service, calls: Sequence[Call]) -> list[Violation]:
    """Return writes from a lost future that were taken, and results that were thrown away."""
    stored = load(service.where)
    latest = service.started[-1]
    found = [
        Violation("stale", call.job or "?", f"{call.op} of {call.process} is of another epoch")
        for call in calls
        if call.acked and call.base and call.tag and _epoch(call.base) != _epoch(call.tag)
    ]
    current = [call for call in calls if call.invoked > latest]
    found += checkers.kept(current, stored)
    found += checkers.results(current, stored)
    found += checkers.owners(current)
    for job in stored.jobs.values():
        found += checkers.audit(job)
    report.seen["result kept aside"] += len(stored.orphans)
    report.seen["result kept aside"] += sum(len(job.kept) for job in stored.jobs.values())
    report.reached["epochs"] = len({_epoch(call.tag) for call in calls if call.tag})
    return found


def _epoch(tag: str) -> str:
    return tag.strip('"').split(".")[0]


def _running(service: Service) -> int:
    return sum(job.status == "RUNNING" for job in load(service.where).jobs.values())


def _staffed(stack: ExitStack, plan: Plan) -> tuple[Service, Fleet]:
    service = stack.enter_context(
        Service(plan.folder / "server", held=True, settings={"reap_every": TICK})
    )
    service.start()
    experiment_on(service, lease_ttl=TTL)
    workers = stack.enter_context(
        fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
    )
    for number in range(plan.times(12, least=5)):
        workers.hire(f"w{number}", train=(0.1, 0.6), beat=BEAT)
    workers.hire("adder", add=1_000_000, train=(0.0, 0.05))
    return service, workers


def _wait_for_finals(workers: Fleet, count: int) -> None:
    def finals() -> int:
        return sum(call.acked and call.is_final for call in workers.history())

    before = finals()
    wait_until(lambda: finals() >= before + count, seconds=60)
