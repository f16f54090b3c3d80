"""Runs functions over a ledger, several in one transaction, each as if in one of its own.

A durable commit waits for the disk, and the disk takes as long for one function as for fifty: so
those that arrive at about the same time are committed together. A function that raises has changed
nothing; should it have written before, its neighbours run again without it. Functions may
therefore run more than once, and must not touch anything but the ledger.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from schedy_server.storage.ledger import Ledger, open_ledger
from schedy_server.storage.session import (
    DatabaseAway,
    DatabaseBusy,
    DatabaseFailed,
    Session,
    WouldWait,
)

Work = Callable[[Ledger], Any]

LARGEST_GROUP = 64
# Together some two seconds. Losers pause for a random part of the time: those that lost against
# one another would otherwise meet again.
_TRIES = 16
_FIRST_PAUSE = 0.01  # seconds; doubles from try to try
_LONGEST_PAUSE = 0.25
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one function: its result, or what it raised."""

    value: Any = None
    error: BaseException | None = None


class Tainted(Exception):
    """A function failed after it had written: the group must not be committed as it is."""


class Transactor:
    """One connection for writing, used by one thread at a time.

    Args:
        open_session: Opens the connection; called again when one broke.
        committed: Told which experiments were changed by a commit.
    """

    def __init__(
        self,
        open_session: Callable[[], Session],
        committed: Callable[[set[int]], None],
    ) -> None:
        self._open_session = open_session
        self._committed = committed
        self._ledger: Ledger | None = None
        # Whoever starts a transaction holds it until the commit, perhaps from thread to thread.
        self.lock = threading.Lock()

    def run(self, group: Sequence[Work]) -> list[Outcome]:
        """Run functions in one transaction if possible, else each in its own, and commit."""
        outcomes: list[Outcome] = []
        with self.lock:
            while rest := group[len(outcomes) :]:
                try:
                    outcomes += self._some(rest)
                except DatabaseAway as error:
                    outcomes += [Outcome(error=error)] * len(rest)
        return outcomes

    def start(self, group: Sequence[Work], *, wait: bool) -> list[Outcome]:
        """Run functions in one transaction and leave it open; the caller holds the lock.

        The outcomes may be fewer than the functions: what would have to wait for another
        transaction while this one keeps others waiting is left, with all after it, for the next.

        Args:
            wait: Whether to wait for another process that is writing.

        Raises:
            DatabaseBusy: Somebody else is writing, or the transaction lost; it is undone.
            DatabaseFailed: The database can't carry it out; it is undone.
            Tainted: One of the functions failed after it had written; everything is undone.
        """
        ledger = self._ledger = self._ledger or open_ledger(self._open_session)
        try:
            ledger.begin(writing=True, wait=wait)
            return _run_in_turn(group, ledger)
        except BaseException:
            self._undo(ledger)
            raise

    def commit(self) -> None:
        """Commit what was started; the caller holds the lock.

        Raises:
            DatabaseBusy: The transaction lost against another; it is undone.
            DatabaseFailed: The database could not make it durable; it is undone.
        """
        ledger = self._ledger
        if ledger is None:
            raise DatabaseFailed("there is no transaction to commit")
        try:
            ledger.commit()
        except BaseException:
            self._undo(ledger)
            raise
        if ledger.touched:
            self._committed(ledger.touched)

    def close(self) -> None:
        """Close the connection."""
        with self.lock:
            if self._ledger is not None:
                self._ledger.session.close()
                self._ledger = None

    def _some(self, group: Sequence[Work]) -> list[Outcome]:
        if len(group) > 1:
            try:
                return self._together(group)
            except DatabaseAway:
                raise
            except Exception:  # noqa: BLE001, S110 - one spoils it for all: now each for itself
                pass
        return [self._alone(work) for work in group]

    def _together(self, group: Sequence[Work]) -> list[Outcome]:
        outcomes = self.start(group, wait=True)
        self.commit()
        return outcomes

    def _alone(self, work: Work) -> Outcome:
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._together([work])[0]
            except Tainted as tainted:
                return Outcome(error=tainted.__cause__)
            except DatabaseAway:
                raise
            except DatabaseBusy as error:
                if not tries_left:
                    return Outcome(error=DatabaseFailed(str(error)))
                time.sleep(pause * _chance.random())
                pause = min(2 * pause, _LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for this work
                return Outcome(error=error)
        raise AssertionError("unreachable")

    def _undo(self, ledger: Ledger) -> None:
        # What the memory learned inside the transaction never happened.
        ledger.memory.clear()
        try:
            ledger.session.rollback()
        except (DatabaseBusy, DatabaseFailed):
            ledger.session.close()
            self._ledger = None


def _run_in_turn(group: Sequence[Work], ledger: Ledger) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for work in group:
        before = ledger.writes
        try:
            outcomes.append(_run_one(work, ledger))
        except WouldWait:
            if not outcomes or ledger.writes != before:
                raise
            break
    return outcomes


def _run_one(work: Work, ledger: Ledger) -> Outcome:
    before = ledger.writes
    try:
        return Outcome(work(ledger))
    except (DatabaseBusy, DatabaseFailed):
        raise
    except Exception as error:
        if ledger.writes != before:
            raise Tainted from error
        return Outcome(error=error)
