"""A11: workers fall silent, and some come back."""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from schedy import Experiment
from tests.faults.checkers import Leave, Violation
from tests.faults.elsewhere import Elsewhere, elsewhere
from tests.faults.fleet import Fleet, fleet
from tests.faults.history import Recorder, digest
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
from tests.faults.stored import Stored, StoredJob, load
from tests.waiting import wait_until

TTL = 3.0  # seconds; the server looks after its leases accordingly often
BEAT = 0.2
TICK = "0.2s"
_GRACE = 10.0  # what the promise adds to the TTL
# For workers elsewhere.
_OPEN: Mapping[str, Any] = {"host": "0.0.0.0", "insecure_http": "yes"}  # noqa: S104 - nobody else is on that cable
_AT_ONCE = 5.0  # how long a preempted worker may need
_DEADLY = {"poison": True}


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with short leases, and workers that beat."""

    service: Service
    workers: Fleet
    experiment: Experiment

    def stored(self) -> Stored:
        """Return what the database holds now."""
        return load(self.service.where)

    def held_by(self, worker: str) -> StoredJob | None:
        """Return the job that a worker has now."""
        jobs = self.stored().jobs.values()
        return next((job for job in jobs if (job.status, job.worker) == ("RUNNING", worker)), None)

    def count(self, state: str) -> int:
        """Return how many attempts ended in a state."""
        jobs = self.stored().jobs.values()
        return sum(each.state == state for job in jobs for each in job.attempts)


def staged(
    stack: ExitStack,
    plan: Plan,
    *,
    environment: Mapping[str, str] | None = None,
    **settings: object,
) -> Scene:
    """Start a server with short leases."""
    url = stack.enter_context(database_of(plan))
    service = stack.enter_context(
        Service(
            plan.folder / "server",
            url,
            settings={"reap_every": TICK, **settings},
            environment=environment or {},
        )
    )
    service.start()
    experiment = experiment_on(service, lease_ttl=TTL)
    workers = stack.enter_context(
        fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
    )
    return Scene(service, workers, experiment)


def zombies(plan: Plan) -> Report:
    """Freeze workers until their leases are over, and let them come back with their results."""
    report = Report("A11", "workers frozen, then back", plan)
    dice = plan.dice()
    wanted = plan.times(50, least=3)
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        # Fewer than half at once: else the server takes it for a broken network, and waits.
        names = [f"w{number}" for number in range(plan.times(16, least=8))]
        for number, name in enumerate(names):
            scene.workers.hire(name, train=(0.3, 1.0), reports=number % 2, beat=BEAT)
        scene.workers.hire("adder", add=1_000_000, train=(0.0, 0.2))
        wait_until(lambda: scene.count("RUNNING") >= len(names) // 2, seconds=30)
        frozen = 0
        while frozen < wanted:
            some = dice.sample(names, min(len(names) // 3, wanted - frozen))
            frozen += _freeze(scene, some, pause=dice.uniform(0.0, 2.0))
        report.injected["worker frozen"] = frozen
        end_at_once(scene.workers, report)
        judge(report, scene.service, scene.workers.history(), leave=Leave(unfinished=True))
        report.reached["leases lost"] = scene.count("LOST")
    return report


def _freeze(scene: Scene, names: list[str], *, pause: float) -> int:
    """Freeze workers that have a job until they have lost it, and return how many did."""
    scene.workers.send(signal.SIGSTOP, names)
    held = [job for name in names if (job := scene.held_by(name)) is not None]

    def all_lost() -> bool:
        jobs = scene.stored().jobs
        return all(_is_over(jobs[job.id], job.attempt) for job in held)

    wait_until(all_lost, seconds=TTL + _GRACE)
    time.sleep(pause)
    scene.workers.send(signal.SIGCONT, names)
    return len(held)


def _is_over(job: StoredJob, attempt: int) -> bool:
    return all(each.state != "RUNNING" for each in job.attempts if each.n == attempt)


def partitions(plan: Plan) -> Report:
    """Cut the cable of workers without a farewell, and mend it after their leases are over."""
    report = Report("A11", "workers cut off", plan)
    with timed(report), ExitStack() as stack:
        place = stack.enter_context(elsewhere())
        scene = staged(stack, plan, **_OPEN)
        far = [f"far{number}" for number in range(plan.times(6, least=3))]
        config = {**scene.service.client, "root": place.way_to(scene.service.root)}
        for name in far:
            scene.workers.hire(
                name,
                wrapper=place.wrapper,
                config=config,
                client={"timeout": 2.0},
                train=(0.5, 1.5),
                reports=0,
                beat=BEAT,
            )
        for number in range(plan.times(10, least=5)):
            scene.workers.hire(f"near{number}", train=(0.3, 1.0), reports=0, beat=BEAT)
        # More than all of them can do: each far one has to have a job when the cable is cut.
        scene.workers.hire("adder", add=1_000_000, train=(0.0, 0.05))
        for _ in range(plan.times(8)):
            _cut_off(scene, place, far)
            report.injected["cable cut"] += 1
        end_at_once(scene.workers, report)
        judge(report, scene.service, scene.workers.history(), leave=Leave(unfinished=True))
        report.reached["leases lost"] = scene.count("LOST")
    return report


def _cut_off(scene: Scene, place: Elsewhere, far: list[str]) -> None:
    wait_until(lambda: all(scene.held_by(name) for name in far), seconds=60)
    place.cut()
    held = [job for name in far if (job := scene.held_by(name)) is not None]
    began = time.monotonic()
    wait_until(
        lambda: all(_is_over(scene.stored().jobs[job.id], job.attempt) for job in held),
        seconds=TTL + _GRACE,
    )
    time.sleep(max(0.0, began + 4 * TTL - time.monotonic()))
    place.mend()


def deaths(plan: Plan) -> Report:
    """Kill workers, see how soon their jobs are offered again, and what a deadly job does."""
    report = Report("A11", "workers killed", plan)
    dice = plan.dice()
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        scene.workers.hire("adder", add=1_000_000, train=(0.0, 0.2))
        hire = _recruiter(scene)
        names = [hire() for _ in range(plan.times(16, least=8))]
        delays: list[float] = []
        wanted = plan.times(100, least=4)
        while len(delays) < wanted:
            victims = dice.sample(names, min(len(names) // 3, wanted - len(delays)))
            delays += kill(scene, victims, report)
            names = [name for name in names if name not in victims] + [hire() for _ in victims]
        report.injected["worker killed"] = len(delays)
        report.reached["s until offered again, at worst"] = round(max(delays), 1)
        _poison(scene, report, hire)
        end_in_peace(scene.workers, report)
        judge(report, scene.service, scene.workers.history())
    return report


def preemptions(plan: Plan) -> Report:
    """Tell workers that their machine is wanted, and see how soon they give their jobs back."""
    report = Report("A11", "workers preempted", plan)
    dice = plan.dice()
    with timed(report), ExitStack() as stack:
        scene = staged(stack, plan)
        scene.workers.hire("adder", add=1_000_000, train=(0.0, 0.3))
        hire = _recruiter(scene)
        names = [hire() for _ in range(plan.times(12, least=5))]
        delays: list[float] = []
        wanted = plan.times(50, least=4)
        while len(delays) < wanted:
            name = dice.choice(names)
            delays += _preempt(scene, name, report)
            names = [each for each in names if each != name] + [hire()]
        report.injected["worker preempted"] = len(delays)
        report.reached["s until given back, at worst"] = round(max(delays), 1)
        report.reached["jobs given back"] = scene.count("RELEASED")
        end_at_once(scene.workers, report)
        with suppress(TimeoutError):
            wait_until(lambda: scene.count("RUNNING") == 0, seconds=TTL + _GRACE)
        judge(report, scene.service, scene.workers.history(), leave=Leave(unfinished=True))
    return report


def _preempt(scene: Scene, name: str, report: Report) -> list[float]:
    """Send SIGTERM to a worker with a job, and return after how long it had given it back."""
    # Before its first beat, it may have a job without being in the block that gives it back: then
    # the signal kills, and the lease has to run out.
    wait_until(lambda: _has_beaten(scene, name), seconds=60)
    held = scene.held_by(name)
    scene.workers.send(signal.SIGTERM, [name])
    told = time.monotonic()
    late = scene.workers.wait(seconds=_GRACE, names=[name])
    delay = time.monotonic() - told
    if held is None:
        return []
    ends = [each for each in scene.stored().jobs[held.id].attempts if each.n == held.attempt]
    if late or delay > _AT_ONCE or ends[0].state == "RUNNING":
        report.violations.append(
            Violation("stuck", held.id, f"preempted, and {ends} after {delay}")
        )
    # It may have been at its end just then.
    return [delay] if ends[0].state == "RELEASED" else []


def _has_beaten(scene: Scene, name: str) -> bool:
    """Tell whether a worker has a job, and has beaten for it."""
    held = scene.held_by(name)
    return held is not None and any(
        (call.process, call.op, call.job, call.attempt)
        == (name, "heartbeat", held.id, held.attempt)
        for call in scene.workers.history()
    )


def _recruiter(scene: Scene) -> Callable[[], str]:
    numbers = iter(range(1_000_000))

    def hire() -> str:
        name = f"w{next(numbers)}"
        scene.workers.hire(name, train=(0.3, 1.5), reports=0, beat=BEAT)
        return name

    return hire


def kill(scene: Scene, names: Sequence[str], report: Report) -> list[float]:
    """Kill workers once they have a job, and return after how long each job was free again."""
    wait_until(lambda: all(scene.held_by(name) for name in names), seconds=60)
    scene.workers.send(signal.SIGKILL, names)
    died = time.monotonic()
    held = {job.id: job for name in names if (job := scene.held_by(name)) is not None}
    delays: list[float] = []

    def note_the_free() -> bool:
        jobs = scene.stored().jobs
        for job in list(held.values()):
            if _is_over(jobs[job.id], job.attempt):
                delays.append(time.monotonic() - died)
                del held[job.id]
        return not held

    try:
        wait_until(note_the_free, seconds=TTL + _GRACE)
    except TimeoutError:
        report.violations += [Violation("stuck", job, "its worker is dead") for job in held]
        delays += [TTL + _GRACE] * len(held)
    return delays


def _poison(scene: Scene, report: Report, hire: Callable[[], str]) -> None:
    """Add a job that kills whoever takes it; it must not kill everybody."""
    scene.workers.tell("enough")
    call = Recorder(scene.workers.folder / "boss.jsonl", "boss").invoke(
        "add", digest=digest(_DEADLY)
    )
    deadly = scene.experiment.add_job(_DEADLY)
    call.ok(job=deadly.job_id)
    for _ in range(4):
        hire()
    wait_until(lambda: scene.stored().jobs[deadly.job_id].is_final, seconds=10 * TTL + 60)
    job = scene.stored().jobs[deadly.job_id]
    report.injected["deadly job"] += 1
    report.reached["workers that a deadly job killed"] = job.attempt
    if (job.status, job.attempt) != ("CRASHED", 3) or "lost" not in (job.reason or ""):
        report.violations.append(Violation("stuck", job.id, f"deadly, and ends as {job}"))
