"""The first account of a new server: made once, by whoever can read the server's output."""

import secrets
from datetime import datetime, timedelta

from schedy_server.model.accounts import Account
from schedy_server.model.errors import Forbidden
from schedy_server.service.accounts import add_account
from schedy_server.service.api_tokens import digest_of
from schedy_server.storage.ledger import Ledger

LIFETIME = timedelta(minutes=30)

_USED = (
    "This set-up link was used already or has expired: "
    "start the server again for a new one, or run 'schedy-server user add EMAIL'."
)


def new_setup_code(ledger: Ledger, now: datetime) -> str | None:
    """Return a code that makes the first account, or None where there is an account already."""
    if ledger.accounts.exist():
        return None
    code = secrets.token_urlsafe(32)
    ledger.accounts.add_setup_link(digest_of(code), expires=now + LIFETIME)
    return code


def check_setup_code(ledger: Ledger, code: str, now: datetime) -> None:
    """Refuse a code that makes no account.

    Raises:
        Forbidden: It was used already, is too old, or never was one.
    """
    ends = ledger.accounts.setup_link_ends(digest_of(code))
    if ends is None or now >= ends or ledger.accounts.exist():
        raise Forbidden(_USED)


def use_setup_code(
    ledger: Ledger, code: str, *, email: str, password_hash: str, now: datetime
) -> Account:
    """Make the first account.

    Raises:
        Forbidden: The code is not, or no longer, good.
        Invalid: That is no email address.
    """
    check_setup_code(ledger, code, now)
    # Whoever uses another link at this moment, at another server, waits here for the commit.
    ledger.accounts.delete_setup_links()
    if ledger.accounts.exist():
        raise Forbidden(_USED)
    return add_account(
        ledger, email=email, password_hash=password_hash, now=now, actor="set-up link"
    )
