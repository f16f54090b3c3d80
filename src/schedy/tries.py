"""A request is sent until it is answered, or patience ends."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schedy import errors
from schedy.answers import refusal
from schedy.patience import Patience, asked_pause
from schedy.transport import ExchangeFailed, Reply, Transport

__all__ = ["Outcome", "Request", "Tries"]

_TOO_MANY_REQUESTS = 429
_WORTH_WAITING_FOR = frozenset({_TOO_MANY_REQUESTS, 500, 502, 503, 504})
_WORTH_A_WARNING = 1.0  # seconds

log = logging.getLogger("schedy")


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, again and again if need be.

    Attributes:
        path: Below the server's root, quoted.
        body: Or what returns it, for each try anew.
        wait: For how many seconds the server was asked to hold its answer back.
        repeatable: It does the same, however often it arrives.
        in_pieces: The body of a success is to be read piece by piece.
        patience: For how many seconds to go on trying, if not as usual.
    """

    method: str
    path: str
    body: bytes | Callable[[], bytes] | None = None
    headers: Mapping[str, str] | None = None
    wait: float = 0.0
    repeatable: bool = True
    in_pieces: bool = False
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A clear answer to a request.

    Attributes:
        maybe_done_before: An earlier try may have done what the request asks.
    """

    reply: Reply
    maybe_done_before: bool


class Tries:
    """Sends requests through a transport, each until it is answered.

    Args:
        root: The server's URL, for messages.
        patience: For how many seconds to go on trying; 0 tries once.
        clock: Tells the time in seconds, monotonically.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        root: str,
        *,
        patience: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._root = root
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def insist(self, transport: Transport, request: Request, headers: Mapping[str, str]) -> Outcome:
        """Send a request until there is a clear answer.

        Raises:
            ServerUnreachable: None came.
            HTTPError: The last answer was that of a server in trouble.
        """
        seconds = self._patience if request.patience is None else request.patience
        patience = Patience(seconds, self._clock)
        maybe_done = False
        while True:
            try:
                reply = transport.exchange(
                    request.method,
                    request.path,
                    body=request.body() if callable(request.body) else request.body,
                    headers=headers,
                    wait=request.wait,
                    in_pieces=request.in_pieces,
                )
            except ExchangeFailed as failure:
                pause = self._pause_after_silence(request, failure, patience)
                maybe_done |= failure.maybe_done
                self._wait(pause, patience, failure.why)
            else:
                if reply.status not in _WORTH_WAITING_FOR:
                    return Outcome(reply, maybe_done)
                pause = self._pause_after_trouble(request, reply, patience)
                maybe_done |= reply.status != _TOO_MANY_REQUESTS
                self._wait(pause, patience, str(refusal(reply)).replace("\n", " "))

    def _pause_after_silence(
        self, request: Request, failure: ExchangeFailed, patience: Patience
    ) -> float:
        pause = None
        if not failure.hopeless and (request.repeatable or not failure.maybe_done):
            pause = patience.pause(at_once=failure.broken)
        if pause is None:
            raise self._unreachable(request, failure, patience) from failure
        return pause

    def _pause_after_trouble(self, request: Request, reply: Reply, patience: Patience) -> float:
        pause = None
        if request.repeatable or reply.status == _TOO_MANY_REQUESTS:
            asked = asked_pause(reply.headers.get("Retry-After"), time.time())
            pause = patience.pause(asked=asked)
        if pause is None:
            raise refusal(reply)
        return pause

    def _wait(self, pause: float, patience: Patience, why: str) -> None:
        if pause >= _WORTH_A_WARNING and patience.has_news:
            patience.has_news = False
            log.warning(
                "%s: %s. Trying again for up to %.0f seconds.", self._root, why, patience.seconds
            )
        self._sleep(pause)

    def _unreachable(
        self, request: Request, failure: ExchangeFailed, patience: Patience
    ) -> errors.ServerUnreachable:
        tries = "once" if patience.tries == 1 else f"{patience.tries} times"
        return errors.ServerUnreachable(
            f"No answer to {request.method} {self._root}{request.path}: {failure.why} "
            f"(tried {tries} in {patience.spent:.0f} seconds). Is the server running, and is its "
            "address right? `schedy login` changes the address."
        )
