"""A13: the server is restarted, upgraded and moved to PostgreSQL while workers go on."""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.databases import fresh_database, shared_server
from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import Fleet, fleet
from tests.faults.history import Call
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

_MIGRATIONS = "src/schedy_server/storage/migrations/sqlite"


def restarts_in_order(plan: Plan) -> Report:
    """Stop the server as an operator does, and start it again."""
    report = Report("A13", "orderly restarts", plan)
    dice = plan.dice()
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan)
        for _ in range(plan.times(20, least=2)):
            time.sleep(dice.uniform(0.3, 1.0))
            _stop(service, report)
            service.start()
            report.injected["restart"] += 1
        _end(report, service, workers)
    return report


def upgrade(plan: Plan) -> Report:
    """Start with the server of before the newest migration, and go on with today's."""
    report = Report("A13", "upgrade", plan)
    with timed(report), ExitStack() as stack:
        before = older_source(plan.folder / "older")
        service, workers = _staffed(stack, plan, source=before)
        _wait_for_finals(workers, 5)
        _stop(service, report)
        service.source = None
        service.start()
        report.injected["upgrade"] += 1
        _wait_for_finals(workers, 10)
        _end(report, service, workers)
    return report


def move_to_postgres(plan: Plan) -> Report:
    """Move a server from SQLite to PostgreSQL, with the jobs that are out at workers."""
    report = Report("A13", "SQLite moves to PostgreSQL", plan)
    with timed(report), ExitStack() as stack:
        service, workers = _staffed(stack, plan)
        _wait_for_finals(workers, 5)
        _stop(service, report)
        file = service.where
        service.database = stack.enter_context(fresh_database(shared_server()))
        service.command("restore", file, "--keep-epoch")
        service.start()
        report.injected["move"] += 1
        _wait_for_finals(workers, 10)
        _end(report, service, workers)
    return report


def lacks_older() -> str | None:
    """Return why there is no older server to start from, or None."""
    return None if _commit_before() else "the history of this repository is not here"


def older_source(folder: Path) -> Path:
    """Unpack the server of before the newest migration, and return where to import it from."""
    archive = ["git", "archive", _commit_before(), "src"]
    packed = subprocess.run(archive, cwd=ROOT, check=True, capture_output=True).stdout
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
    return folder / "src"


def _commit_before() -> str:
    newest = max((ROOT / _MIGRATIONS).glob("*.sql")).name
    ask = ["git", "log", "--diff-filter=A", "--format=%H^", "--", f"{_MIGRATIONS}/{newest}"]
    said = subprocess.run(ask, cwd=ROOT, check=False, capture_output=True, text=True)
    return said.stdout.split("\n")[0] if said.returncode == 0 else ""


def _staffed(stack: ExitStack, plan: Plan, *, source: Path | None = None) -> tuple[Service, Fleet]:
    url = stack.enter_context(database_of(plan))
    service = Service(plan.folder / "server", url, held=source is None, source=source)
    if source is not None:
        service.token = _token_by(source, service)
    stack.enter_context(service)
    service.start()
    experiment_on(service)
    workers = stack.enter_context(
        fleet(plan.folder / "workers", service.client, "faults", seed=plan.seed)
    )
    for number in range(plan.times(16, least=6)):
        workers.hire(f"w{number}", old=number % 2 == 1, train=(0.05, 0.4))
    workers.hire("adder", add=1_000_000, train=(0.0, 0.15))
    return service, workers


def _token_by(source: Path, service: Service) -> str:
    """Make the account with the older server: today's would migrate the database."""
    program = (
        "import sys, json; from tests.running import api_token; "
        "from schedy_server.settings import Settings; "
        "print(api_token(Settings.load(json.loads(sys.argv[1]), {})))"
    )
    made = subprocess.run(
        [sys.executable, "-c", program, service.options_as_json()],
        cwd=ROOT,
        env={"PYTHONPATH": f"{source}:{ROOT}"},
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


def _stop(service: Service, report: Report) -> None:
    code = service.stop()
    if code:
        report.violations.append(Violation("stuck", "?", f"the server stopped with {code}"))


def _wait_for_finals(workers: Fleet, count: int) -> None:
    def finals() -> int:
        return sum(call.acked and call.is_final for call in workers.history())

    before = finals()
    wait_until(lambda: finals() >= before + count, seconds=60)


def _end(report: Report, service: Service, workers: Fleet) -> None:
    end_in_peace(workers, report)
    calls = workers.history()
    judge(report, service, calls, leave=Leave(duplicates=True))
    report.violations += failed_finals(calls)


def failed_finals(calls: Sequence[Call]) -> list[Violation]:
    """Find results that their workers could not deliver, for whatever reason."""
    return [
        Violation("lost", call.job or "?", f"the end at {call.process} failed: {call.why}")
        for call in calls
        if call.op == "finish" and not call.acked
    ]
