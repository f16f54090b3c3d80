"""Accounts: who is asking, and who may ask at all."""

from dataclasses import replace
from datetime import datetime

from schedy_server.model.accounts import (
    Account,
    Caller,
    Credential,
    CredentialKind,
    Scope,
    normalise_email,
)
from schedy_server.model.errors import Conflict, Forbidden, NotFound, Unauthenticated
from schedy_server.model.events import Event
from schedy_server.service.api_tokens import PREFIX, digest_of, is_well_formed, random_text
from schedy_server.service.tokens import MARGIN, SessionToken, SigningKeys
from schedy_server.storage.ledger import Ledger

OPERATOR = "operator"  # how the log of events names whoever runs `schedy-server`

_NO_TOKEN_OF_OURS = "The token is unknown, expired or revoked: sign in again."  # noqa: S105


def authenticate(  # noqa: PLR0913 - all of it is of one request
    ledger: Ledger,
    keys: SigningKeys,
    bearer: str,
    *,
    need: Scope,
    now: datetime,
    request_id: str | None,
    reports: bool = False,
) -> Caller:
    """Return who sent a request, from the session token or API token that it carries.

    The credential is looked up each time, in the transaction of the request itself: once it is
    revoked, nothing is done in its name any more.

    Args:
        reports: Whether the request goes on with a job that runs, rather than begin something.

    Raises:
        Unauthenticated: The token is forged, unknown, expired or revoked.
        Forbidden: Its scope does not include `need`, or it was replaced.
    """
    credential, in_full = _shown(ledger, keys, bearer, now)
    if credential is None or not (in_full or credential.may_report(now)):
        raise Unauthenticated(_NO_TOKEN_OF_OURS)
    if not (in_full or reports):
        raise Forbidden(
            "The token was replaced: it may report of jobs that run, and begin nothing. Sign in "
            "again with the new one."
        )
    if not credential.scope.includes(need):
        raise Forbidden(
            f"This needs the scope {need.value!r}, and the token has {credential.scope.value!r}."
        )
    return _caller(credential, request_id)


def former_caller(
    ledger: Ledger, keys: SigningKeys, bearer: str, *, now: datetime, request_id: str | None
) -> Caller | None:
    """Return whose a token was that is no longer good; None if nobody knows.

    It proves nothing any more, but tells a worker that was shut out from a stranger.
    """
    try:
        credential, _ = _shown(ledger, keys, bearer, now)
    except Unauthenticated:
        return None
    if credential is None or not credential.scope.includes(Scope.WORKER):
        return None
    return _caller(credential, request_id)


def open_session(
    ledger: Ledger, keys: SigningKeys, account: Account, now: datetime
) -> SessionToken:
    """Return a session token for whoever has just shown the password of an account.

    The session gets a credential of its own, so that it can be revoked.
    """
    credential = Credential(
        id=random_text(10),
        account_key=account.key,
        email=account.email,
        kind=CredentialKind.SIGN_IN,
        name="",
        scope=Scope.ADMIN,
        hint="password",
        created=now,
    )
    token = keys.sign(credential, now)
    credential = replace(credential, expires=token.ends + MARGIN)
    ledger.accounts.add_credential(credential, digest=None)
    return token


def add_account(
    ledger: Ledger, *, email: str, password_hash: str | None, now: datetime, actor: str
) -> Account:
    """Make an account.

    Raises:
        Invalid: That is no email address.
        Conflict: It has an account already.
    """
    email = normalise_email(email)
    account = ledger.accounts.add(email, password_hash=password_hash, now=now)
    if account is None:
        raise _taken(email)
    # From now on, accounts are made by those who have one, or by the operator.
    ledger.accounts.delete_setup_links()
    _note(ledger, account, kind="account.created", now=now, actor=actor)
    return account


def require_no_account(ledger: Ledger, email: str) -> None:
    """Refuse an email address that has an account, before anybody thinks up a password.

    Raises:
        Conflict: It has one.
    """
    if ledger.accounts.find(email) is not None:
        raise _taken(email)


def account_of(ledger: Ledger, email: str) -> Account:
    """Return the account of an email address.

    Raises:
        NotFound: It has none.
    """
    email = normalise_email(email)
    account = ledger.accounts.find(email)
    if account is None:
        raise NotFound(f"{email} has no account.")
    return account


def remove_account(ledger: Ledger, account: Account, *, now: datetime, actor: str) -> None:
    """Delete an account with all its experiments."""
    ledger.accounts.delete(account)
    _note(ledger, account, kind="account.removed", now=now, actor=actor)


def set_password(
    ledger: Ledger, account: Account, *, password_hash: str, now: datetime, actor: str
) -> None:
    """Change the password and end what was opened with the old one; API tokens go on."""
    ledger.accounts.set_password_hash(account, password_hash)
    ledger.accounts.revoke_sign_ins(account.key, now)
    _note(ledger, account, kind="password.set", now=now, actor=actor)


def _shown(
    ledger: Ledger, keys: SigningKeys, bearer: str, now: datetime
) -> tuple[Credential | None, bool]:
    """Return the credential behind a token, and whether it allows all of its scope.

    Raises:
        Unauthenticated: It is a session token, and forged or too old.
    """
    if bearer.startswith(PREFIX):
        found = is_well_formed(bearer)
        credential = ledger.accounts.credential_by_digest(digest_of(bearer)) if found else None
        # Showing the token itself is signing in anew each time.
        return credential, credential is not None and credential.opens_sessions(now)
    claims = keys.read(ledger, bearer, now)
    credential = ledger.accounts.credential(claims.credential_id)
    if credential is None or not credential.is_live(now):
        return credential, False
    # The day of grace is for clocks that are off, not for tokens that were replaced.
    goes_on = credential.retired is None or (
        claims.began <= credential.retired and now < claims.ends
    )
    return credential, goes_on


def _caller(credential: Credential, request_id: str | None) -> Caller:
    return Caller(
        account_key=credential.account_key,
        email=credential.email,
        scope=credential.scope,
        credential_id=credential.id,
        actor=f"{credential.email} ({credential.hint})",
        request_id=request_id,
    )


def _taken(email: str) -> Conflict:
    return Conflict(f"{email} has an account already.")


def _note(ledger: Ledger, account: Account, *, kind: str, now: datetime, actor: str) -> None:
    ledger.notes.event(Event(account.key, actor, kind, account.email), at=now)
