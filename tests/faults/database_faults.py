"""A08: PostgreSQL restarts, ends sessions, and breaks the line in the middle of commits."""

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tests.faults.fleet import Fleet, fleet
from tests.faults.plan import Plan, Report, end_in_peace, experiment_on, judge, timed
from tests.faults.postgres import CommitCutter, RestartablePostgres
from tests.faults.service import Service
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class _Scene:
    postgres: RestartablePostgres
    cutter: CommitCutter
    service: Service
    workers: Fleet


def restarts(plan: Plan) -> Report:
    """Restart PostgreSQL in both ways, and end sessions, while workers work."""
    report = Report("A08", "PostgreSQL restarts", plan)
    dice = plan.dice()
    faults: list[Callable[[_Scene], None]] = []

    def restart(how: signal.Signals, name: str) -> Callable[[_Scene], None]:
        def act(scene: _Scene) -> None:
            scene.postgres.stop(how)
            scene.postgres.start()
            wait_until(scene.service.is_ready, seconds=30)
            report.injected[name] += 1

        return act

    def end_sessions(scene: _Scene) -> None:
        report.injected["session ended"] += scene.postgres.end_sessions(dice, 0.5)

    faults += [restart(signal.SIGINT, "fast restart")] * plan.times(20)
    faults += [restart(signal.SIGQUIT, "immediate restart")] * plan.times(20)
    faults += [end_sessions] * plan.times(100, least=3)
    dice.shuffle(faults)
    return _played(plan, report, faults)


def ambiguous_commits(plan: Plan) -> Report:
    """Break the line to PostgreSQL in the middle of commits."""
    report = Report("A08", "ambiguous commits", plan)
    wanted = plan.times(200, least=6)

    def cut(scene: _Scene) -> None:
        scene.cutter.share = 0.15
        wait_until(lambda: sum(scene.cutter.cut.values()) >= wanted, seconds=1800)
        scene.cutter.share = 0
        report.injected.update({f"cut, {how}": n for how, n in scene.cutter.cut.items()})

    return _played(plan, report, [cut])


def _played(plan: Plan, report: Report, faults: list[Callable[[_Scene], None]]) -> Report:
    dice = plan.dice("pauses")
    with timed(report), ExitStack() as stack:
        postgres = stack.enter_context(RestartablePostgres())
        cutter = stack.enter_context(CommitCutter(postgres.port, plan.dice("cuts")))
        url = postgres.url(cutter.way_in)
        service = stack.enter_context(Service(plan.folder / "server", url))
        service.start()
        experiment_on(service)
        workers = stack.enter_context(
            fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
        )
        for number in range(plan.times(16, least=6)):
            workers.hire(f"w{number}", old=number % 2 == 1, train=(0.0, 0.2))
        workers.hire("adder", add=1_000_000, train=(0.0, 0.1))
        for act in faults:
            time.sleep(dice.uniform(0.2, 1.0))
            act(_Scene(postgres, cutter, service, workers))
        end_in_peace(workers, report)
        judge(report, service, workers.history())
    return report
