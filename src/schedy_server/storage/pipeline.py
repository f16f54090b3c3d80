"""Statements that travel to PostgreSQL together, and answers that are read when they matter.

A statement whose answer nobody waits for costs no round trip: it is sent with the next one whose
answer somebody needs. This speaks to libpq directly, which takes a third of the time that cursors
do, and stays in its pipeline mode from the first statement to the last.
"""

import select
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from schedy_server.model.errors import Invalid

# The connection is of no more use: it is about to be closed, what the server prepared for it is
# gone or outdated, or the server is not the one that may write any more.
_SPOILT = {"0A000", "25006", "25P03", "26000", "42P05"}
_SPOILT_CLASSES = ("08", "57P")
# Beyond that, libpq spends its time on moving about what the server does not take yet.
_LONGEST_QUEUE = 256
# The answer to each statement ends with None; more of them mean that there is nothing more to come.
_ENDS_IN_A_ROW = 3
_SUCCESS = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}


class ConnectionLost(Exception):
    """The server closed the connection; what was under way may have been carried out or not."""


class NoAnswer(ConnectionLost):
    """The server has said nothing for too long."""


class StatementFailed(Exception):
    """The server refused a statement, and with it all those sent after it.

    Attributes:
        code: What PostgreSQL's manual calls SQLSTATE.
    """

    def __init__(self, result: PGresult) -> None:
        # Only the primary message: the details quote rows, and rows hold secrets.
        message = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"unknown error"
        super().__init__(message.decode("utf-8", "replace"))
        code = result.error_field(DiagnosticField.SQLSTATE) or b"XX000"
        self.code = code.decode("ascii")

    @property
    def spoils_connection(self) -> bool:
        """Tell whether to go on over another connection."""
        return self.code in _SPOILT or self.code.startswith(_SPOILT_CLASSES)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with numbered parameters; the server keeps its plan under its name."""

    name: bytes
    sql: bytes
    parameters: Sequence[str]


# The server keeps its plans, those behind foreign keys included. A plan made for a table that was
# empty may read much of one that has grown, until the server gathers statistics, which may be a
# minute later. So plans are made anew whenever the tables may have doubled.
_DISCARD_PLANS = Statement(b"discard_plans", b"DISCARD PLANS", ())


class Pipeline:
    """A connection in pipeline mode.

    When it turns out to be of no more use it is closed, and so fails from then on: with
    `ConnectionLost`, or with psycopg's `OperationalError`.

    Args:
        patience: For how many seconds the server may say nothing while an answer is due;
            None for ever.
    """

    def __init__(self, connection: PGconn, *, patience: float | None) -> None:
        connection.nonblocking = 1
        connection.enter_pipeline_mode()
        self._connection = connection
        self._patience = None if patience is None else patience * 1000  # milliseconds
        self._poll = select.poll()
        self._poll.register(connection.socket)
        self._prepared: set[bytes] = set()
        # What was sent and is not answered: names of statements to prepare, None for all else.
        self._due: deque[bytes | None] = deque()
        # A segment of statements ends where the server takes up work again after a failure.
        self._sent = 0
        self._ends_due = 0
        self._ends_ignored = 0

    def send(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Queue a query; whether it worked is told by the next `receive`, at the latest.

        Raises:
            StatementFailed: One that was queued before failed; this one is not carried out.
        """
        encoded = [_encoded(values[name]) for name in statement.parameters]
        if len(self._due) >= _LONGEST_QUEUE:
            self.receive()
        self._sent += 1
        if self._sent.bit_count() == 1:
            self._queue(_DISCARD_PLANS, [])
        self._queue(statement, encoded)

    def command(self, statement: Statement) -> None:
        """Queue a statement that starts or ends a transaction."""
        self._queue(statement, [])

    def receive(self) -> PGresult | None:
        """Send what is queued, wait for all answers and return the last one.

        Raises:
            StatementFailed: A statement failed; those after it were not carried out.
            ConnectionLost: What was sent may have been carried out or not.
        """
        self._end_segment()
        return self._drain()

    def abandon(self, last: Statement) -> None:
        """Send one more statement, whatever became of those before; wait for none of them."""
        if self._due:
            # After a failed statement, the server skips the rest of the segment.
            self._end_segment()
        self.command(last)
        self._end_segment()
        self._ends_ignored = self._ends_due
        if self._connection.flush():
            self._drain()

    def script(self, sql: str) -> None:
        """Run several statements without parameters, after all that is queued."""
        self.receive()
        self._connection.exit_pipeline_mode()
        result = self._connection.exec_(sql.encode())
        self._connection.enter_pipeline_mode()
        if result.status not in _SUCCESS:
            raise self._failure(result)

    def _queue(self, statement: Statement, values: Sequence[bytes | None]) -> None:
        if statement.name not in self._prepared:
            self._connection.send_prepare(statement.name, statement.sql)
            self._prepared.add(statement.name)
            self._due.append(statement.name)
        self._connection.send_query_prepared(statement.name, values)
        self._due.append(None)

    def _end_segment(self) -> None:
        self._connection.pipeline_sync()
        self._ends_due += 1

    def _drain(self) -> PGresult | None:
        last = failed = None
        while self._ends_due:
            result = self._next_result()
            if result.status == ExecStatus.PIPELINE_SYNC:
                self._ends_due -= 1
                self._ends_ignored = max(0, self._ends_ignored - 1)
                continue
            prepared = self._due.popleft()
            if result.status in _SUCCESS:
                last = result
                continue
            if prepared is not None:
                self._prepared.discard(prepared)
            if result.status == ExecStatus.FATAL_ERROR and not self._ends_ignored:
                failed = failed or result
        if failed is not None:
            raise self._failure(failed)
        return last

    def _failure(self, result: PGresult) -> StatementFailed:
        failure = StatementFailed(result)
        if failure.spoils_connection:
            self._connection.finish()
        return failure

    def _next_result(self) -> PGresult:
        for _ in range(_ENDS_IN_A_ROW):
            while self._connection.is_busy():
                self._wait()
            if (result := self._connection.get_result()) is not None:
                if result.status == ExecStatus.FATAL_ERROR and self._is_lost():
                    raise ConnectionLost(result.get_error_message())
                return result
        message = self._connection.get_error_message()
        self._connection.finish()
        raise ConnectionLost(message)

    def _is_lost(self) -> bool:
        return self._connection.status == ConnStatus.BAD

    def _wait(self) -> None:
        # As long as not all is sent, the server may be waiting for its answers to be read, too.
        unsent = self._connection.flush()
        events = select.POLLIN | (select.POLLOUT if unsent else 0)
        self._poll.modify(self._connection.socket, events)
        if not self._poll.poll(self._patience):
            self._connection.finish()
            raise NoAnswer("the database server does not answer")
        self._connection.consume_input()


def _encoded(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            # libpq would cut it off there without a word.
            raise Invalid("Text must not contain the character U+0000.")
        return value.encode()
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    return repr(float(value)).encode()
