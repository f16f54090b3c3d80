"""Sessions of browsers: a secret in a cookie, which can be listed and ended.

They are credentials like API tokens, of which only a digest is stored; but no script ever sees
one, and they end by themselves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedy_server.model.accounts import Account, Credential, CredentialKind, Scope
from schedy_server.model.errors import NotFound
from schedy_server.service.api_tokens import digest_of, new_api_token, random_text
from schedy_server.service.context import Context
from schedy_server.storage.ledger import Ledger

LIFE = timedelta(days=30)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A session at the only moment when its secret is known."""

    secret: str
    credential: Credential


def open_browser_session(
    ledger: Ledger, account: Account, *, browser: str, now: datetime
) -> BrowserSession:
    """Open a session for whoever has just shown the password of an account.

    Args:
        browser: What the browser says of itself, by which its owner recognises it.
    """
    secret = new_api_token(Scope.ADMIN)
    readable = "".join(each for each in browser if each.isprintable())
    credential = Credential(
        id=random_text(10),
        account_key=account.key,
        email=account.email,
        kind=CredentialKind.SIGN_IN,
        name=readable[:_LONGEST_NAME],
        scope=Scope.ADMIN,
        hint="browser",
        created=now,
        expires=now + LIFE,
    )
    ledger.accounts.add_credential(credential, digest=digest_of(secret))
    return BrowserSession(secret, credential)


def list_browsers(context: Context) -> list[Credential]:
    """Return the caller's sessions in browsers, newest first."""
    return context.ledger.accounts.browsers(context.caller.account_key, context.now)


def end_browser_session(context: Context, session_id: str) -> None:
    """End one of the caller's sessions at once.

    Raises:
        NotFound: There is none of that id.
    """
    known = {each.id for each in list_browsers(context)}
    if session_id not in known:
        raise NotFound(f"There is no session {session_id!r}.")
    context.ledger.accounts.revoke(session_id, context.now)
    context.note("session ended", session_id)
