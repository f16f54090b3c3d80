"""A network that loses requests and answers, delivers some twice, and some when nobody waits."""

import asyncio
import hashlib
import random
from dataclasses import dataclass

from tests.server.http.asking import Answer
from tests.simulation.book import Book
from tests.simulation.guard import Guard
from tests.simulation.house import ConnectionBroke, House
from tests.simulation.requests import Request

LATEST = 150.0  # seconds
_PATIENCE = 30.0  # that a client has for one answer, besides what it asked the server to wait
_REPORTED = 400


@dataclass(slots=True)
class Weather:
    """How likely each mishap is."""

    lose_request: float = 0.0
    lose_answer: float = 0.0
    twice: float = 0.0
    late: float = 0.0

    @classmethod
    def drawn(cls, dice: random.Random) -> "Weather":
        """Return the weather of a run; some are calm."""
        worst = dice.choice([0.0, 0.05, 0.15, 0.3])
        return cls(*(dice.random() * worst for _ in range(4)))


@dataclass
class Network:
    """The way from the clients to the server.

    Attributes:
        cut: Until when the network lets nothing through.
        deaf: Until when it lets no answers through.
        requests: How many were sent, besides signs of life.
    """

    house: House
    dice: random.Random
    book: Book
    guard: Guard
    weather: Weather
    cut: float = 0.0
    deaf: float = 0.0
    requests: int = 0

    async def ask(self, request: Request, *, wait: float = 0.0) -> Answer:
        """Send a request once and return the answer.

        Raises:
            ConnectionBroke: There is none; it may or may not have been handled.
        """
        self.requests += not request.path.endswith("/heartbeat/")
        fate = self._fate()
        await asyncio.sleep(self.dice.random() * 0.05)
        if self.house.loop.time() < self.cut or fate == "lose request":
            await asyncio.sleep(self.dice.random() * _PATIENCE)
            raise ConnectionBroke("lost")
        if fate == "late":
            self._later(request)
            await asyncio.sleep(self.dice.random() * _PATIENCE)
            raise ConnectionBroke("late")
        if fate == "twice":
            self._later(request)
        try:
            async with asyncio.timeout(_PATIENCE + wait):
                answer = await self._deliver(request)
        except TimeoutError:
            raise ConnectionBroke("too slow") from None
        if fate == "lose answer" or self.house.loop.time() < max(self.cut, self.deaf):
            raise ConnectionBroke("answer lost")
        await asyncio.sleep(self.dice.random() * 0.05)
        return answer

    def _fate(self) -> str:
        weather = self.weather
        chances = {
            "lose request": weather.lose_request,
            "lose answer": weather.lose_answer,
            "twice": weather.twice,
            "late": weather.late,
        }
        luck = self.dice.random()
        for fate, chance in chances.items():
            luck -= chance
            if luck < 0:
                return fate
        return ""

    def _later(self, request: Request) -> None:
        delay = self.dice.random() ** 3 * LATEST
        self.house.loop.create_task(self._deliver_later(request, delay))

    async def _deliver_later(self, request: Request, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            await self._deliver(request)
        except ConnectionBroke:
            return  # nobody waits for it

    async def _deliver(self, request: Request) -> Answer:
        said = hashlib.sha256(request.body).hexdigest()[:8]
        tag = request.header("If-Match") or ""
        name = f"{request.sender}: {request.method} {request.path} {tag} {said}"
        self.book.trace(f"-> {name}")
        before = self.guard.look(request)
        answer = await self.house.receive(request)
        etag = answer.headers.get("etag", "")
        self.book.trace(f"<- {name}: {answer.status} {etag} {answer.body!r}"[:_REPORTED])
        self.guard.judge(request, before, answer)
        return answer
