"""A worker whose heartbeats a scripted server answers."""

from typing import Any

from schedy import Experiment, Job
from tests.client.peer import Peer, Step, reply

EVERY = 0.05  # seconds between two beats


def claimed(peer: Peer, remote: Experiment, *beats: Step, **more: Any) -> Job:
    """Claim a job of a scripted server, which says the following to its beats."""
    wire = {"id": "j1", "experiment": "mnist", "status": "RUNNING", "lease_id": "l", "attempt": 1}
    wire |= {"lease_ttl": 15 * EVERY, "heartbeat_every": EVERY, **more}
    peer.will(reply(200, wire, ETag='"1"'), *beats)
    return remote.next_job()


def told(word: str, reason: str | None = None) -> Step:
    return reply(200, {"directive": word, **({} if reason is None else {"reason": reason})})


def beats(peer: Peer) -> list[dict[str, Any]]:
    return [each.json() for each in peer.seen if each.path.endswith("/heartbeat/")]
