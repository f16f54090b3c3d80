"""The books of one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from schedy_server.storage.accounts import Accounts
from schedy_server.storage.experiments import Experiments
from schedy_server.storage.history import History
from schedy_server.storage.jobs import Jobs
from schedy_server.storage.leases import Leases
from schedy_server.storage.notes import Notes
from schedy_server.storage.posts import Posts
from schedy_server.storage.session import DatabaseFailed, Session
from schedy_server.storage.views import Views
from schedy_server.storage.words import Wordings
from schedy_server.storage.workers import Workers


@dataclass(slots=True)
class Ledger:
    """Everything a service function reads and writes, inside one transaction.

    Attributes:
        epoch: The epoch of the database; it changes when a backup is restored.
        memory: Survives from transaction to transaction on the same connection and is emptied
            when one is rolled back: the place for what can be rebuilt from the database, such as
            a scheduler's view of the history.
        touched: The experiments of which this transaction may have made a job available.
    """

    session: Session
    epoch: str
    memory: dict[Any, Any] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    experiments: Experiments = field(init=False)
    jobs: Jobs = field(init=False)
    accounts: Accounts = field(init=False)
    notes: Notes = field(init=False)
    leases: Leases = field(init=False)
    workers: Workers = field(init=False)
    history: History = field(init=False)
    posts: Posts = field(init=False)
    words: Wordings = field(init=False)
    views: Views = field(init=False)

    def __post_init__(self) -> None:
        self.experiments = Experiments(self.session)
        self.jobs = Jobs(self.session)
        self.accounts = Accounts(self.session)
        self.notes = Notes(self.session)
        self.leases = Leases(self.session)
        self.workers = Workers(self.session)
        self.history = History(self.session)
        self.posts = Posts(self.session)
        self.words = Wordings(self.session)
        self.views = Views(self.session)

    @property
    def writes(self) -> int:
        """How many changes were asked for since the ledger was opened."""
        return self.session.writes + self.experiments.changes

    def begin(self, *, writing: bool, wait: bool = True) -> None:
        """Start a transaction; without `wait`, raise DatabaseBusy if another process is in it."""
        self.touched = set()
        self.experiments.forget()
        self.accounts.forget_known()
        self.session.begin(writing=writing, wait=wait)

    def commit(self) -> None:
        """Make the transaction durable; it is when this returns, not before."""
        self.experiments.flush()
        self.session.commit()


def open_ledger(open_session: Callable[[], Session]) -> Ledger:
    """Open a connection and return the ledger on it.

    Raises:
        DatabaseFailed: The database can't be opened, or holds nothing of Schedy's.
    """
    session = open_session()
    try:
        return Ledger(session, _epoch(session))
    except BaseException:
        session.close()
        raise


def _epoch(session: Session) -> str:
    row = session.one("meta", name="epoch")
    if row is None:
        raise DatabaseFailed("the database has no epoch: run 'schedy-server migrate'")
    epoch: str = row[0]
    return epoch
