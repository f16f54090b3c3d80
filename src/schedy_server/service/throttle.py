"""Slows down whoever guesses passwords: the more failures, the longer the pause.

Only failures count, so signing in from a thousand workers costs nothing; a pause never gets
longer than a minute, so nobody can be locked out of an account by someone else.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedy_server.model.accounts import CredentialKind
from schedy_server.model.errors import TooManyRequests
from schedy_server.storage.ledger import Ledger

MEMORY = timedelta(hours=1)  # failures before that are forgotten

_FREE_FOR_ACCOUNT = 5
_FREE_FOR_ADDRESS = 20  # a whole office may share one
_LONGEST = timedelta(minutes=1)
_MOST_DOUBLINGS = 6


@dataclass(frozen=True, slots=True)
class Suspect:
    """Whom failures are counted for: an account, whether or not it exists, and an address.

    Workers with a token that was revoked must not slow down those who type a password, so each
    way of signing in has counts of its own.
    """

    kind: CredentialKind
    email: str
    address: str

    @property
    def account(self) -> str:
        """What the failures of the account are counted under."""
        return f"{self.kind} of {self.email}"

    @property
    def network(self) -> str:
        """What the failures of the address are counted under."""
        return f"{self.kind} from {network_of(self.address)}"


def pause_after(failures: int, *, free: int) -> timedelta:
    """Return how long to wait after so many failures: 1 s, 2 s, 4 s, … up to a minute."""
    if failures < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, _MOST_DOUBLINGS)), _LONGEST)


def network_of(address: str) -> str:
    """Return what one guesser has at its disposal: an IPv4 address, or an IPv6 /64 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)


def check(ledger: Ledger, suspect: Suspect, now: datetime) -> None:
    """Refuse to try again too soon.

    Raises:
        TooManyRequests: There were too many failures.
    """
    wait = max(
        _remaining(ledger, suspect.account, free=_FREE_FOR_ACCOUNT, now=now),
        _remaining(ledger, suspect.network, free=_FREE_FOR_ADDRESS, now=now),
    )
    if wait > timedelta(0):
        raise TooManyRequests("Too many failed sign-ins: wait a moment, then try again.", wait)


def count_failure(ledger: Ledger, suspect: Suspect, now: datetime) -> None:
    """Remember that signing in failed."""
    for subject in (suspect.account, suspect.network):
        ledger.accounts.count_failure(subject, now=now, fresh=now - MEMORY)


def forgive(ledger: Ledger, suspect: Suspect) -> None:
    """Forget the failures of an account whose owner has signed in, not those of the address."""
    ledger.accounts.forgive(suspect.account)


def _remaining(ledger: Ledger, subject: str, *, free: int, now: datetime) -> timedelta:
    failures = ledger.accounts.failures(subject)
    if failures is None or failures.latest < now - MEMORY:
        return timedelta(0)
    pause = pause_after(failures.count, free=free)
    # A clock that was set back must not make anybody wait for longer than the pause.
    return min(failures.latest + pause - now, pause)
