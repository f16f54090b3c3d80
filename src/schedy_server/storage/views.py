"""Saved views in the database: rows in, model out."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.views import View
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Views:
    """The saved views of all accounts; every method names the account it asks for."""

    session: Session

    def all(self, account_key: int) -> list[View]:
        """Return the views of an account, the oldest first."""
        rows = self.session.all("saved_views", account_key=account_key)
        return [_view(row) for row in rows]

    def add(
        self, account_key: int, experiment_key: int | None, name: str, address: str, now: datetime
    ) -> None:
        """Store a view under a name that the account has not used there."""
        self.session.run(
            "insert_saved_view",
            account_key=account_key,
            experiment_key=experiment_key,
            name=name,
            address=address,
            modified=to_micros(now),
        )

    def change(self, key: int, address: str, now: datetime) -> None:
        """Have a view lead to another place."""
        self.session.run("update_saved_view", key=key, address=address, modified=to_micros(now))

    def delete(self, key: int) -> None:
        """Forget a view."""
        self.session.run("delete_saved_view", key=key)


def _view(row: Row) -> View:
    key, name, experiment, address, modified = row
    return View(
        key=key,
        name=name,
        experiment=experiment,
        address=address,
        modified=from_micros(modified),
    )
