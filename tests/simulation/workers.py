"""Workers of today: they claim, beat, report, finish; some crash, freeze, or have to leave."""

import asyncio
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.server.http.asking import Answer
from tests.simulation.house import ConnectionBroke
from tests.simulation.requests import new
from tests.simulation.world import HOME, GaveUp, Held, World, digest_of, insist

# How often, and for how long, `SchedyDB(patience=...)` has it tried.
_PATIENT = [0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, *[12.8] * 20]
_IMPATIENT = [0.0, 0.2, 0.4, 0.8]
# A busy machine beats more rarely than it is told; it still has five chances for each lease.
_LATE = 3.0
_FATES = {"ends": 10, "reports": 8, "crashes": 2, "dies": 2, "freezes": 3, "is released": 2}


class Refused(Exception):
    """The server did not take it."""


@dataclass
class Worker:
    """A machine on which one process works after the other.

    Attributes:
        is_broken: Everything crashes here at once.
        length: How many seconds a training takes, about.
    """

    world: World
    host: str
    dice: random.Random
    length: float
    is_broken: bool = False
    lives: int = 0
    told: str = "continue"
    pauses: list[float] = field(default_factory=lambda: _PATIENT)
    frozen_until: float = 0.0
    etag: str = ""
    _heart: asyncio.Task[None] | None = field(default=None)

    @property
    def name(self) -> str:
        """How the process that works now is called."""
        return f"{self.host}:{self.lives}"

    async def live(self) -> None:
        """Work until the run ends."""
        self.lives = 1
        self.pauses = self.dice.choice([_PATIENT, _PATIENT, _IMPATIENT])
        while self.world.is_open:
            held = await self.claim()
            if held is None:
                await asyncio.sleep(1 + self.dice.random() * 10)
            else:
                await self.work(held)

    async def drain(self) -> None:
        """Do what is left, without mishaps, until there is nothing."""
        self.lives = 1
        idle = 0
        while idle < 2:
            held = await self.claim()
            if held is None:
                idle += 1
                await asyncio.sleep(1)
            else:
                idle = 0
                await self.end(held, "DONE", {"loss": 0.0, "drained": True})

    async def claim(self) -> Held | None:
        """Ask for a job, and return it if there is one."""
        body: dict[str, Any] = {"claim_id": self._uuid(), "worker": self.name}
        wait = 0.0
        if self.dice.random() < 0.3:
            body["wait"] = wait = round(self.dice.random() * 20, 1)
        call = self.world.book.invoke(self.name, "claim", status="RUNNING")
        try:
            answer = await self._ask("POST", f"{HOME}claims/", body, wait=wait)
        except GaveUp:
            call.info()
            return None
        if answer.status != 200:
            call.fail(why=str(answer.status))
            if answer.status == 403:
                self._restart(f"new-{self.host}")
            return None
        held = Held.of(answer)
        call.ok(job=held.id, attempt=held.attempt, tag=held.etag)
        self.etag = held.etag
        self.world.jobs[held.id] = None
        self.told = "continue"
        return held

    async def work(self, held: Held) -> None:
        """Run a job."""
        fate = self.dice.choices(list(_FATES), list(_FATES.values()))[0]
        if self.is_broken:
            fate = "crashes"
        self._heart = asyncio.get_running_loop().create_task(self._beat(held))
        try:
            await self._train(held, fate)
        except Refused:
            await self._try_end(held, "CRASHED")  # what a with-block does after an exception
        except GaveUp:
            self._restart()
        finally:
            self._heart.cancel()

    async def _train(self, held: Held, fate: str) -> None:
        if not self.is_broken:
            await asyncio.sleep(self.length * (0.5 + self.dice.random()))
        if fate == "reports":
            for step in range(1 + self.dice.randrange(3)):
                await self._report(held, {"step": step, "by": self.name})
                await asyncio.sleep(self.length * self.dice.random() / 2)
        if self.told == "continue" or self.dice.random() < 0.5:
            await self._finish(held, fate)
        # Otherwise it listens to what it is told, and leaves the job alone.

    async def _finish(self, held: Held, fate: str) -> None:
        results = {"loss": self.dice.random(), "by": self.name, "text": "é"}
        if fate == "dies":
            self._restart()
        elif fate == "crashes":
            await self.end(held, "CRASHED", {})
        elif fate == "is released":
            await self._release(held, results)
        else:
            if fate == "freezes":
                pause = self.world.rules.ttl * (0.5 + 2 * self.dice.random())
                self.frozen_until = self.world.now() + pause
                await asyncio.sleep(pause)
            await self.end(held, self.dice.choice(["DONE", "DONE", "DONE", "PRUNED"]), results)

    async def end(self, held: Held, status: str, results: dict[str, Any]) -> None:
        """Report how a job ended."""
        body: dict[str, Any] = {
            "lease_id": held.lease,
            "status": status,
            "hyperparameters": held.hyperparameters,
            "results": results,
        }
        if status == "CRASHED":
            body["reason"] = "ValueError: the loss is infinite"
        await self._tell(held, "finish", "finish/", body, status)

    async def _try_end(self, held: Held, status: str) -> None:
        try:
            await self.end(held, status, {})
        except (Refused, GaveUp):
            return

    async def _release(self, held: Held, results: dict[str, Any]) -> None:
        body = {"lease_id": held.lease, "results": results, "resume": {"epoch": 3}}
        await self._tell(held, "release", "release/", body, "QUEUED")

    async def _report(self, held: Held, results: dict[str, Any]) -> None:
        body: dict[str, Any] = {"lease_id": held.lease, "results": results}
        where = "report/"
        if self.dice.random() < 0.5:
            known = {"status": "RUNNING", "hyperparameters": held.hyperparameters}
            body, where = {**known, "results": results}, ""
        try:
            await self._tell(held, "report", where, body, "RUNNING")
        except GaveUp:
            raise Refused from None  # the with-block knows no difference

    async def _tell(
        self, held: Held, op: str, where: str, body: dict[str, Any], status: str
    ) -> None:
        call = self.world.book.invoke(
            self.name,
            op,
            job=held.id,
            attempt=held.attempt,
            status=status,
            digest=digest_of(body),
            base=self.etag,
        )
        method = "POST" if where else "PUT"
        try:
            answer = await self._ask(method, held.path + where, body, If_Match=self.etag)
        except GaveUp:
            call.info()
            raise
        if answer.status == 200:
            self.etag = answer.headers["etag"]
            call.ok(tag=self.etag)
            return
        call.fail(why=str(answer.status))
        raise Refused(answer.text)

    async def _beat(self, held: Held) -> None:
        while True:
            await asyncio.sleep(_LATE * held.beat_every * (0.9 + self.dice.random() * 0.2))
            if self.world.now() < self.frozen_until:
                await asyncio.sleep(self.frozen_until - self.world.now())
            body: dict[str, Any] = {"lease_id": held.lease}
            if self.dice.random() < 0.1:
                body["resume"] = {"epoch": 1}
            request = self._request("POST", held.path + "heartbeat/", body)
            try:
                answer = await self.world.network.ask(request)
            except ConnectionBroke:
                continue
            if answer.status == 200:
                self.told = answer.json["directive"]

    async def _ask(
        self, method: str, path: str, body: Any, *, wait: float = 0.0, **headers: str
    ) -> Answer:
        request = self._request(method, path, body, **headers)
        return await insist(self.world, request, self.pauses, wait=wait)

    def _request(self, method: str, path: str, body: Any, **headers: str) -> Any:
        return new(self.name, self.world.token, method, path, body, **headers)

    def _restart(self, host: str | None = None) -> None:
        """Die, and have the machine start another process."""
        self.host = host or self.host
        self.lives += 1

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
