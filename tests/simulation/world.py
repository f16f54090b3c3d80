"""What all actors of a run share, and how long it goes on."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from tests.faults.history import digest
from tests.server.http.asking import Answer
from tests.simulation.book import Book
from tests.simulation.house import ConnectionBroke, House
from tests.simulation.network import Network
from tests.simulation.requests import Request

EXPERIMENT = "simulated"
HOME = f"/experiments/{EXPERIMENT}/"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the experiment of a run is like.

    Attributes:
        proposes: A scheduler makes up the jobs.
    """

    ttl: float
    limits: dict[str, Any]
    proposes: bool

    @classmethod
    def drawn(cls, dice: random.Random) -> "Rules":
        """Return rules that a user might choose."""
        ttl = dice.choice([20.0, 30.0, 60.0])
        limits = {
            "lease_ttl": ttl,
            "max_lost": dice.choice([1, 3, 3, 5]),
            "max_preempted": dice.choice([2, 50]),
            "crash_retries": dice.choice([0, 0, 1, 3]),
            "on_late": dice.choice(["adopt", "adopt", "keep"]),
            "legacy_requeue_after": dice.choice([None, None, 120.0]),
        }
        return cls(ttl, limits, proposes=dice.random() < 0.2)


@dataclass
class World:
    """A run.

    Attributes:
        ops: How many requests are sent before everybody comes to an end.
        jobs: The ids of the jobs that were seen so far.
        orphans: Jobs that nobody works on any more, by a client without a lease that knows it.
    """

    house: House
    network: Network
    book: Book
    rules: Rules
    token: str
    email: str
    ops: int
    jobs: dict[str, None] = field(default_factory=dict)
    orphans: dict[str, None] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Tell whether there is still something to be started."""
        return self.network.requests < self.ops

    def now(self) -> float:
        """Return the virtual time."""
        return self.house.loop.time()


class GaveUp(Exception):
    """There was no clear answer, and patience has ended."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job that a worker has."""

    id: str
    hyperparameters: dict[str, Any]
    results: dict[str, Any]
    etag: str
    attempt: int
    lease: str | None = None
    beat_every: float = 0.0

    @classmethod
    def of(cls, answer: Answer) -> "Held":
        """Read the answer that hands it out."""
        told = answer.json
        return cls(
            told["id"],
            dict(told["hyperparameters"]),
            dict(told["results"]),
            answer.headers["etag"],
            told["attempt"],
            told.get("lease_id"),
            told.get("heartbeat_every", 0.0),
        )

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{HOME}jobs/{self.id}/"


async def insist(
    world: World, request: Request, pauses: list[float], *, wait: float = 0.0
) -> Answer:
    """Send a request until it is answered.

    Args:
        pauses: How long to wait between tries, if the server does not say.

    Raises:
        GaveUp: It never was.
    """
    for pause in [*pauses, None]:
        try:
            answer = await world.network.ask(request, wait=wait)
        except ConnectionBroke:
            asked = 0.0
        else:
            if answer.status != 503:
                return answer
            asked = float(answer.headers.get("retry-after", "0"))
        if pause is None:
            break
        await asyncio.sleep(max(pause, asked))
    raise GaveUp


def digest_of(body: dict[str, Any]) -> str:
    """Return the digest of the results that a request holds."""
    return digest(json.loads(json.dumps(body.get("results") or {})))
