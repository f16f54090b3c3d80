"""How a worker gets a job: one request that may be repeated, and waits if it has to."""

import math
import time
import uuid
from collections.abc import Callable
from typing import Any

from schedy import encoding, errors, heartbeats
from schedy.answers import Answer
from schedy.connection import Connection, segment

__all__ = ["claim"]

_LONGEST_POLL = 60.0  # seconds; more the server does not take
_SHORTEST_POLL = 1.0  # seconds; a server that is about to stop answers early
_INSTANT = 0.001  # seconds; nothing fits, but it is no nonsense
_FORBIDDEN = 403
_CONFLICT = 409
_UNAVAILABLE = 503
_NOTHING = 204
_QUARANTINED = "gets no more jobs"  # says the server of a worker that it does not trust


def claim(
    connection: Connection,
    experiment: str,
    *,
    wait: float | None = None,
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Ask for a job until there is one, and return the server's answer.

    Args:
        wait: For how many seconds to wait for one; None or 0 looks once.
        deadline: When this worker has to go, in Unix time.

    Raises:
        NoJobError: There was nothing to do all the time.
        DrainedError: The server gives this worker no more jobs.
    """
    end = clock() + (wait or 0.0)
    while True:
        began = clock()
        poll = min(max(end - began, 0.0), _LONGEST_POLL)
        left = None if deadline is None else deadline - time.time()
        if left is not None and left <= 0:
            raise errors.NoJobError(_too_late(experiment), None)
        try:
            answer = _ask(
                connection, experiment, poll if left is None else min(poll, left), deadline
            )
        except errors.ServerError as error:
            _bear(error, is_over=clock() >= end)
        else:
            if answer.status != _NOTHING:
                return answer
        if clock() >= end:
            raise errors.NoJobError(_nothing_to_do(experiment, wait, left), None)
        pause = min(began + _SHORTEST_POLL, end) - clock()
        if pause > 0:
            sleep(pause)


def _bear(error: errors.ServerError, *, is_over: bool) -> None:
    """Go on waiting if there are no jobs for now, in maintenance say; or raise the error."""
    if error.code != _UNAVAILABLE or is_over:
        raise error


def _ask(connection: Connection, experiment: str, poll: float, deadline: float | None) -> Answer:
    path = f"experiments/{segment(experiment)}/claims/"
    try:
        return connection.request("POST", path, _body(poll, deadline), wait=poll)
    except errors.ClientRequestError as error:
        if error.code == _FORBIDDEN and _is_drained(connection, error):
            raise errors.DrainedError(error.body, error.code) from error
        if error.code != _CONFLICT:
            raise
    # The answer was lost, and so long ago that somebody else has the job by now.
    return connection.request("POST", path, _body(poll, deadline), wait=poll)


def _body(poll: float, deadline: float | None) -> Callable[[], bytes]:
    """Return what encodes a new claim, with the time that is left when it is sent."""
    # The id says which claim this is, however often it arrives.
    body: dict[str, Any] = {"claim_id": str(uuid.uuid4()), "worker": heartbeats.worker_name()}
    if poll:
        body["wait"] = poll

    def encoded() -> bytes:
        if deadline is not None and math.isfinite(deadline):
            body["time_left"] = max(deadline - time.time(), _INSTANT)
        return encoding.encode(body)

    return encoded


def _is_drained(connection: Connection, error: errors.HTTPError) -> bool:
    """Tell whether a claim was refused because of who the worker is, not whose it is."""
    reason = heartbeats.drain_reason(connection.configuration)
    return reason is not None or _QUARANTINED in error.body


def _nothing_to_do(experiment: str, wait: float | None, left: float | None) -> str:
    waited = f" within {wait:g} seconds" if wait and math.isfinite(wait) else ""
    fitting = "" if left is None else f" that is known to fit into the {left:.0f} seconds left"
    return f"There is nothing to do in experiment {experiment!r}{fitting}{waited}."


def _too_late(experiment: str) -> str:
    return f"The deadline has passed: no job of experiment {experiment!r} was asked for."
