"""What every worker process runs, whichever system it works for: rounds of cycles, on command.

Spoken over standard input and output, one JSON value a line: "ready" goes out; then, round for
round, an order comes in, "ready" goes out, "go" comes in, the tally goes out. The worker ends when
its input does. Only the standard library is used, because the peers' workers run in an environment
of their own.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

Order = Mapping[str, Any]
Cycle = Callable[[], float]
"""Claims a job and reports its results; returns how many seconds the claim took."""


def serve(open_cycle: Callable[[Order], AbstractContextManager[Cycle]]) -> None:
    """Carry out orders until there are no more."""
    _say({"ready": True})
    for line in iter(sys.stdin.readline, ""):
        _say(_round(open_cycle, json.loads(line)))


def _round(
    open_cycle: Callable[[Order], AbstractContextManager[Cycle]], order: Order
) -> dict[str, Any]:
    tally: dict[str, Any] = {"cycles": 0, "seconds": 0.0, "cpu": 0.0, "claims": [], "error": None}
    try:
        with open_cycle(order) as cycle:
            cycle()  # connects, imports, fills caches: not what is measured
            _say({"ready": True})
            sys.stdin.readline()
            _count(cycle, order["seconds"], tally)
    except Exception as error:  # noqa: BLE001  whatever a system fails with is a finding
        tally["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return tally


def _count(cycle: Cycle, seconds: float, tally: dict[str, Any]) -> None:
    start, busy = time.perf_counter(), time.process_time()
    while tally["seconds"] < seconds:
        tally["claims"].append(cycle())
        tally["cycles"] += 1
        tally["seconds"] = time.perf_counter() - start
        tally["cpu"] = time.process_time() - busy


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
