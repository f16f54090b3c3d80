"""What must hold after any run, whatever was broken meanwhile: history against database.

Each function returns what it found wrong; nothing is good. `check` runs all of them. The ideas are
those of Jepsen's total-queue, set-full and fenced lock; the order of calls needs no search, because
the audit trail says in which order the database carried them out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tests.faults.history import Call, Outcome, version_of
from tests.faults.stored import Stored, StoredJob, StoredWrite


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept.

    Attributes:
        rule: lost, unexpected, duplicate, double, stale, order, stuck, audit or thrown_away.
        job: Its id, or that of the request if there is no job.
    """

    rule: str
    job: str
    what: str


@dataclass(frozen=True, slots=True)
class Leave:
    """What a run may end with without being wrong.

    Attributes:
        unfinished: Jobs may still be queued or running.
        duplicates: A job may be there twice whose addition nobody confirmed.
        proposals: Jobs may be there that nobody added: a scheduler proposes them.
        reopened: Somebody may set a finished job back.
        unheard: A claim may have arrived when its worker had gone on: the lease ends that.
    """

    unfinished: bool = False
    duplicates: bool = False
    proposals: bool = False
    reopened: bool = False
    unheard: bool = False


NOTHING = Leave()


def check(
    calls: Sequence[Call], stored: Stored, *, leave: Leave = NOTHING, alive: Collection[str] = ()
) -> list[Violation]:
    """Return everything that is wrong with a run.

    Args:
        alive: The workers that still run.
    """
    calls = list(with_attempts(calls, stored))
    found = [
        *additions(calls, stored, leave),
        *results(calls, stored),
        *owners(calls),
        *fences(calls, stored),
        *order(calls, stored),
        *kept(calls, stored),
        *stuck(Stored(_heard_of(calls, stored)) if leave.unheard else stored, alive, leave),
    ]
    for job in stored.jobs.values():
        found += audit(job, leave)
    return found


def with_attempts(calls: Iterable[Call], stored: Stored) -> Iterator[Call]:
    """Yield the calls with their attempts, which the old client does not know: its tags do."""
    for call in calls:
        tag = call.tag if call.op == "claim" else call.base
        job = stored.jobs.get(call.job or "")
        if call.attempt is not None or tag is None or job is None or call.op == "add":
            yield call
            continue
        version = version_of(tag)
        found = next((each.attempt for each in job.writes if each.version == version), None)
        yield replace(call, attempt=found)


def additions(calls: Sequence[Call], stored: Stored, leave: Leave = NOTHING) -> Iterator[Violation]:
    """Find confirmed jobs that are gone, jobs that nobody asked for, and jobs that are there twice.

    The hyperparameters of every addition of a run have to differ.
    """
    adds = [call for call in calls if call.op == "add"]
    for call in adds:
        if call.acked and call.job not in stored.jobs:
            yield Violation("lost", call.job or "?", f"added by {call.process}, and gone")
    tried = {call.digest for call in adds if call.outcome is not Outcome.FAIL}
    there: dict[str, list[str]] = {}
    for job in stored.jobs.values():
        there.setdefault(job.key, []).append(job.id)
        if job.key not in tried and not leave.proposals:
            yield Violation("unexpected", job.id, "nobody added it")
    if leave.duplicates or leave.proposals:
        return
    for ids in there.values():
        if len(ids) > 1:
            yield Violation("duplicate", ids[0], f"is there {len(ids)} times")


def results(calls: Sequence[Call], stored: Stored) -> Iterator[Violation]:
    """Find confirmed ends of jobs that the database does not hold exactly as they were sent."""
    for call in calls:
        if not (call.acked and call.is_final and call.op in {"finish", "report"}):
            continue
        job = stored.jobs.get(call.job or "")
        if job is None:
            yield Violation("lost", call.job or "?", f"finished by {call.process}, and gone")
        elif _is_retried(call, job):
            continue
        elif (job.status, job.digest) != (call.status, call.digest):
            yield Violation(
                "lost",
                job.id,
                f"{call.process} was told that {call.status} {call.digest} is stored, "
                f"but there is {job.status} {job.digest}",
            )


def _is_retried(call: Call, job: StoredJob) -> bool:
    """Tell whether the attempt ended as its worker said, and the job went on without it."""
    crashed = any(each.n == call.attempt and each.state == "CRASHED" for each in job.attempts)
    queued = any(line.attempt == call.attempt and line.after == "QUEUED" for line in job.writes)
    return call.status == "CRASHED" and crashed and queued


def owners(calls: Sequence[Call]) -> Iterator[Violation]:
    """Find attempts that were given to two, and attempts whose numbers went backwards."""
    claims: dict[str, list[Call]] = {}
    for call in calls:
        if call.op == "claim" and call.acked and call.job:
            claims.setdefault(call.job, []).append(call)
    for job, made in claims.items():
        owner: dict[int | None, str] = {}
        for call in made:
            if call.attempt in owner:
                both = f"{owner[call.attempt]} and {call.process}"
                yield Violation("double", job, f"attempt {call.attempt} was given to {both}")
            owner[call.attempt] = call.process
        for earlier, later in _in_time(made):
            if (later.attempt or 0) < (earlier.attempt or 0):
                what = f"attempt {later.attempt} was given after {earlier.attempt}"
                yield Violation("double", job, what)


