"""Which machines get jobs: one on which everything fails must not burn the whole queue."""

from datetime import datetime, timedelta

from schedy_server.model.jobs import Attempt, Ending, Job, Status
from schedy_server.model.workers import Record, Working, machine_of
from schedy_server.service.context import Context

# A crash is quick if the job had not even begun in earnest.
QUICK = timedelta(seconds=30)
IN_A_ROW = 5
WITHIN = timedelta(seconds=60)
REFUTED = 3
# For how long a server may not know what another has quarantined.
_KNOWN_FOR = timedelta(seconds=1)
_MEMORY = "quarantined"


def note_end(context: Context, before: Job, after: Job) -> None:
    """Draw conclusions on the machine from how one of its attempts ended."""
    if after.worker is None:
        return
    machine = machine_of(after.worker)
    ended = after.modified - before.started if before.started else QUICK
    if after.crashed > before.crashed:
        if ended < QUICK:
            _note_crash(context, machine)
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


def overview(context: Context) -> tuple[list[Working], list[Record]]:
    """Return who works right now, and which machines had trouble lately."""
    account_key = context.caller.account_key
    workers = context.ledger.workers
    return workers.working(account_key), workers.records(account_key)


def _note_crash(context: Context, machine: str) -> None:
    record = context.ledger.workers.crashed(
        context.caller.account_key, machine, now=context.now, fresh=context.now - WITHIN
    )
    if record is not None and record.crashes_in_a_row >= IN_A_ROW and not record.quarantined:
        seconds = round(WITHIN.total_seconds())
        reason = f"{record.crashes_in_a_row} jobs in a row crashed there within {seconds} seconds"
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
