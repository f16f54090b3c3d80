"""A10: a network that loses, doubles, delays and cuts requests and answers."""

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import schedy
from tests.compatibility.lossy_network import Fault, LossyNetwork, authorization
from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import fleet
from tests.faults.history import Call, Outcome
from tests.faults.plan import (
    Plan,
    Report,
    database_of,
    end_at_once,
    end_in_peace,
    experiment_on,
    judge,
    timed,
)
from tests.faults.service import Service
from tests.faults.silence import BEAT, Scene, staged
from tests.faults.stored import Stored, load
from tests.waiting import wait_until

_WEATHER = {
    Fault.REQUEST_LOST: 0.10,
    Fault.ANSWER_LOST: 0.10,
    Fault.REQUEST_DOUBLED: 0.05,
    Fault.REQUEST_LATE: 0.05,
    Fault.REQUEST_CUT: 0.01,
    Fault.ANSWER_CUT: 0.01,
    Fault.BUSY: 0.01,
    Fault.BUSY_AFTERWARDS: 0.02,
}
_LOOK_EVERY = 0.5  # seconds
_HASTE = 0.1  # below this scale, time matters more than bad luck


@dataclass
class Weather:
    """Chooses what happens to a request.

    Attributes:
        spares: Nobody has bad luck twice in a row, after which the old client would wait long.
    """

    random: random.Random
    spares: bool = False
    is_fine: bool = False
    spared: set[bytes] = field(default_factory=set)

    def __call__(self, request: bytes) -> Fault | None:
        luck = self.random.random()
        client = authorization(request)
        if self.is_fine or client in self.spared:
            self.spared.discard(client)
            return None
        for fault, share in _WEATHER.items():
            luck -= share
            if luck < 0:
                self.spared |= {client} if self.spares else set()
                return fault
        return None


def chaos(plan: Plan, *, old: bool) -> Report:
    """Have workers work over a bad network, then let every request arrive once more."""
    report = Report("A10", f"bad network, {'old' if old else 'new'} client", plan)
    jobs = plan.times(2000, least=30)
    weather = Weather(plan.dice("weather"), spares=plan.scale < _HASTE)
    with timed(report), ExitStack() as stack:
        url = stack.enter_context(database_of(plan))
        service = stack.enter_context(Service(plan.folder / "server", url))
        service.start()
        experiment_on(service)
        network = stack.enter_context(LossyNetwork(service.root, weather))
        config = {**service.client, "root": network.root}
        workers = stack.enter_context(
            fleet(plan.folder / "workers", config, "faults", seed=plan.seed)
        )
        for number in range(4):
            workers.hire(f"adder{number}", old=old, add=jobs // 4, train=(0.0, 0.01))
        for number in range(plan.times(12, least=4)):
            workers.hire(f"w{number}", old=old, train=(0.0, 0.02))
        # The old client waits ever longer, if it is unlucky again and again.
        workers.wait(seconds=900, names=[name for name in workers.processes if "add" in name])
        end_in_peace(workers, report, seconds=600)
        network.settle()
        weather.is_fine = True
        calls = workers.history()
        stored = judge(report, service, calls, leave=Leave(duplicates=old, unheard=not old))
        report.injected += Counter({fault.name: n for fault, n in network.faults.items()})
        report.violations += [*self_inflicted(calls)]
        report.violations += _after_everything_again(network, service, stored)
        report.reached["added twice"] = len(stored.jobs) - len(
            {job.key for job in stored.jobs.values()}
        )
    return report


def impatient(plan: Plan) -> Report:
    """Have workers that give up soon work over a bad network: leases bring back what they drop."""
    report = Report("A10", "bad network, impatient client", plan)
    jobs = plan.times(600, least=20)
    weather = Weather(plan.dice("impatience"))
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        network = stack.enter_context(LossyNetwork(scene.service.root, weather))
        scene.workers.config = {**scene.service.client, "root": network.root}
        for number in range(plan.times(12, least=4)):
            scene.workers.hire(
                f"w{number}", client={"patience": 0.0}, train=(0.0, 0.1), reports=2, beat=BEAT
            )
        scene.workers.hire("adder", add=jobs, train=(0.0, 0.05))
        scene.workers.wait(seconds=600, names=["adder"])
        _let_them_finish(scene, report)
        weather.is_fine = True
        end_at_once(scene.workers, report)
        judge(report, scene.service, scene.workers.history())
        report.injected += Counter({fault.name: n for fault, n in network.faults.items()})
    return report


def _let_them_finish(scene: Scene, report: Report) -> None:
    """Wait for the last job; whoever fails within milliseconds all the time, is forgiven."""
    db = schedy.SchedyDB(config_override=scene.service.client)

    def are_over() -> bool:
        for machine in db.workers():
            if machine.quarantined:
                db.lift(machine.worker)
                report.injected["quarantine lifted"] += 1
        time.sleep(_LOOK_EVERY)
        return all(job.is_final for job in scene.stored().jobs.values())

    wait_until(are_over, seconds=600)


def self_inflicted(calls: list[Call]) -> list[Violation]:
    """Find owners that were told that somebody else had changed their job: nobody had."""
    return [
        Violation("self-inflicted", call.job or "?", f"{call.op} of {call.process} got a 412")
        for call in calls
        if call.outcome is Outcome.FAIL and call.why == "412"
    ]


def _after_everything_again(
    network: LossyNetwork, service: Service, before: Stored
) -> list[Violation]:
    """Let every request arrive once more, hours late as it were: it must change nothing."""
    for request in list(network.requests):
        if not _makes_something_new(request):
            network.carry(request)
    after = load(service.where)
    return [
        Violation("stale", job.id, "a request that arrived again changed it")
        for job in after.jobs.values()
        if job.id not in before.jobs or _content(job) != _content(before.jobs[job.id])
    ]


def _content(job: object) -> object:
    # What is refused again is kept again; that is no change of the job.
    return replace(job, kept=())  # type: ignore[type-var]


def _makes_something_new(request: bytes) -> bool:
    """Tell whether nothing says that it is the same request: then it may well be another one."""
    return request.startswith(b"POST ") and b"/jobs/ " in request and b"dempotency-" not in request
