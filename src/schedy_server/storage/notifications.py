"""News between the servers on one PostgreSQL: whose waiting workers may find a job now.

PostgreSQL lets transactions that notify commit one after the other, each waiting for the disk. So
the news of a commit are told after it, over a connection of their own, those of many commits
together. That connection also holds the lock that says that a server is at work here.
"""

import logging
import os
import secrets
import select
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psycopg
from psycopg.pq import ExecStatus

from schedy_server.storage.postgres import connect
from schedy_server.storage.session import DatabaseAway, DatabaseBusy, DatabaseFailed

_SETTINGS = """
SET synchronous_commit = off;
SET statement_timeout = 0;
SET lock_timeout = '10s';
LISTEN schedy;
"""
# The numbers are those in the queries "no_server_at_work" and "server_is_at_work".
_AT_WORK = "SELECT pg_advisory_lock_shared(5720391849), pg_advisory_lock_shared(572039185, %s)"
_LARGEST_ID = 2**31 - 1
_NOTIFY = b"SELECT pg_notify('schedy', $1)"
_ASK = b"SELECT 1"
_EVERYTHING = "*"
NEW_SCHEMA = "schema"  # the query "tell_of_migration" says it

_LONGEST_PAYLOAD = 7_900  # bytes; PostgreSQL takes 7,999
_BETWEEN = 0.005  # seconds from one notification to the next, at least
_QUIET = 5.0  # seconds without a word after which the server is asked whether it is there
_PATIENCE = 5.0  # seconds that it may take to answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds between two tries to connect
_SUCCESS = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}

log = logging.getLogger("schedy.storage")


class _Lost(Exception):
    """The connection is of no more use."""


_TROUBLE = (_Lost, DatabaseAway, DatabaseBusy, DatabaseFailed, psycopg.OperationalError)


