"""The books of one transaction."""

from dataclasses import dataclass, field
from typing import Any

from schedy_server.storage.accounts import Accounts
from schedy_server.storage.experiments import Experiments
from schedy_server.storage.jobs import Jobs
from schedy_server.storage.notes import Notes
from schedy_server.storage.session import Session


@dataclass(slots=True)
class Ledger:
    """Everything a service function reads and writes, inside one transaction.

    Attributes:
        memory: Survives from transaction to transaction on the same connection and is emptied
            when one is rolled back: the place for what can be rebuilt from the database, such as
            a scheduler's view of the history.
        touched: The experiments whose jobs this transaction changed, for those who wait for news.
    """

    session: Session
    epoch: str
    memory: dict[Any, Any] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    experiments: Experiments = field(init=False)
    jobs: Jobs = field(init=False)
    accounts: Accounts = field(init=False)
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.experiments = Experiments(self.session)
        self.jobs = Jobs(self.session)
        self.accounts = Accounts(self.session)
        self.notes = Notes(self.session)
