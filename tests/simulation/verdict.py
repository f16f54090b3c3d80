"""What must hold at the end of a run, besides what was watched on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schedy_server.service.verify import Audited, verify
from schedy_server.storage.integrity import open_books
from tests.faults import checkers
from tests.faults.checkers import Leave, Violation
from tests.faults.history import Call, digest, version_of
from tests.faults.stored import Stored
from tests.simulation.network import LATEST
from tests.simulation.world import World

_NOTHING = digest({})  # which nobody keeps
_STEERED = {"requeue", "void", "cancel", "adopt"}


def verdict(world: World, stored: Stored) -> list[Violation]:
    """Return every promise that was broken."""
    proposes = world.rules.proposes
    leave = Leave(unfinished=proposes, proposals=proposes, reopened=True)
    calls = [_as_it_went(call, stored) for call in world.book.calls]
    calls = list(checkers.with_attempts(calls, stored))
    found = [
        *checkers.additions(calls, stored, leave),
        *checkers.results(list(_standing(calls)), stored),
        *checkers.owners(calls),
        *checkers.fences(calls, stored),
        *checkers.order(calls, stored),
        *checkers.kept([call for call in calls if call.digest != _NOTHING], stored),
        *checkers.stuck(stored, (), leave),
    ]
    for job in stored.jobs.values():
        found += checkers.audit(job, leave)
    world.book.seen["tag of before a restart accepted"] += _old_tags(world, calls)
    return found


def books_in_disorder(url: str) -> Iterator[Violation]:
    """Find what `schedy-server verify` finds."""
    with open_books(url) as books:
        for finding in verify(books, Audited(), lambda *_: None):
            yield Violation("books", finding.job or "?", str(finding))


def still_running(world: World) -> Iterator[Violation]:
    """Find leases that run although nobody works any more, and has not for long."""
    rows = world.network.guard.query(
        "SELECT job.id, attempt.n FROM attempt JOIN job "
        "ON job.experiment_key = attempt.experiment_key AND job.number = attempt.number "
        "WHERE attempt.state = 'RUNNING' AND attempt.claim_id IS NOT NULL"
    )
    for job, n in rows:
        yield Violation("stuck", job, f"attempt {n} still has its lease")


def _as_it_went(call: Call, stored: Stored) -> Call:
    """Return a release with what it came to: one preemption too many, and the job has crashed."""
    job = stored.jobs.get(call.job or "")
    if call.op != "release" or job is None:
        return call
    version = version_of(call.tag)
    after = next((line.after for line in job.writes if line.version == version), call.status)
    return replace(call, status=after)


def _standing(calls: Sequence[Call]) -> Iterator[Call]:
    """Yield the calls whose effect nobody undid on purpose."""
    latest: dict[str | None, int] = {}
    for call in calls:
        if call.op in _STEERED:
            # What was refused at first may have been on its way a second time.
            late = (call.ended or call.invoked) + round(LATEST * 1e9)
            latest[call.job] = max(latest.get(call.job, 0), late)
    for call in calls:
        if call.job not in latest or call.invoked > latest[call.job]:
            yield call


def _old_tags(world: World, calls: Sequence[Call]) -> int:
    """Count writes that were accepted by a server that had not handed out their tag."""
    got = {call.tag: call.ended or 0 for call in calls if call.tag}
    starts = [round(start * 1e9) for start in world.house.starts]
    return sum(
        any(got[call.base] < start < call.invoked for start in starts)
        for call in calls
        if call.acked and call.base in got and version_of(call.base)
    )
