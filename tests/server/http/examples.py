"""The examples of the API's description, done as a shell and curl would do them."""

import shlex
from collections.abc import Mapping
from itertools import pairwise

from schedy_server.http.parameters import EXAMPLE_LEASE, EXAMPLE_TAG
from schedy_server.model.accounts import Scope
from tests.server.doorkeeping import ANA, PHRASE
from tests.server.http.asking import Answer, Server

RECORD = {
    "status": "DONE",
    "hyperparameters": {"learning_rate": 0.01, "layers": 2},
    "results": {"loss": 0.3, "losses": [0.9, 0.3]},
}


async def prepared(schedy: Server) -> dict[str, str]:
    """Make what the examples speak of, and return what stands in them for what is made up."""
    token = schedy.door.new_token(scope=Scope.ADMIN)
    for method, url, body in (
        ("PUT", "/experiments/mnist/", {"scheduler": {"Manual": None}}),
        ("PUT", "/experiments/mnist/jobs/bqkvw7zt3x/", {}),
        # Made for a version that never was, it is kept.
        ("PUT", "/experiments/mnist/jobs/bqkvw7zt3x/", {"status": "DONE", "results": {"loss": 1}}),
        ("PUT", "/experiments/mnist/jobs/7h2mx9qd4c/", RECORD),
        ("PUT", "/views/best/", {"address": "/experiments?sort=best"}),
        ("POST", "/experiments/mnist/claims/", {"claim_id": "c"}),
    ):
        seen = {"If-Match": EXAMPLE_TAG} if body and "results" in body and body != RECORD else {}
        job = await schedy.ask(method, url, body, token=token.text, headers=seen)
    await schedy.ask("POST", "/session/", {"email": ANA, "password": PHRASE})
    sessions = await schedy.ask("GET", "/sessions/", token=token.text)
    return {
        "Q4m7sVzK2p": sessions.json["items"][0]["id"],
        "$SCHEDY_TOKEN": token.text,
        EXAMPLE_LEASE: job.json["lease_id"],
        EXAMPLE_TAG: job.headers["etag"],
        "/kept/17/": "/kept/1/",
        "Zl5tTn8yBH": schedy.door.new_token(name="other").credential.id,
        "sdy_w_…": token.text,
        "the password": PHRASE,
        "the old sentence": PHRASE,
        "ana@lab.org": ANA,
    }


async def typed(schedy: Server, command: str, values: Mapping[str, str]) -> Answer:
    """Do what a shell and curl would do."""
    words = shlex.split(command)
    for placeholder, value in values.items():
        words = [word.replace(placeholder, value) for word in words]
    given = dict(pairwise(words))
    url = next(word for word in words if word.startswith("$SCHEDY_ROOT"))
    method = given.get("-X", "GET")
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    body = given["-d"].encode() if "-d" in given else None
    return await schedy.ask(method, url.removeprefix("$SCHEDY_ROOT"), body, headers=headers)
