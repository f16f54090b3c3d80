"""Who may knock at a server: nobody, those whose token is no good, and those who may do more."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from schedy_server.model.accounts import Account, Scope
from schedy_server.service import credentials
from schedy_server.service.api_tokens import compose
from schedy_server.service.credentials import NewToken, Wish
from tests.server.doorkeeping import Door

BEA = "bea@elsewhere.org"


class Identity(StrEnum):
    """Who asks."""

    NOBODY = "nobody"
    GARBAGE = "a token of no meaning"
    MADE_UP = "a token that looks right"
    EXPIRED = "a session that is over"
    REVOKED = "a token that was revoked"
    REPLACED = "a token that was replaced"
    READ = "scope read"
    WORKER = "scope worker"
    ADMIN = "scope admin"


SCOPE_OF = {
    Identity.REPLACED: Scope.ADMIN,
    Identity.READ: Scope.READ,
    Identity.WORKER: Scope.WORKER,
    Identity.ADMIN: Scope.ADMIN,
}


def token_of(identity: Identity, door: Door) -> str | None:
    """Return what somebody shows to a server where Ana has an account; None for nothing."""
    if identity is Identity.REPLACED:
        return _replaced(door)
    if identity in SCOPE_OF:
        return door.new_token(str(identity), SCOPE_OF[identity]).text
    texts: dict[Identity, Callable[[], str | None]] = {
        Identity.NOBODY: lambda: None,
        Identity.GARBAGE: lambda: "a.b.c",
        Identity.MADE_UP: lambda: compose(Scope.ADMIN, "x" * 32),
        Identity.EXPIRED: lambda: _expired_session(door),
        Identity.REVOKED: lambda: _revoked(door),
    }
    return texts[identity]()


def token_of_account(door: Door, account: Account) -> str:
    """Return a token with which an account may do everything."""
    return _new_token(door, account).text


def _new_token(door: Door, account: Account) -> NewToken:
    wish = Wish("all", Scope.ADMIN)
    return door.storage.write_now(
        lambda ledger: credentials.create_token(
            ledger, account, wish, now=door.clock(), actor="test"
        )
    )


def _expired_session(door: Door) -> str:
    long_ago = door.clock() - timedelta(days=2)
    return door.keys.sign(_new_token(door, door.ana).credential, long_ago).text


def _revoked(door: Door) -> str:
    new = _new_token(door, door.ana)
    door.storage.write_now(
        lambda ledger: credentials.revoke(ledger, new.credential.id, now=door.clock(), actor="test")
    )
    return new.text


def _replaced(door: Door) -> str:
    new = _new_token(door, door.ana)
    door.storage.write_now(
        lambda ledger: ledger.accounts.retire_tokens(door.ana.key, name="all", now=door.clock())
    )
    return new.text
