"""One conversation with the server: who is asking, and what every request has in common."""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from schedy import encoding, errors
from schedy.answers import Answer, text_of, understood
from schedy.credentials import PASSWORD, Configuration, Session, date_of
from schedy.forks import forks
from schedy.transport import ExchangeFailed, Reply, Transport, user_agent
from schedy.tries import Request, Tries

__all__ = ["NUM_AUTH_RETRIES", "Answer", "Connection", "Request", "segment"]

NUM_AUTH_RETRIES = 2

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_GONE = frozenset({404, 412})
_ANYTHING = {"If-Match": "*"}


@dataclass(frozen=True, slots=True)
class _Login:
    session: Session
    headers: Mapping[str, str] = field(repr=False)


class Connection:
    """A conversation with one server, which may be shared between threads and survives a fork.

    It can be pickled; the copy has the credentials, and logs in anew.

    Args:
        timeout: How many seconds the server may keep silent before a try counts as failed.
        patience: For how many seconds a request is tried again and again; 0 tries once.
        final_patience: The same for final results; by default, as long as for all others.
        clock: Tells the time in seconds, monotonically.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        timeout: float = 30.0,
        patience: float = 300.0,
        final_patience: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.configuration = configuration
        self.final_patience = patience if final_patience is None else final_patience
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._tries = Tries(configuration.root, patience=patience, clock=clock, sleep=sleep)
        self._headers = {"User-Agent": user_agent(), "Content-Type": "application/json"}
        self._login: _Login | None = None
        self._begin()

    def __repr__(self) -> str:
        return f"Connection({self.configuration!r})"

    def __getstate__(self) -> dict[str, Any]:
        of_this_process = ("_transport", "_lock", "_born", "_login")
        return {name: value for name, value in vars(self).items() if name not in of_this_process}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._login = None
        self._begin()

    def hurried(self, *, timeout: float, patience: float) -> "Connection":
        """Return another conversation with the same server, by which nobody has to wait long.

        It has connections of its own, so that it need not wait for those of this one.
        """
        other = Connection(
            self.configuration,
            timeout=timeout,
            patience=patience,
            clock=self._clock,
            sleep=self._sleep,
        )
        if self._born == forks.count:
            other._login = self._login
        return other

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        wait: float = 0.0,
        repeatable: bool = True,
    ) -> Answer:
        """Send a request until it is answered, and return the answer.

        Args:
            path: Below the server's root, with quoted segments (see `segment`).
            body: Anything that JSON can hold; or bytes, which are JSON already; or what returns
                them, for each try anew.
            headers: Those that only this request has: conditions, an idempotency key.
            wait: For how many seconds the server was asked to hold its answer back.
            repeatable: It does the same, however often it arrives.

        Raises:
            SchedyError: It was refused, or there was no answer; see `schedy.errors`.
        """
        is_ready = body is None or isinstance(body, bytes) or callable(body)
        content = body if is_ready else encoding.encode(body)
        reply, _ = self._send(Request(method, path, content, headers, wait, repeatable))
        return understood(reply)

    def insist(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a final result, encoded already, with the patience that is due to it.

        Raises:
            SchedyError: It was refused, or there was no answer; see `schedy.errors`.
        """
        request = Request(method, path, content, headers, patience=self.final_patience)
        reply, _ = self._send(request)
        return understood(reply)

    def stream(self, path: str) -> Generator[bytes, None, None]:
        """Ask for something large, and return it in pieces, as it comes.

        Raises:
            SchedyError: It was refused, or there was no answer; while one reads, it broke off.
        """
        reply, _ = self._send(Request("GET", path, in_pieces=True))
        understood(reply)
        return self._unbroken(reply.pieces)

    def delete(self, path: str, *, ensure: bool) -> None:
        """Delete something.

        Args:
            ensure: Insist that it is still there.

        Raises:
            UnsafeUpdateError: `ensure`, and it is not.
        """
        reply, maybe_done = self._send(
            Request("DELETE", path, headers=_ANYTHING if ensure else None)
        )
        if reply.status in _GONE and (maybe_done or not ensure):
            return
        understood(reply)

    def _unbroken(self, pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
        try:
            yield from pieces
        except ExchangeFailed as error:
            raise errors.ServerUnreachable(
                f"The answer of {self.configuration.root} broke off: {error.why}. What came is "
                "incomplete; ask again."
            ) from error

    def _send(self, request: Request) -> tuple[Reply, bool]:
        for _ in range(NUM_AUTH_RETRIES):
            login = self._current_login()
            headers = {**login.headers, **request.headers} if request.headers else login.headers
            outcome = self._tries.insist(self._transport, request, headers)
            if outcome.reply.status != _UNAUTHORIZED:
                return outcome.reply, outcome.maybe_done_before
            self._forget(login)
        raise errors.ReauthenticateError(
            f"{text_of(outcome.reply)}\n{self.configuration.root} refuses the session that it has "
            "just opened.",
            _UNAUTHORIZED,
        )

    def _current_login(self) -> _Login:
        if self._born != forks.count:
            forks.inherited.append(self._transport)
            self._begin()
        login = self._login
        if login is None or self._clock() >= login.session.renew_at:
            with self._lock:
                # Another thread may have been faster.
                if self._login is None or self._login is login:
                    self._login = self._log_in()
                login = self._login
        return login

    def _log_in(self) -> _Login:
        configuration = self.configuration
        path = "passauth/" if configuration.token_type == PASSWORD else "token/"
        body = encoding.encode({"email": configuration.email, "token": configuration.token})
        outcome = self._tries.insist(self._transport, Request("POST", path, body), self._headers)
        reply = outcome.reply
        if reply.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise errors.AuthenticationError(
                f"{text_of(reply)}\n{configuration.root} does not accept the credentials of "
                f"{configuration.email}. `schedy login` stores new ones.",
                reply.status,
            )
        session = Session.from_answer(
            understood(reply).json(),
            received=date_of(reply.headers.get("Date"), time.time()),
            now=self._clock(),
        )
        return _Login(session, {**self._headers, "Authorization": f"Bearer {session.token}"})

    def _forget(self, login: _Login) -> None:
        with self._lock:
            # Another thread may have logged in anew by now.
            if self._login is login:
                self._login = None

    def _begin(self) -> None:
        self._born = forks.count
        self._lock = threading.Lock()
        self._transport = Transport(self.configuration.root, timeout=self._timeout)


def segment(name: str) -> str:
    """Return a name, quoted to be one segment of a path.

    Raises:
        TypeError: It is no text.
        ClientError: No path can hold it.
    """
    if not isinstance(name, str):
        raise TypeError(f"a name is text, not {name!r}")
    if name in {"", ".", ".."}:
        raise errors.ClientError(f"{name!r} can't be a name: URLs give it another meaning.", None)
    try:
        return quote(name, safe="")
    except UnicodeEncodeError as error:
        raise errors.ClientError(f"{name!r} can't be a name: it is no valid text.", None) from error
