"""Workers of 2018: they look at the next job, start it, and have neither lease nor heartbeat."""

import asyncio
import random
from dataclasses import dataclass, replace
from typing import Any

from tests.server.http.asking import Answer
from tests.simulation.requests import old
from tests.simulation.world import HOME, GaveUp, Held, World, digest_of, insist

# The patience of urllib3 1.26 in its hands: 324 seconds.
_PAUSES = [0.0, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120.0]


class Unsafe(Exception):
    """Somebody else changed the job."""


@dataclass
class OldWorker:
    """A process with the client of 2018.

    Attributes:
        length: How many seconds a training takes, about.
    """

    world: World
    host: str
    dice: random.Random
    length: float
    lives: int = 1
    _bearer: str = ""

    @property
    def name(self) -> str:
        """How the process that works now is called."""
        return f"{self.host}:{self.lives}"

    async def live(self) -> None:
        """Work until the run ends."""
        while self.world.is_open:
            try:
                held = await self._next_job()
            except GaveUp:
                self.lives += 1
                held = None
            if held is None:
                await asyncio.sleep(1 + self.dice.random() * 10)
            else:
                await self._work(held)

    async def _next_job(self) -> Held | None:
        """Do what `Experiment.next_job` does: look at one and start it, until nobody was faster."""
        while self.world.is_open:
            answer = await self._ask("GET", f"{HOME}nextjob/")
            if answer.status != 200:
                return None
            looked = Held.of(answer)
            self.world.jobs[looked.id] = None
            if self.dice.random() < 0.05:
                return None  # it dies here
            call = self.world.book.invoke(
                self.name, "claim", job=looked.id, status="RUNNING", base=looked.etag
            )
            try:
                answer = await self._put(looked, "RUNNING", looked.results)
            except GaveUp:
                self.world.orphans[looked.id] = None
                call.info()
                raise
            if answer.status == 200:
                held = replace(looked, etag=answer.headers["etag"])
                call.ok(tag=held.etag)
                return held
            call.fail(why=str(answer.status))
        return None

    async def _work(self, held: Held) -> None:
        results = dict(held.results)
        try:
            for step in range(self.dice.randrange(3)):
                await asyncio.sleep(self.length * self.dice.random())
                results = {**results, "step": step, "by": self.name}
                held = await self._save(held, "report", "RUNNING", results)
            await asyncio.sleep(self.length * self.dice.random())
            if self.dice.random() < 0.05:
                self.world.orphans[held.id] = None
                self.lives += 1
                return  # killed
            if self.dice.random() < 0.1:
                raise Unsafe  # noqa: TRY301 - any exception that a training raises
            results = {**results, "loss": self.dice.random(), "by": self.name}
            ends = "DONE"
        except (Unsafe, GaveUp):
            ends = "CRASHED"
        try:
            await self._save(held, "finish", ends, results)
        except Unsafe:
            return
        except GaveUp:
            self.world.orphans[held.id] = None
            self.lives += 1

    async def _save(self, held: Held, op: str, status: str, results: dict[str, Any]) -> Held:
        call = self.world.book.invoke(
            self.name,
            op,
            job=held.id,
            status=status,
            digest=digest_of({"results": results}),
            base=held.etag,
        )
        try:
            answer = await self._put(held, status, results)
        except GaveUp:
            call.info()
            raise
        if answer.status == 200:
            call.ok(tag=answer.headers["etag"])
            return replace(held, etag=answer.headers["etag"])
        call.fail(why=str(answer.status))
        raise Unsafe

    async def _put(self, held: Held, status: str, results: dict[str, Any]) -> Answer:
        body: dict[str, Any] = {"status": status}
        if held.hyperparameters:
            body["hyperparameters"] = held.hyperparameters
        if results:
            body["results"] = results
        return await self._ask("PUT", held.path, body, If_Match=held.etag)

    async def _ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        if not self._bearer:
            login = {"email": self.world.email, "token": self.world.token}
            request = old(self.name, "", "POST", "/token/", login)
            answer = await insist(self.world, request, _PAUSES)
            self._bearer = answer.json["token"]
        request = old(self.name, self._bearer, method, path, body, **headers)
        return await insist(self.world, request, _PAUSES)
