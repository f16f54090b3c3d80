"""API tokens: making, listing, replacing and revoking them."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedy_server.model.accounts import Account, Credential, CredentialKind, Scope
from schedy_server.model.errors import Invalid, NotFound
from schedy_server.model.events import Event
from schedy_server.service.accounts import account_of
from schedy_server.service.api_tokens import digest_of, hint_of, new_api_token, random_text
from schedy_server.service.context import Context
from schedy_server.storage.ledger import Ledger

# The token that `resettoken/` replaces; all others have names of their own.
DEFAULT_NAME = "default"

_LONGEST_NAME = 100
_LONGEST_LIFE = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class NewToken:
    """An API token at the only moment when its text is known."""

    text: str
    credential: Credential


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants an API token to be like.

    Attributes:
        life: After how long it expires; None for never.
    """

    name: str
    scope: Scope = Scope.WORKER
    life: timedelta | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _LONGEST_NAME or not self.name.isprintable():
            raise Invalid(
                f"The name of a token has 1 to {_LONGEST_NAME} characters, none of them invisible."
            )
        if self.life is not None and not timedelta(0) < self.life <= _LONGEST_LIFE:
            raise Invalid("A token expires after 1 second at the earliest, 10 years at the latest.")


def life_of(seconds: float | None) -> timedelta | None:
    """Return how long a token lives, from what was asked for.

    Raises:
        Invalid: It is no sensible number.
    """
    if seconds is None:
        return None
    # NaN fails the comparison as well; what remains fits a timedelta.
    if not 0 < seconds <= _LONGEST_LIFE.total_seconds():
        raise Invalid("A token expires after 1 second at the earliest, 10 years at the latest.")
    return timedelta(seconds=math.ceil(seconds))


def create_token(
    ledger: Ledger, account: Account, wish: Wish, *, now: datetime, actor: str
) -> NewToken:
    """Make an API token; its text is in the answer and nowhere else.

    Raises:
        Invalid: The name is the one that is kept for `resettoken/`.
    """
    if wish.name == DEFAULT_NAME:
        raise Invalid(f"The name {DEFAULT_NAME!r} is kept for gen-token: choose another one.")
    token = _add(ledger, account, wish, now)
    _note(ledger, token.credential, kind="token.created", now=now, actor=actor)
    return token


def create_own_token(context: Context, wish: Wish) -> NewToken:
    """Make an API token for the caller's account."""
    account = account_of(context.ledger, context.caller.email)
    return create_token(context.ledger, account, wish, now=context.now, actor=context.caller.actor)


def list_own_tokens(context: Context) -> list[Credential]:
    """Return the API tokens of the caller's account, oldest first, without those revoked."""
    return context.ledger.accounts.tokens(context.caller.account_key)


def revoke_own_token(context: Context, token_id: str) -> None:
    """Revoke an API token of the caller's account; sessions that it opened end at once.

    Raises:
        NotFound: There is none of that id.
    """
    credential = context.ledger.accounts.credential(token_id)
    if credential is None or credential.account_key != context.caller.account_key:
        raise _no_such_token(token_id)
    revoke(context.ledger, token_id, now=context.now, actor=context.caller.actor)


def revoke(ledger: Ledger, token_id: str, *, now: datetime, actor: str) -> Credential:
    """Revoke any API token; sessions that it opened end at once.

    Raises:
        NotFound: There is none of that id.
    """
    credential = ledger.accounts.credential(token_id)
    if credential is None or credential.kind is not CredentialKind.API_TOKEN:
        raise _no_such_token(token_id)
    if credential.revoked is None:
        ledger.accounts.revoke(token_id, now)
        _note(ledger, credential, kind="token.revoked", now=now, actor=actor)
    return credential


def reset_default_token(context: Context) -> NewToken:
    """Make a new default API token; the one before begins nothing any more.

    Sessions that it opened go on to their end, and jobs that run may be finished with it for
    another week: they must not lose their results because someone signs in on another machine. The
    new token allows what the caller may: old clients know no scopes, and do everything with it.
    """
    ledger, caller, now = context.ledger, context.caller, context.now
    ledger.accounts.retire_tokens(caller.account_key, name=DEFAULT_NAME, now=now)
    wish = Wish(DEFAULT_NAME, caller.scope)
    token = _add(ledger, account_of(ledger, caller.email), wish, now)
    _note(ledger, token.credential, kind="token.reset", now=now, actor=caller.actor)
    return token


def _add(ledger: Ledger, account: Account, wish: Wish, now: datetime) -> NewToken:
    text = new_api_token(wish.scope)
    credential = Credential(
        id=random_text(10),
        account_key=account.key,
        email=account.email,
        kind=CredentialKind.API_TOKEN,
        name=wish.name,
        scope=wish.scope,
        hint=hint_of(text),
        created=now,
        expires=None if wish.life is None else now + wish.life,
    )
    ledger.accounts.add_credential(credential, digest=digest_of(text))
    return NewToken(text, credential)


def _no_such_token(token_id: str) -> NotFound:
    return NotFound(f"There is no token {token_id!r}.")


def _note(ledger: Ledger, credential: Credential, *, kind: str, now: datetime, actor: str) -> None:
    event = Event(credential.account_key, actor, kind, credential.id, credential.hint)
    ledger.notes.event(event, at=now)
