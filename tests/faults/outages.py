"""A11: the server is away, workers end their jobs, and are killed before they can tell."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import Fleet, fleet
from tests.faults.history import Call
from tests.faults.plan import (
    Plan,
    Report,
    database_of,
    experiment_on,
    judge,
    let_them_start,
    timed,
)
from tests.faults.service import Service
from tests.faults.stored import Stored, load
from tests.waiting import wait_until

_FLUSH = "import sys; from schedy.cli import main; sys.exit(main(['flush']))"


def results_in_hand(plan: Plan) -> Report:
    """Kill workers while they try to deliver results, and deliver what they left on disk."""
    report = Report("A11", "workers killed with results in hand", plan)
    with timed(report), ExitStack() as stack:
        url = stack.enter_context(database_of(plan))
        service = stack.enter_context(Service(plan.folder / "server", url))
        service.start()
        experiment_on(service)
        workers = stack.enter_context(
            fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
        )
        workers.hire("adder", add=1_000_000, train=(0.0, 0.05))
        for batch in range(plan.times(8)):
            _one_outage(service, workers, [f"w{batch}-{n}" for n in range(4)], report)
        let_them_start(workers)
        workers.tell("enough")
        workers.wait(seconds=60, names=["adder"])
        calls = workers.history()
        stored = judge(report, service, calls, leave=Leave(unfinished=True))
        report.violations += _undelivered(calls, stored)
    return report


def _one_outage(service: Service, workers: Fleet, names: Sequence[str], report: Report) -> None:
    for name in names:
        workers.hire(name, train=(1.5, 2.0), reports=0, crash=0.0)
    wait_until(lambda: _running(service) == len(names), seconds=60)
    held = [job.id for job in load(service.where).jobs.values() if job.status == "RUNNING"]
    service.kill()
    wait_until(lambda: _are_on_disk(workers, held), seconds=60)
    workers.send(signal.SIGKILL, names)
    workers.wait(seconds=20, names=names)
    report.injected["worker killed"] += len(names)
    service.start()
    environment = {"HOME": str(workers.folder / "home"), "PATH": "/usr/bin:/bin"}
    account = {f"SCHEDY_{name.upper()}": it for name, it in service.client.items()}
    done = subprocess.run(
        [sys.executable, "-c", _FLUSH],
        env={**environment, **account, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        what = f"schedy flush: {done.stdout}{done.stderr}"
        report.violations.append(Violation("lost", "?", what))


def _running(service: Service) -> int:
    return sum(job.status == "RUNNING" for job in load(service.where).jobs.values())


def _are_on_disk(workers: Fleet, jobs: Sequence[str]) -> bool:
    """Tell whether the results of all these jobs wait to be delivered."""
    files = (workers.folder / "home/.schedy/outbox").glob("*")
    letters = b"".join(file.read_bytes() for file in files if file.is_file())
    return all(job.encode() in letters for job in jobs)


def _undelivered(calls: Sequence[Call], stored: Stored) -> list[Violation]:
    return [
        Violation("lost", call.job or "?", f"{call.process} was killed with its result")
        for call in calls
        if call.op == "finish" and stored.jobs[call.job or ""].digest != call.digest
    ]
