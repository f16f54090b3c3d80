"""What every service function starts from."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.accounts import Caller
from schedy_server.model.errors import NotFound
from schedy_server.model.events import Event
from schedy_server.model.experiments import Experiment
from schedy_server.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and the books of the transaction in which it is answered.

    Attributes:
        lease_now: The lease time, see `schedy_server.service.lease_time`.
    """

    ledger: Ledger
    caller: Caller
    now: datetime
    lease_now: int = 0

    def experiment(self, name: str) -> Experiment:
        """Return the caller's experiment of that name, to look at.

        Raises:
            NotFound: There is none, or it is someone else's.
        """
        return _existing(self.ledger.experiments.find(self.caller.account_key, name), name)

    def locked_experiment(self, name: str) -> Experiment:
        """Return the caller's experiment of that name, to change it or its jobs.

        Raises:
            NotFound: There is none, or it is someone else's.
        """
        return _existing(self.ledger.experiments.lock(self.caller.account_key, name), name)

    def save(self, experiment: Experiment) -> None:
        """Store the experiment's counters."""
        self.ledger.experiments.save_counters(experiment)

    def announce(self, experiment: Experiment) -> None:
        """Wake up whoever waits for one of the experiment's jobs, once this is committed."""
        self.ledger.touched.add(experiment.key)

    def note(
        self, kind: str, subject: str, detail: str | None = None, *, reason: str | None = None
    ) -> None:
        """Write down that the caller did something, besides changes of jobs."""
        event = Event(
            account_key=self.caller.account_key,
            actor=self.caller.actor,
            kind=kind,
            subject=subject,
            detail=detail,
            request_id=self.caller.request_id,
            reason=reason,
        )
        self.ledger.notes.event(event, at=self.now)


def _existing(experiment: Experiment | None, name: str) -> Experiment:
    if experiment is None:
        raise NotFound(f"There is no experiment {name!r}.")
    return experiment
