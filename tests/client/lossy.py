"""A way to the server on which every request has an accident first, and only then succeeds."""

import http.client
from dataclasses import dataclass, field
from enum import StrEnum

from tests.client.peer import Peer, Seen, Step, cut_short, drop, reply


class Accident(StrEnum):
    """What becomes of a request that was not seen before."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    ANSWER_CUT = "answer cut short"
    REFUSED = "arrived, and answered with 503"
    TWICE = "arrived twice"


@dataclass
class LossyWay(Peer):
    """Passes on to a server what it gets, but not smoothly at the first time.

    Attributes:
        server: Host and port.
    """

    server: str = ""
    accident: Accident = Accident.ANSWER_LOST
    met: set[tuple[object, ...]] = field(default_factory=set)

    def step_for(self, seen: Seen) -> Step:
        conditions = (seen.headers["If-Match"], seen.headers["Idempotency-Key"])
        request = (seen.method, seen.path, seen.body, *conditions)
        if request in self.met:
            return self.passed_on(seen)
        self.met.add(request)
        return self.mishap(seen)

    def mishap(self, seen: Seen) -> Step:
        if self.accident is Accident.REQUEST_LOST:
            return drop
        first = self.passed_on(seen)
        match self.accident:
            case Accident.ANSWER_LOST:
                return drop
            case Accident.ANSWER_CUT:
                return cut_short
            case Accident.REFUSED:
                return reply(503, "The server is about to stop.")
            case Accident.TWICE:
                second = self.passed_on(seen)
                # What was deleted can't be found again: only here the two answers differ.
                return first if seen.method == "DELETE" else second

    def passed_on(self, seen: Seen) -> Step:
        """Let the server have the request; the answer is still to be given."""
        connection = http.client.HTTPConnection(self.server, timeout=30)
        connection.request(seen.method, seen.path, seen.body, dict(seen.headers.items()))
        answer = connection.getresponse()
        body = answer.read()
        headers = {name: value for name in ("ETag", "Date") if (value := answer.headers[name])}
        connection.close()
        return lambda handler: handler.answer(answer.status, body, headers)
