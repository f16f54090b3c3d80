"""What a scenario is given, and what it tells afterwards."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from schedy import Experiment, ManualSearch, SchedyDB
from tests.databases import fresh_database, shared_server
from tests.faults import checkers
from tests.faults.checkers import NOTHING, Leave, Violation
from tests.faults.fleet import Fleet
from tests.faults.history import Call, version_of
from tests.faults.service import Service
from tests.faults.stored import Stored, load
from tests.running import ServerFailed
from tests.waiting import wait_until

_TELLING = 20  # confirmed calls; a run with fewer proves nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of a scenario is played, where, and with which luck.

    Attributes:
        scale: 1 is the whole of it.
        database: sqlite or postgres.
        folder: For everything that the run leaves behind.
        workers: How many there are at scale 1.
    """

    folder: Path
    seed: int = 1
    scale: float = 1.0
    database: str = "sqlite"

    def times(self, whole: int, *, least: int = 1) -> int:
        """Return how often something is done of which the whole plan has so many."""
        return max(least, round(whole * self.scale))

    def dice(self, what: str = "") -> random.Random:
        """Return a source of luck that is the same whenever the seed is."""
        return random.Random(f"{self.seed} {self.database} {what}")


@dataclass
class Report:
    """What came of a scenario.

    Attributes:
        id: That of the acceptance plan.
        what: What was done to the service.
        injected: How often which fault was.
        seen: How often which rare branch was taken.
        reached: Numbers worth telling.
        violations: Everything that is wrong.
    """

    id: str
    what: str
    plan: Plan
    injected: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    reached: dict[str, object] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, *rules: str) -> int:
        """Return how many violations of some rules there are."""
        return sum(violation.rule in rules for violation in self.violations)


@contextmanager
def timed(report: Report) -> Iterator[Report]:
    """Measure how long a scenario takes."""
    began = time.monotonic()
    try:
        yield report
    finally:
        report.seconds = time.monotonic() - began


@contextmanager
def database_of(plan: Plan) -> Iterator[str | None]:
    """Yield the URL of an empty PostgreSQL database, or None where SQLite is wanted."""
    if plan.database == "sqlite":
        yield None
    else:
        with fresh_database(shared_server()) as url:
            yield url


def experiment_on(service: Service, name: str = "faults", **limits: object) -> Experiment:
    """Make an experiment whose jobs are queued by hand."""
    db = SchedyDB(config_override=service.client)
    experiment = ManualSearch(name)
    db.add_experiment(experiment)
    if limits:
        db.connection.request("PATCH", f"experiments/{name}/", {"limits": limits})
    return experiment


def judge(
    report: Report,
    service: Service,
    calls: Sequence[Call],
    *,
    leave: Leave = NOTHING,
    alive: Sequence[str] = (),
) -> Stored:
    """Compare the history of a run with its database, and put what is wrong into the report."""
    stored = load(service.where)
    report.violations += checkers.check(calls, stored, leave=leave, alive=alive)
    try:
        service.command("verify")
    except ServerFailed as error:
        report.violations.append(Violation("audit", "?", str(error)))
    report.seen += Counter(
        service.seen.read_text().split("\n")[:-1] if service.seen.exists() else ()
    )
    report.seen["tag of before a restart accepted"] += _old_tags(calls, service.started)
    report.seen["result kept aside"] += sum(len(job.kept) for job in stored.jobs.values())
    report.reached["jobs"] = len(stored.jobs)
    report.reached["acks"] = acks = sum(call.acked for call in calls)
    if acks < _TELLING:
        report.violations.append(Violation("vacuous", "?", f"only {acks} calls were confirmed"))
    return stored


def _old_tags(calls: Sequence[Call], started: Sequence[int]) -> int:
    """Count writes that were accepted by a server that had not handed out their tag."""
    got = {call.tag: call.ended or 0 for call in calls if call.tag}
    return sum(
        any(got[call.base] < start < call.invoked for start in started)
        for call in calls
        if call.acked and call.base in got and version_of(call.base)
    )


def end_in_peace(workers: Fleet, report: Report, *, seconds: float = 120.0) -> None:
    """Let the workers finish all there is, and note whom that takes too long."""
    let_them_start(workers)
    workers.tell("enough")
    workers.wait(seconds=seconds, names=[name for name in workers.processes if "add" in name])
    workers.tell("drain")
    for name in workers.wait(seconds=seconds):
        report.violations.append(Violation("stuck", "?", f"worker {name} does not end"))


def end_at_once(workers: Fleet, report: Report, *, seconds: float = 60.0) -> None:
    """Let the workers finish what they have, though there is more to do."""
    let_them_start(workers)
    workers.tell("enough")
    workers.tell("stop")
    for name in workers.wait(seconds=seconds):
        report.violations.append(Violation("stuck", "?", f"worker {name} does not end"))


def let_them_start(workers: Fleet) -> None:
    """Wait until something has been done: on a busy machine, that takes a while."""
    if any(process.poll() is None for process in workers.processes.values()):
        with suppress(TimeoutError):
            wait_until(lambda: sum(it.acked for it in workers.history()) > _TELLING, seconds=30)
