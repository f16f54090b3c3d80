"""Which machines get jobs: one on which everything fails must not burn the whole queue."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from schedy_server.model.jobs import Attempt, Ending, Job, Status
from schedy_server.model.workers import Ended, Record, Running, Working, machine_of
from schedy_server.service.context import Context

# A crash is quick if the job had not even begun in earnest.
QUICK = timedelta(seconds=30)
IN_A_ROW = 5
# Whoever mends a script between two tries takes longer than that.
BETWEEN = timedelta(seconds=10)
REFUTED = 3
LATELY = timedelta(hours=24)
# For how long a server may not know what another has quarantined.
_KNOWN_FOR = timedelta(seconds=1)
_MEMORY = "quarantined"

T = TypeVar("T", Running, Ended)


def note_end(context: Context, before: Job, after: Job) -> None:
    """Draw conclusions on the machine from how one of its attempts ended."""
    if after.worker is None:
        return
    machine = machine_of(after.worker)
    ended = after.modified - before.started if before.started else QUICK
    if after.crashed > before.crashed:
        if ended < QUICK:
            _note_crash(context, machine, before.started or after.modified)
    elif after.status is Status.DONE:
        context.ledger.workers.succeeded(context.caller.account_key, machine)
        if after.crashed or after.lost:
            _note_refuted(context, after, machine)


def quarantined_because(context: Context, worker: str | None) -> str | None:
    """Return why a worker gets no jobs; None if it does."""
    if worker is None:
        return None
    known: tuple[datetime, dict[tuple[int, str], str]] | None
    known = context.ledger.memory.get(_MEMORY)
    if known is None or not timedelta() <= context.now - known[0] < _KNOWN_FOR:
        known = (context.now, context.ledger.workers.quarantined())
        context.ledger.memory[_MEMORY] = known
    return known[1].get((context.caller.account_key, machine_of(worker)))


def quarantine(context: Context, worker: str, *, reason: str | None) -> None:
    """Give a machine no more jobs, until somebody lifts that."""
    _quarantine(context, machine_of(worker), reason or f"by {context.caller.email}")


def lift(context: Context, worker: str) -> None:
    """Give a machine jobs again."""
    machine = machine_of(worker)
    context.ledger.workers.lift(context.caller.account_key, machine)
    context.ledger.memory.pop(_MEMORY, None)
    context.note("worker lifted", machine)


def overview(
    context: Context, *, experiment: str | None = None, recent: bool = False
) -> tuple[list[Working], list[Record]]:
    """Return who works right now, and which machines had trouble lately.

    Args:
        experiment: Only who works on this one.
        recent: Also who brought a job to an end in the last day, and is idle now.

    Raises:
        NotFound: There is no such experiment.
    """
    account_key = context.caller.account_key
    if experiment is not None:
        context.experiment(experiment)
    since = context.now - LATELY
    running = _by_worker(context.ledger.workers.running(account_key), experiment)
    ended = _by_worker(context.ledger.workers.ended(account_key, since=since), experiment)
    names = running.keys() | (ended.keys() if recent else set())
    working = [
        _working(running.get(name, []), ended.get(name, []), since=since, now=context.now)
        for name in sorted(names)
    ]
    return working, context.ledger.workers.records(account_key)


def _by_worker(found: Iterable[T], experiment: str | None) -> dict[str, list[T]]:
    by_worker: dict[str, list[T]] = {}
    for each in found:
        if experiment is None or experiment == each.experiment:
            by_worker.setdefault(each.worker, []).append(each)
    return by_worker


def _working(
    running: Sequence[Running], ended: Sequence[Ended], *, since: datetime, now: datetime
) -> Working:
    """Sum up one worker; whoever began an hour ago is measured by that hour."""
    begun = max(since, min([each.started for each in running] + [each.first for each in ended]))
    busy = sum((each.busy for each in ended), timedelta())
    busy += sum((now - max(since, each.started) for each in running), timedelta())
    return Working(
        worker=running[0].worker if running else ended[0].worker,
        running=running,
        seen=max([each.seen for each in running] + [each.last for each in ended]),
        done=sum(each.done for each in ended),
        failed=sum(each.failed for each in ended),
        # With several jobs at a time, it is no more than busy.
        busy=min(1.0, busy / (now - begun)) if now > begun else 1.0,
    )


def _note_crash(context: Context, machine: str, started: datetime) -> None:
    record = context.ledger.workers.crashed(
        context.caller.account_key, machine, now=context.now, fresh=started - BETWEEN
    )
    if record is not None and record.crashes_in_a_row >= IN_A_ROW and not record.quarantined:
        seconds = round(QUICK.total_seconds())
        many = record.crashes_in_a_row
        reason = f"{many} jobs in a row crashed there, each within {seconds} seconds"
        _quarantine(context, machine, reason)


def _note_refuted(context: Context, job: Job, machine: str) -> None:
    """Hold it against a machine if what crashed there was finished elsewhere."""
    attempts = context.ledger.jobs.attempts(job)
    elsewhere = {machine_of(each.worker) for each in attempts if _failed(each) and each.worker}
    for other in sorted(elsewhere - {machine}):
        record = context.ledger.workers.refuted(context.caller.account_key, other, now=context.now)
        if record is not None and record.refuted >= REFUTED and not record.quarantined:
            reason = f"{record.refuted} jobs that failed there were finished by others"
            _quarantine(context, other, reason)


def _failed(attempt: Attempt) -> bool:
    return attempt.state in {Status.CRASHED.value, Ending.LOST.value}


def _quarantine(context: Context, machine: str, reason: str) -> None:
    account_key = context.caller.account_key
    context.ledger.workers.quarantine(account_key, machine, reason, now=context.now)
    context.ledger.memory.pop(_MEMORY, None)
    context.note("worker quarantined", machine, reason)
