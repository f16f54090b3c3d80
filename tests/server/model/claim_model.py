"""Every way in which two workers, one job and a bad network can meet, tried out on the real rules.

The workers run old clients that ask for the same job and train deterministically, so that all they
send is identical to the byte: look at the next job, start it, report, finish, and report a crash
when something is refused. Each request may be lost, carried out without an answer, answered, or
carried out after it was sent again. The search visits each reachable state once, breadth first, so
that the trace to a broken promise is as short as can be.
"""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from schedy_server.model import interventions
from schedy_server.model.jobs import Attempt, Job, Status, Write
from schedy_server.model.limits import Limits as JobLimits
from schedy_server.model.limits import OnLate
from schedy_server.model.tags import Tag
from schedy_server.model.transitions import (
    Asked,
    Change,
    Circumstances,
    Memory,
    Refused,
    Replayed,
    Step,
    step,
)
from tests.server.model.claim_promises import broken_promises
from tests.server.model.claim_world import (
    CHANGES,
    ONCE_ACCEPTED,
    ONCE_REFUSED,
    Message,
    Move,
    Stage,
    Worker,
    World,
    attempt_of,
)

Rules = Callable[[Job, Change, Asked, Memory, Circumstances], Step | Replayed | Refused]

EPOCH = "epoch"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKERS = 2
AROUND = Circumstances(NOON, EPOCH, revision=1, lease_id="lease")
_AROUND = {
    on_late: dataclasses.replace(AROUND, limits=JobLimits(on_late=on_late)) for on_late in OnLate
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How bad things may get.

    Attributes:
        retries: How often a worker sends a request again.
        requeues: How often somebody takes the job away from its worker.
        expiries: How often its lease runs out.
        deletions: How often it is deleted, and made again under the same id.
        strangers: Whether other accounts send the very same requests.
        on_late: What becomes of results that come too late.
        has_nonces: Whether each reader gets a tag of its own.
    """

    retries: int = 1
    requeues: int = 0
    expiries: int = 0
    deletions: int = 0
    strangers: bool = False
    on_late: OnLate = OnLate.ADOPT
    has_nonces: bool = True


@dataclass(frozen=True, slots=True)
class Findings:
    """What the search came to.

    Attributes:
        broken: The shortest way to break each promise that can be broken.
        is_complete: Whether every reachable state was visited.
    """

    states: int
    broken: dict[str, list[str]]
    is_complete: bool


def search(rules: Rules = step, limits: Limits = Limits(), *, most: int = 10**9) -> Findings:
    """Visit states, up to a number of them, and collect broken promises."""
    start = _beginning()
    cause: dict[object, tuple[object, str]] = {_essence(start): (None, "")}
    waiting = deque([start])
    broken: dict[str, list[str]] = {}
    while waiting and len(cause) < most:
        before = waiting.popleft()
        origin = _essence(before)
        for move, after in _moves(before, rules, limits):
            for promise in broken_promises(before, move, after):
                broken.setdefault(promise, [*_trace(cause, origin), move.text])
            essence = _essence(after)
            if essence not in cause:
                cause[essence] = (origin, move.text)
                waiting.append(after)
    return Findings(len(cause), broken, is_complete=not waiting)


def _beginning() -> World:
    job = Job(
        experiment_key=1,
        number=1,
        id="job",
        status=Status.QUEUED,
        hyperparameters="{}",
        results="{}",
        origin=None,
        quality=None,
        version=1,
        attempt=0,
        lease_id=None,
        base_tag=None,
        worker=None,
        reason=None,
        priority=0,
        revision=1,
        created=NOON,
        started=None,
        finished=None,
        modified=NOON,
    )
    return World(job, (), None, (Worker(),) * WORKERS, (), 1)


def _moves(world: World, rules: Rules, limits: Limits) -> Iterator[tuple[Move, World]]:
    for index, worker in enumerate(world.workers):
        yield from _worker_s_moves(world, index, worker, limits)
    for message in world.messages:
        rest = world._replace(messages=tuple(m for m in world.messages if m != message))
        name = f"{message.stage} of {message.worker}"
        yield Move(f"{name} is lost"), rest
        yield from _arrivals(world, rest, message, rules, limits)
    yield from _interventions(world, limits)


def _arrivals(
    world: World, rest: World, message: Message, rules: Rules, limits: Limits
) -> Iterator[tuple[Move, World]]:
    """Yield what may come of a request that reaches the server."""
    name = f"{message.stage} of {message.worker}"
    after, version, adopted = _handled(rest, message, rules, limits)
    accepted = version is not None
    verdict = "adopted" if adopted else "accepted" if accepted else "refused"
    told = Move(f"{name} is {verdict}, the answer lost", message, accepted, adopted=adopted)
    yield told, after
    if world.workers[message.worker].waiting == message.number:
        answered = _answered(after, message, version, limits)
        yield told._replace(text=f"{name} is {verdict}", heard=True), answered
    if limits.strangers and not message.tag.matches(world.job, epoch=EPOCH):
        other, version, _ = _handled(world, message, rules, limits, account=2)
        text = f"a stranger repeats {name}"
        yield Move(text, message, version is not None, by_stranger=True), other


def _interventions(world: World, limits: Limits) -> Iterator[tuple[Move, World]]:
    """Yield what others than workers may do."""
    if world.job.status is Status.RUNNING and world.requeued < limits.requeues:
        taken = interventions.requeue(world.job, b"requeue", AROUND, reason=None)
        after = _stored(world, taken, None)
        yield Move("the job is taken away"), after._replace(requeued=world.requeued + 1)
    if world.job.status is Status.RUNNING and world.expired < limits.expiries:
        lost = interventions.expire(world.job, b"expire", AROUND, why="hung", is_awaited=False)
        after = _stored(world, lost, None)
        yield Move("the lease runs out"), after._replace(expired=world.expired + 1)
    if world.deleted < limits.deletions:
        again = replace(_beginning().job, number=world.job.number + 1)
        gone = world._replace(job=again, writes=(), attempts=(), owner=None)
        yield Move("the job is deleted"), gone._replace(deleted=world.deleted + 1)


def _worker_s_moves(
    world: World, index: int, worker: Worker, limits: Limits
) -> Iterator[tuple[Move, World]]:
    if worker.stage is Stage.OVER:
        return
    if worker.stage is Stage.LOOK:
        if world.job.status is Status.QUEUED:
            tag, fresh = _new_tag(world, world.job.version, limits)
            looked = _with(world, index, worker._replace(stage=Stage.CLAIM, tag=tag))
            yield Move(f"{index} looks"), looked._replace(fresh=fresh)
    elif worker.waiting is None:
        assert worker.tag is not None
        message = Message(world.fresh, index, worker.stage, worker.tag)
        sent = _with(world, index, worker._replace(waiting=world.fresh))
        yield (
            Move(f"{index} sends {worker.stage}"),
            sent._replace(messages=(*world.messages, message), fresh=world.fresh + 1),
        )
    elif worker.tries < limits.retries:
        again = worker._replace(tries=worker.tries + 1, waiting=None)
        yield Move(f"{index} loses its connection"), _with(world, index, again)
    else:
        resigned = _turned_to(worker, ONCE_REFUSED[worker.stage])
        yield Move(f"{index} gives up {worker.stage}"), _with(world, index, resigned)


def _handled(
    world: World, message: Message, rules: Rules, limits: Limits, *, account: int = 1
) -> tuple[World, int | None, bool]:
    """Let the server handle a request.

    Returns:
        The version that it answers with, if it accepts; and whether it came too late, and counts.
    """
    asked = Asked(account, message.stage.encode(), [message.tag])
    memory = _memory(world, asked, message.tag)
    around = _AROUND[limits.on_late]
    outcome = rules(world.job, CHANGES[message.stage], asked, memory, around)
    if isinstance(outcome, Refused):
        return world, None, False
    if isinstance(outcome, Replayed):
        return world, outcome.version, False
    if outcome.adopted is not None:
        return _stored(world, outcome, None), outcome.job.version, True
    owner = world.owner if outcome.started is None else message.worker
    return _stored(world, outcome, owner), outcome.job.version, False


def _memory(world: World, asked: Asked, tag: Tag) -> Memory:
    """Return what the service looks up for such a request."""
    with_tag = [write for write in world.writes if write.base_tag == str(tag)]
    with_tag.sort(key=lambda write: (write.digest != asked.digest, -write.version))
    latest = next((write for write in world.writes if write.version == world.job.version), None)
    seen = [write for write in world.writes if write.version == tag.version]
    of_worker = [
        write
        for write in (*(seen if tag.is_of(world.job, epoch=EPOCH) else ()), *with_tag[:1])
        if write.is_of_worker(asked.account_key)
    ]
    taken = None
    if of_worker and not tag.matches(world.job, epoch=EPOCH):
        n = of_worker[0].attempt
        attempt = Attempt(n, world.attempts[n - 1], "lease", None, None)
        taken = attempt if attempt.was_taken else None
    return Memory(with_tag[0] if with_tag else None, latest, taken)


def _stored(world: World, outcome: Step, owner: int | None) -> World:
    job = outcome.job
    write = Write(job.version, job.base_tag, outcome.digest, 1, job.attempt, job.status)
    attempts = list(world.attempts)
    if outcome.ended is not None:
        n, state = outcome.ended
        attempts[n - 1] = state
    if outcome.started is not None:
        attempts.append("RUNNING")
    writes = (*world.writes, write)
    return world._replace(job=job, owner=owner, writes=writes, attempts=tuple(attempts))


def _answered(world: World, message: Message, version: int | None, limits: Limits) -> World:
    worker = world.workers[message.worker]
    if version is None:
        refused = _turned_to(worker, ONCE_REFUSED[message.stage])
        return _with(world, message.worker, refused)
    tag, fresh = _new_tag(world, version, limits)
    if message.stage is Stage.CLAIM:
        worker = worker._replace(attempt=attempt_of(world.job))
    accepted = _turned_to(worker._replace(tag=tag), ONCE_ACCEPTED[message.stage])
    return _with(world, message.worker, accepted)._replace(fresh=fresh)


def _turned_to(worker: Worker, stage: Stage) -> Worker:
    tag = None if stage is Stage.OVER else worker.tag  # of no more use
    return Worker(stage, tag, attempt=worker.attempt)


def _new_tag(world: World, version: int, limits: Limits) -> tuple[Tag, int]:
    nonce = str(world.fresh) if limits.has_nonces else "same"
    return Tag.of(world.job, epoch=EPOCH, nonce=nonce, version=version), world.fresh + 1


def _with(world: World, index: int, worker: Worker) -> World:
    workers = (*world.workers[:index], worker, *world.workers[index + 1 :])
    return world._replace(workers=workers)


def _essence(world: World) -> object:
    """Return what makes a difference.

    That is not how tags and messages are called, nor which of the workers is which, nor writes
    that nobody can repeat any more.
    """
    names: dict[object, int] = {None: -1}

    def renamed(thing: object) -> int:
        return names.setdefault(thing, len(names))

    def looks(index: int) -> tuple[object, ...]:
        worker = world.workers[index]
        version = worker.tag.version if worker.tag else 0
        waits = worker.waiting is not None
        job = worker.tag.job if worker.tag else ""
        is_owner = index == world.owner
        return worker.stage, worker.tries, worker.attempt, version, job, waits, is_owner

    order = sorted(range(WORKERS), key=looks)
    workers = tuple(
        (*looks(index), renamed(str(worker.tag) if worker.tag else None), renamed(worker.waiting))
        for index in order
        for worker in (world.workers[index],)
    )
    messages = frozenset(
        (
            *(renamed(m.number), order.index(m.worker), m.stage),
            *(m.tag.job, m.tag.version, renamed(str(m.tag))),
        )
        for m in world.messages
    )
    job = world.job
    base = renamed(job.base_tag)
    known = frozenset(
        (names[w.base_tag], w.digest, w.version, w.attempt, w.to_status)
        for w in world.writes
        if w.base_tag in names or w.version == job.version
    )
    owned = world.owner is not None
    befell = (world.requeued, world.expired, world.deleted, world.attempts)
    now = (job.version, job.status, job.attempt, base, owned, *befell)
    return now, workers, messages, known


def _trace(cause: dict[object, tuple[object, str]], essence: object) -> list[str]:
    trace: list[str] = []
    while essence is not None:
        essence, text = cause[essence]
        trace.append(text)
    return trace[-2::-1]
