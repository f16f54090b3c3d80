"""One run: everything follows from the seed, and the seed tells how to see it again."""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from schedy_server.model.accounts import Scope
from schedy_server.service import accounts, credentials
from schedy_server.storage import opening
from schedy_server.storage.ledger import Ledger
from tests.databases import fresh_database, shared_server
from tests.faults.checkers import Violation
from tests.faults.stored import load
from tests.simulation import fates
from tests.simulation.book import Book
from tests.simulation.guard import Guard
from tests.simulation.house import BEGINNING, House, WallClock
from tests.simulation.loop import HeldTask, Stuck, VirtualLoop
from tests.simulation.luck import determined
from tests.simulation.network import LATEST, Network, Weather
from tests.simulation.old_workers import OldWorker
from tests.simulation.verdict import books_in_disorder, still_running, verdict
from tests.simulation.watching import watched
from tests.simulation.workers import Worker
from tests.simulation.world import Rules, World

EMAIL = "ana@lab.org"
_BORN = BEGINNING - timedelta(days=10)
_LONGEST = 7200.0  # seconds that the end may take, of virtual time


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    Attributes:
        hash: The same seed always leads to the same.
        tail: The end of the trace.
    """

    seed: int
    ops: int
    database: str
    hash: str
    seen: Counter[str]
    violations: list[Violation]
    tail: list[str]
    seconds: float

    def __str__(self) -> str:
        """Say what is wrong, and how to see it again."""
        wrong = "\n".join(f"  {violation}" for violation in self.violations)
        command = f"python -m tests.simulation --seed {self.seed} --ops {self.ops}"
        on = "" if self.database == "sqlite" else f" --database {self.database}"
        return f"seed {self.seed} broke promises:\n{wrong}\nagain: {command}{on}"


def simulate(seed: int, *, ops: int = 300, database: str = "sqlite") -> Result:
    """Simulate a run, and return what came of it."""
    with ExitStack() as stack:
        url, token = stack.enter_context(_database(database))
        stack.enter_context(determined(seed))
        dice = random.Random(f"run {seed}")
        loop = stack.enter_context(VirtualLoop(random.Random(f"loop {seed}")))
        book = Book(loop.time)
        loop.set_exception_handler(lambda _, found: _overheard(book, found))
        guard = Guard(url, book)
        stack.callback(guard.close)
        doubtful = dice.choice([0.0, 0.0, 0.02, 0.1])
        house = House(url, loop, random.Random(f"house {seed}"), WallClock(loop), doubtful)
        weather = Weather.drawn(dice)
        network = Network(house, random.Random(f"network {seed}"), book, guard, weather)
        world = World(house, network, book, Rules.drawn(dice), token, EMAIL, ops)
        with watched(world):
            try:
                loop.run_until_complete(_lived(world, dice))
            except (Stuck, TimeoutError) as error:
                book.object("stuck", "?", repr(error))
            if house.is_up:
                house.crash()
        book.violations += [*verdict(world, load(_place(url))), *books_in_disorder(url)]
        seconds = loop.time()
    told = (book.seen, book.violations, list(book.lines), seconds)
    return Result(seed, ops, database, book.hash, *told)


async def _lived(world: World, dice: random.Random) -> None:
    weather, world.network.weather = world.network.weather, Weather()
    world.house.start()
    operator = fates.Operator(world, random.Random(dice.random()))
    await operator.set_up(dice.choice([1, 2, 5, 10, 15]))
    world.network.requests = 0
    world.network.weather = weather
    loop = asyncio.get_running_loop()
    befalls = [
        loop.create_task(fate(world, random.Random(dice.random())))
        for fate in (fates.crashes, fates.jumps, fates.cuts)
        if dice.random() < 0.7
    ]
    busy = [loop.create_task(actor.live()) for actor in [operator, *_cast(world, dice)]]
    while world.is_open:  # noqa: ASYNC110 - virtual time costs nothing
        await asyncio.sleep(1)
    for task in befalls:
        task.cancel()
    if not world.house.is_up:
        world.house.start()
    world.network.weather, world.network.cut, world.network.deaf = Weather(), 0.0, 0.0
    async with asyncio.timeout(_LONGEST):
        for task in busy:
            await task
    await _end(world, operator)


def _cast(world: World, dice: random.Random) -> list[Worker | OldWorker]:
    length = world.rules.ttl * dice.choice([0.1, 0.5, 1.5])
    today = [
        Worker(world, f"host{n}", random.Random(dice.random()), length)
        for n in range(dice.choice([0, 2, 4, 7, 10]))
    ]
    if today and dice.random() < 0.2:
        today[0].is_broken = True
    before = [
        OldWorker(world, f"old{n}", random.Random(dice.random()), length)
        for n in range(dice.choice([0, 1, 2, 4, 6]))
    ]
    return [*today, *before] or [Worker(world, "host0", random.Random(dice.random()), length)]


async def _end(world: World, operator: fates.Operator) -> None:
    """Let what is left come to its end: nobody who is alive has a job any more."""
    await asyncio.sleep(LATEST)  # until nothing is on its way any more
    await operator.requeue_orphans()
    # The breaker may have held a lease twice.
    await asyncio.sleep(3 * world.rules.ttl + 20)
    for violation in still_running(world):
        world.book.violations.append(violation)
    legacy = world.rules.limits["legacy_requeue_after"]
    if legacy is not None:
        await asyncio.sleep(3 * legacy)
    if world.rules.proposes:
        return
    await Worker(world, "last", random.Random(0), 0.0).drain()


def _overheard(book: Book, found: dict[str, Any]) -> None:
    """Hear of an exception that nobody took care of; those of dead servers are no news."""
    task = found.get("task") or found.get("future")
    process = task.process if isinstance(task, HeldTask) else None
    if process is None or not process.is_dead:
        book.object("error", "?", f"{found.get('message')}: {found.get('exception')!r}")


def _place(url: str) -> Path | str:
    return opening.sqlite_path(url) if opening.dialect_of(url) == "sqlite" else url


@contextmanager
def _database(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the URL of a database with an account, and a token of it."""
    if kind == "postgres":
        with fresh_database(shared_server()) as url:
            yield url, _prepare(url)
        return
    content, token = _template()
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        path = Path(folder, "schedy.db")
        path.write_bytes(content)
        yield f"sqlite:///{path}", token


@cache
def _template() -> tuple[bytes, str]:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        path = Path(folder, "schedy.db")
        token = _prepare(f"sqlite:///{path}")
        return path.read_bytes(), token


def _prepare(url: str) -> str:
    def make(ledger: Ledger) -> str:
        account = accounts.add_account(
            ledger, email=EMAIL, password_hash=None, now=_BORN, actor="simulation"
        )
        wish = credentials.Wish("simulation", Scope.ADMIN)
        made = credentials.create_token(ledger, account, wish, now=_BORN, actor="simulation")
        return made.text

    with determined(0), opening.open_storage(url) as storage:
        return storage.write_now(make)


def _memory() -> str | None:
    """Return a folder that lies in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - its file is made safely
