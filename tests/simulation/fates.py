"""What befalls a run besides its network: an operator, crashes, clocks that jump, cut cables."""

import asyncio
import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.faults.history import digest
from tests.server.http.asking import Answer
from tests.simulation.requests import new
from tests.simulation.world import EXPERIMENT, HOME, GaveUp, World, insist

_PAUSES = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, *[12.8] * 30]
_JUMPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=-1), timedelta(hours=10)]
# What tokens are good for that were signed in the past is a day; that is no subject here.
_FARTHEST = (timedelta(hours=-12), timedelta(hours=12))


@dataclass
class Operator:
    """Somebody who adds jobs, and sorts out what went wrong."""

    world: World
    dice: random.Random
    added: int = 0

    async def set_up(self, jobs: int) -> None:
        """Make the experiment, and its first jobs."""
        rules = self.world.rules
        uniform = {"RandomSearch": {"x": {"uniform": {"low": 0.0, "high": 1.0}}}}
        body = {
            "status": "RUNNING",
            "scheduler": uniform if rules.proposes else {"Manual": None},
            "limits": rules.limits,
            "seed": 1,
        }
        await self._ask("PUT", f"/experiments/{EXPERIMENT}/", body)
        for _ in range(jobs):
            await self.add()

    async def live(self) -> None:
        """Do something now and then."""
        while self.world.is_open:
            await asyncio.sleep(self.dice.expovariate(1 / 15))
            try:
                await self._act()
            except GaveUp:
                continue

    async def add(self) -> None:
        """Add a job."""
        self.added += 1
        hyperparameters = {"number": self.added}
        call = self.world.book.invoke("operator", "add", digest=digest(hyperparameters))
        body = {"status": "QUEUED", "hyperparameters": hyperparameters, "results": {}}
        try:
            answer = await self._ask("POST", f"{HOME}jobs/", body)
        except GaveUp:
            call.info()
            return
        if answer.status != 201:
            call.fail(why=str(answer.status))
            return
        job = answer.json["id"]
        self.world.jobs[job] = None
        call.ok(job=job, tag=answer.headers["etag"])

    async def requeue_orphans(self) -> None:
        """Have those jobs run again that nobody works on."""
        for job in self.world.orphans:
            if self.world.network.guard.status(job) == "RUNNING":
                await self._steer("requeue", job)

    async def _act(self) -> None:
        what = self.dice.choices(
            ["add", "requeue", "cancel", "void", "look", "adopt"], [8, 3, 2, 1, 2, 1]
        )[0]
        if what == "add":
            await self.add()
        elif what == "adopt":
            await self._adopt()
        elif self.world.jobs:
            job = self.dice.choice(list(self.world.jobs))
            if what == "look":
                await self._ask("GET", f"{HOME}jobs/{job}/")
            else:
                await self._steer(what, job)

    async def _steer(self, what: str, job: str) -> None:
        call = self.world.book.invoke("operator", what, job=job)
        try:
            answer = await self._ask("POST", f"{HOME}jobs/{job}/{what}/", {"reason": "why not"})
        except GaveUp:
            call.info()
            return
        if answer.status == 200:
            call.ok()
        else:
            call.fail(why=str(answer.status))

    async def _adopt(self) -> None:
        kept = (await self._ask("GET", f"{HOME}kept/")).json["items"]
        if not kept:
            return
        chosen = self.dice.choice(kept)
        call = self.world.book.invoke("operator", "adopt", job=chosen["job"])
        answer = await self._ask("POST", f"{HOME}kept/{chosen['id']}/adopt/", {"status": "DONE"})
        if answer.status == 200:
            call.ok()
        else:
            call.fail(why=str(answer.status))

    async def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {}
        if method == "POST":
            headers["Idempotency_Key"] = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        request = new("operator", self.world.token, method, path, body, **headers)
        return await insist(self.world, request, _PAUSES)


async def crashes(world: World, dice: random.Random) -> None:
    """Kill the server now and then, and start it again after a moment, or much later."""
    every = dice.choice([30.0, 120.0, 600.0])
    while world.is_open:
        await asyncio.sleep(dice.expovariate(1 / every))
        await _outage(world, dice)


async def _outage(world: World, dice: random.Random) -> None:
    if not world.is_open:
        return
    world.book.trace("the server dies")
    world.house.crash()
    is_long = dice.random() < 0.3
    await asyncio.sleep(dice.random() * (3 * world.rules.ttl if is_long else 4.0))
    world.house.start()
    world.book.trace("the server is back")


async def jumps(world: World, dice: random.Random) -> None:
    """Put the server's clock forward and back."""
    while world.is_open:
        await asyncio.sleep(dice.expovariate(1 / 200))
        offset = world.house.clock.offset + dice.choice(_JUMPS)
        world.house.clock.offset = max(_FARTHEST[0], min(offset, _FARTHEST[1]))
        world.book.trace(f"the clock is {offset} off")


async def cuts(world: World, dice: random.Random) -> None:
    """Cut the network off for a while, sometimes only one way."""
    while world.is_open:
        await asyncio.sleep(dice.expovariate(1 / 200))
        until = world.now() + dice.random() * 3 * world.rules.ttl
        if dice.random() < 0.5:
            world.network.cut = until
        else:
            world.network.deaf = until
        world.book.trace(f"the network is cut until {until:.3f}")
