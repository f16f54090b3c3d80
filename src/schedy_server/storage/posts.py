"""What clients without idempotency keys created lately, to recognise what they send again."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.storage.session import Session
from schedy_server.storage.times import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which request it was, and what it created.

    Attributes:
        digest: SHA-256 of the request.
        number: That of the job; 0 if it was the experiment.
        at: When it came.
    """

    experiment_key: int
    digest: bytes
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """A request of before.

    Attributes:
        connection: The name of the TCP connection on which it came.
        flushed: Its answer is known to have been handed to the network.
    """

    receipt: Receipt
    connection: str
    flushed: bool


@dataclass(frozen=True, slots=True)
class Posts:
    """The requests of all clients without idempotency keys."""

    session: Session

    def like(
        self, account_key: int, experiment_key: int, digest: bytes, *, since: datetime, limit: int
    ) -> list[Posted]:
        """Return the latest requests that were the same, the last one first."""
        rows = self.session.all(
            "posts_like",
            account_key=account_key,
            experiment_key=experiment_key,
            digest=digest,
            since=to_micros(since),
            limit=limit,
        )
        return [
            Posted(
                Receipt(experiment_key, digest, number, from_micros(at)),
                connection,
                flushed is not None,
            )
            for number, connection, flushed, at in rows
        ]

    def add(self, account_key: int, receipt: Receipt, connection: str) -> None:
        """Remember a request."""
        self.session.run(
            "insert_post", **_columns(receipt), account_key=account_key, connection=connection
        )

    def forget(self, receipt: Receipt) -> None:
        """Forget a request."""
        self.session.run("delete_post", **_columns(receipt))

    def flushed(self, receipt: Receipt, *, now: datetime) -> None:
        """Note that the answer was handed to the network."""
        self.session.run("flush_post", **_columns(receipt), flushed=to_micros(now))

    def is_at_work(self, server: int) -> bool:
        """Tell whether another server, which may not have noted yet what it sent, is at work."""
        return self.session.one("server_is_at_work", server=server) is not None

    def forget_old(self, before: datetime) -> None:
        """Forget the requests that are older."""
        self.session.run("forget_posts", before=to_micros(before))


def _columns(receipt: Receipt) -> dict[str, int | bytes]:
    return {
        "experiment_key": receipt.experiment_key,
        "digest": receipt.digest,
        "number": receipt.number,
        "at": to_micros(receipt.at),
    }