class Notifications:
    """Tells the other servers what this one committed, and hears of what they did.

    What is called, is called on a thread of its own.

    Attributes:
        id: What tells this server from the others as long as it takes part.

    Args:
        url: The database.
        hear: Called with the experiments of which others may have made a job available; with None
            when that may be any, because something was missed.
        check: Called whenever the schema may have changed; raises if that makes it unusable.
        end: Called with what `check` raised; from then on nothing is heard.
    """

    def __init__(
        self,
        url: str,
        *,
        hear: Callable[[set[int] | None], None],
        check: Callable[[], None],
        end: Callable[[Exception], None],
    ) -> None:
        self.is_up = False
        self.id = 1 + secrets.randbelow(_LARGEST_ID)
        self._url = url
        self._hear = hear
        self._check = check
        self._end = end
        self._lock = threading.Lock()
        self._untold: set[int] = set()
        self._closing = threading.Event()
        self._bell, self._ringer = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ringer, False)
        self._thread = threading.Thread(target=self._run, name="schedy-notifications", daemon=True)
        self._connection: _Connection | None = None

    def start(self) -> None:
        """Take part.

        Raises:
            DatabaseAway: The database can't be reached.
            Exception: What `check` raised.
        """
        try:
            self._connect()
        except BaseException:
            self.close()
            raise
        self._thread.start()

    def tell(self, experiments: set[int]) -> None:
        """Have the others told, soon; callable from any thread."""
        with self._lock:
            silent = not self._untold
            self._untold |= experiments
        if silent:
            self._ring()

    def close(self) -> None:
        """Take part no longer; what was to be told is told."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._ring()
        if self._thread.is_alive():
            self._thread.join()
        self._hang_up()
        os.close(self._bell)
        os.close(self._ringer)

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it rings already
            os.write(self._ringer, b"!")

    def _connect(self) -> None:
        self._connection = _Connection(self._url, self.id)
        # Only now that the lock is held, the schema can't become another one unnoticed.
        self._check()
        self.is_up = True

    def _hang_up(self) -> None:
        self.is_up = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            try:
                self._take_part()
            except _TROUBLE as error:
                pause = _FIRST_PAUSE if self.is_up else min(2 * pause, _LONGEST_PAUSE)
                self._note_loss(error)
                self._closing.wait(pause)
            except Exception as error:  # noqa: BLE001 - of `check`, or nobody's
                self._hang_up()
                self._end(error)
                return

    def _note_loss(self, error: Exception) -> None:
        was_up = self.is_up
        self._hang_up()
        if was_up:
            log.warning("other servers are not heard of for now: %s", error)
            self._hear(None)  # whoever waits has to look more often now

    def _take_part(self) -> None:
        if self._connection is None:
            self._connect()
            log.info("other servers are heard of again")
            self._hear(None)
        if self._connection is not None:
            self._follow(self._connection)

    def _follow(self, connection: "_Connection") -> None:
        """Tell and hear, until the end or until the connection breaks."""
        while True:
            heard = connection.heard()
            if NEW_SCHEMA in heard:
                self._check()
            if heard:
                self._hear(_experiments(heard))
            self._tell_on(connection)
            if self._closing.is_set() and not connection.is_waiting and not self._untold:
                return
            connection.wait(self._bell, can_tell=bool(self._untold))
            self._silence()

    def _silence(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._bell, 1024):
                pass

    def _tell_on(self, connection: "_Connection") -> None:
        if not connection.may_tell:
            return
        with self._lock:
            experiments, self._untold = self._untold, set()
        if experiments:
            connection.send(_NOTIFY, [_payload(experiments)])


class _Connection:
    """A connection on which both are waited for: news, and the answer to what was said last."""

    def __init__(self, url: str, server: int) -> None:
        self._connection = connect(url, _SETTINGS)
        self._pg = self._connection.pgconn
        self._said = self._heard = time.monotonic()
        self.is_waiting = False  # for an answer
        self._poll = select.poll()
        try:
            self._connection.execute(_AT_WORK, [server])
        except psycopg.Error as error:
            self.close()
            raise DatabaseAway(str(error)) from error

    @property
    def may_tell(self) -> bool:
        """Whether the last notification was answered, and long enough ago."""
        return not self.is_waiting and time.monotonic() - self._said >= _BETWEEN

    def send(self, statement: bytes, values: list[bytes | None]) -> None:
        """Say something; the answer is waited for in `wait`."""
        self._pg.send_query_params(statement, values)
        self._said = time.monotonic()
        self.is_waiting = True
        self._pg.flush()

    def heard(self) -> set[str]:
        """Return what others have said meanwhile."""
        self._pg.consume_input()
        while self.is_waiting and not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:
                self.is_waiting = False
            elif result.status not in _SUCCESS:
                raise _Lost(self._pg.get_error_message())
        said = set()
        while (notification := self._pg.notifies()) is not None:
            if notification.be_pid != self._pg.backend_pid:
                said.update(notification.extra.decode("ascii", "replace").split(","))
        return said

    def wait(self, bell: int, *, can_tell: bool) -> None:
        """Return when there is something to read, or the bell rings, or it is time to speak.

        Raises:
            _Lost: The server does not answer.
        """
        now = time.monotonic()
        if self.is_waiting:
            left = self._said + _PATIENCE - now
            if left <= 0:
                raise _Lost("the database server does not answer")
        elif can_tell:
            left = self._said + _BETWEEN - now
        elif (left := max(self._heard, self._said) + _QUIET - now) <= 0:
            self.send(_ASK, [])
            left = _PATIENCE
        events = select.POLLIN | (select.POLLOUT if self._pg.flush() else 0)
        self._poll.register(self._pg.socket, events)
        self._poll.register(bell, select.POLLIN)
        ready = self._poll.poll(max(0.0, left) * 1000)
        if any(file == self._pg.socket for file, _ in ready):
            self._heard = time.monotonic()

    def close(self) -> None:
        """Close the connection, and with it drop the lock."""
        self._connection.close()


def _payload(experiments: Iterable[int]) -> bytes:
    text = ",".join(map(str, experiments)).encode()
    return text if len(text) <= _LONGEST_PAYLOAD else _EVERYTHING.encode()


def _experiments(said: set[str]) -> set[int] | None:
    """Return which experiments are meant; None if that may be any."""
    keys = {int(word) for word in said if word.isdecimal()}
    return keys if len(keys) == len(said) else None
