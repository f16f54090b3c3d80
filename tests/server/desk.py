"""What tests of the service start from: a database, a caller, time that stands still."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from schedy_server.model.accounts import Caller, Scope
from schedy_server.model.experiments import Experiment, ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.model.payload import Payload
from schedy_server.service import accounts, claims, experiments, jobs
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, Wish
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage

P = ParamSpec("P")
T = TypeVar("T")

NAME = "digits"
UNIFORM = {"RandomSearch": {"x": {"uniform": {"low": 0.0, "high": 1.0}}}}


@dataclass
class Desk:
    """Calls service functions as Ana, each in a transaction of its own."""

    storage: Storage
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    claimed: int = 0
    ana: Caller = field(init=False)
    bob: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.ana = self._caller("ana@lab.org")
        self.bob = self._caller("bob@lab.org")

    def do(
        self, function: Callable[Concatenate[Context, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self.do_as(self.ana, function, *args, **kwargs)

    def do_as(
        self,
        caller: Caller,
        function: Callable[Concatenate[Context, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return self.storage.write_now(
            lambda ledger: function(Context(ledger, caller, self.now), *args, **kwargs)
        )

    def look(self, work: Callable[[Ledger], T]) -> T:
        return self.storage.read_now(work)

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)

    def experiment(
        self, scheduler: Mapping[str, Any] | None = None, name: str = NAME, **settings: Any
    ) -> Experiment:
        wanted = experiments.Settings(
            ExperimentStatus.RUNNING, scheduler or {"Manual": None}, **settings
        )
        return self.do(experiments.put, name, wanted, only_new=True)[0]

    def add(self, status: Status = Status.QUEUED, **content: Any) -> Handed:
        return self.do(jobs.add, NAME, wish(status, **content))

    def claim(self, claim_id: str | None = None, name: str = NAME) -> Handed | None:
        self.claimed += 1
        return self.do(
            claims.claim, name, claim_id=claim_id or f"claim-{self.claimed}", worker="w"
        ).handed

    def get(self, handed: Handed) -> Handed:
        return self.do(jobs.get, NAME, handed.job.id)

    def counts(self) -> dict[Status, int]:
        counts = self.do(experiments.get, NAME).counts
        return {status: count for status, count in counts.items() if count}

    def _caller(self, email: str) -> Caller:
        account = self.storage.write_now(
            lambda ledger: accounts.add_account(
                ledger, email=email, password_hash=None, now=self.now, actor="test"
            )
        )
        return Caller(account.key, email, Scope.ADMIN, "credential", email, "request")


def wish(
    status: Status,
    *,
    hyperparameters: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
) -> Wish:
    """Return what a user wants of a job, as the wire would read it."""
    body = json.dumps({"status": status, "h": hyperparameters, "results": results})
    return Wish(
        status=status,
        hyperparameters=payload(hyperparameters),
        results=payload(results),
        body=body,
        digest=hashlib.sha256(body.encode()).digest(),
    )


def payload(value: Mapping[str, Any] | None) -> Payload | None:
    """Return a JSON object as the wire reads it."""
    return None if value is None else Payload(json.dumps(value), value)