def fences(calls: Sequence[Call], stored: Stored) -> Iterator[Violation]:
    """Find writes of an attempt that was over, and that nobody adopted."""
    handed = [call for call in calls if call.op == "claim" and call.acked and call.attempt]
    first: dict[str, list[Call]] = {}
    for call in handed:
        first.setdefault(call.job or "", []).append(call)
    for call in calls:
        if not (call.acked and call.attempt and call.op in {"report", "finish", "release"}):
            continue
        newer = [
            claim
            for claim in first.get(call.job or "", [])
            if (claim.attempt or 0) > call.attempt and (claim.ended or 0) < call.invoked
        ]
        if newer and not _was_adopted(call, stored):
            what = f"attempt {call.attempt} wrote after attempt {newer[0].attempt} had begun"
            yield Violation("stale", call.job or "?", what)


def _was_adopted(call: Call, stored: Stored) -> bool:
    job = stored.jobs.get(call.job or "")
    return job is not None and any(
        each.n == call.attempt and each.late == "adopted" for each in job.attempts
    )


def order(calls: Sequence[Call], stored: Stored) -> Iterator[Violation]:
    """Find calls that took effect before they were made, or after they had ended.

    The tag that a call got names its line in the audit trail. The lines of a job are in the order
    of their versions; calls that do not overlap in time have to be in the same order.
    """
    by_job: dict[str, list[Call]] = {}
    for call in calls:
        if call.acked and call.job and call.tag and call.status and call.op != "add":
            by_job.setdefault(call.job, []).append(call)
    for job, made in by_job.items():
        lines = (
            {each.version: each for each in stored.jobs[job].writes} if _has(stored, job) else {}
        )
        for call in made:
            line = lines.get(version_of(call.tag) or 0)
            if lines and (line is None or not _is_of(call, line)):
                what = f"{call.op} ({call.status}) of {call.process} is not line {call.tag}"
                yield Violation("order", job, what)
        for earlier, later in _in_time(made):
            if (version_of(later.tag) or 0) <= (version_of(earlier.tag) or 0):
                what = f"{later.op} of {later.process} came before {earlier.op} that had ended"
                yield Violation("order", job, what)


def _is_of(call: Call, line: StoredWrite) -> bool:
    return call.status == line.after or (call.status, line.after) == ("CRASHED", "QUEUED")


def _has(stored: Stored, job: str) -> bool:
    return job in stored.jobs


def _in_time(calls: Sequence[Call]) -> Iterator[tuple[Call, Call]]:
    """Yield neighbours of which the first ended before the second began."""
    by_end = sorted(calls, key=lambda call: call.ended or 0)
    for earlier, later in pairwise(by_end):
        if earlier.ended is not None and earlier.ended < later.invoked:
            yield earlier, later


def kept(calls: Sequence[Call], stored: Stored) -> Iterator[Violation]:
    """Find results that arrived, were refused, and were not kept aside either."""
    for call in calls:
        if not (call.outcome is Outcome.FAIL and call.op == "finish" and call.why == "412"):
            continue
        job = stored.jobs.get(call.job or "")
        aside = stored.orphans if job is None else [job.digest, *job.kept]
        if call.digest not in aside:
            what = f"the refused results {call.digest} of {call.process} are nowhere"
            yield Violation("thrown_away", call.job or "?", what)


def _heard_of(calls: Iterable[Call], stored: Stored) -> Mapping[str, StoredJob]:
    """Return the jobs without those that were handed out to nobody: a lease brings these back."""
    claims = {(call.job, call.attempt) for call in calls if call.op == "claim" and call.acked}
    return {
        id_: job
        for id_, job in stored.jobs.items()
        if job.status != "RUNNING" or (id_, job.attempt) in claims or not job.attempts[-1].is_leased
    }


def stuck(
    stored: Stored, alive: Collection[str] = (), leave: Leave = NOTHING
) -> Iterator[Violation]:
    """Find jobs that nobody works on, and nobody ever will.

    Args:
        alive: The workers that still run; a job that one of them has is in good hands.
    """
    for job in stored.jobs.values():
        if job.status == "RUNNING" and job.worker not in alive:
            yield Violation("stuck", job.id, f"is RUNNING at {job.worker}, who is dead")
        elif not job.is_final and not leave.unfinished:
            yield Violation("stuck", job.id, f"is {job.status} at the end")


def audit(job: StoredJob, leave: Leave = NOTHING) -> Iterator[Violation]:
    """Find what the audit trail does not explain: folded, it has to give the row."""
    for earlier, later in pairwise(job.writes):
        if later.version != earlier.version + 1 or later.before != earlier.after:
            yield Violation("audit", job.id, f"line {later.version} does not follow")
        if later.attempt != earlier.attempt + _hands_out(later):
            yield Violation("audit", job.id, f"line {later.version} jumps to {later.attempt}")
        if earlier.after in {"DONE", "CRASHED", "PRUNED"} and not leave.reopened:
            yield Violation("audit", job.id, f"line {later.version} changes a finished job")
    last = job.writes[-1] if job.writes else None
    if last is None or job.writes[0].version != 1:
        yield Violation("audit", job.id, "its first change is not in the trail")
    elif (last.version, last.after, last.attempt) != (job.version, job.status, job.attempt):
        yield Violation("audit", job.id, f"the trail ends with {last}, the row is {job}")
    elif last.state is not None and bytes(last.state) != job.content:
        yield Violation("audit", job.id, "the row's content is not that of its last change")
    yield from _attempts(job)


def _hands_out(line: StoredWrite) -> bool:
    return line.after == "RUNNING" and line.before != "RUNNING"


def _attempts(job: StoredJob) -> Iterator[Violation]:
    numbers = [each.n for each in job.attempts]
    if numbers != list(range(1, job.attempt + 1)):
        yield Violation("audit", job.id, f"attempts {numbers}, although it is at {job.attempt}")
    running = [each.n for each in job.attempts if each.state == "RUNNING"]
    if running != ([job.attempt] if job.status == "RUNNING" else []):
        yield Violation("audit", job.id, f"is {job.status}, and attempts {running} run")
