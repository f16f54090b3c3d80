"""Signing in: from a password or an API token to a session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from schedy_server.model.accounts import Account, Credential, CredentialKind, normalise_email
from schedy_server.model.errors import Forbidden, Invalid
from schedy_server.service import throttle
from schedy_server.service.accounts import open_session, set_password
from schedy_server.service.api_tokens import digest_of, is_well_formed
from schedy_server.service.browsers import BrowserSession, open_browser_session
from schedy_server.service.passwords import LONGEST, Passwords, check_new
from schedy_server.service.throttle import Suspect
from schedy_server.service.tokens import SessionToken, SigningKeys
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage

T = TypeVar("T")

_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody shows to sign in, and from which address."""

    email: str
    secret: str
    address: str

    def suspect(self, kind: CredentialKind) -> Suspect:
        """Return whom a failure counts for.

        Raises:
            Invalid: The email address can't be one.
        """
        return Suspect(kind, normalise_email(self.email), self.address)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Opens sessions.

    Whether an account exists shows neither in the answer nor in the time that it takes.
    """

    storage: Storage
    keys: SigningKeys
    passwords: Passwords
    clock: Callable[[], datetime]

    async def with_token(self, attempt: Attempt) -> SessionToken:
        """Open a session for whoever has an API token.

        Raises:
            Forbidden: The token is not one of that account, or no longer good.
            TooManyRequests: There were too many failures.
        """
        suspect = attempt.suspect(CredentialKind.API_TOKEN)
        now = self.clock()

        def show_token(ledger: Ledger) -> SessionToken | None:
            credential = _credential(ledger, attempt.secret, suspect.email, now)
            # Nobody guesses a token, so whoever has one need not wait for those who don't.
            if credential is None:
                throttle.check(ledger, suspect, now)
                throttle.count_failure(ledger, suspect, now)
                return None
            if credential.last_used is None or now - credential.last_used >= _NOTED_EVERY:
                ledger.accounts.note_use(credential.id, now)
            return self.keys.sign(credential, now)

        token = await self.storage.write(show_token)
        if token is None:
            raise Forbidden("Wrong email address or API token.")
        return token

    async def with_password(self, attempt: Attempt) -> SessionToken:
        """Open a session for whoever knows the password.

        Raises:
            Forbidden: It is not the password of that account.
            TooManyRequests: There were too many failures, or too many sign in at once.
        """
        return await self._with_password(
            attempt, lambda ledger, account, now: open_session(ledger, self.keys, account, now)
        )

    async def with_browser(self, attempt: Attempt, browser: str) -> BrowserSession:
        """Open a session in a browser for whoever knows the password.

        Args:
            browser: What the browser says of itself.

        Raises:
            Forbidden: It is not the password of that account.
            TooManyRequests: There were too many failures, or too many sign in at once.
        """
        return await self._with_password(
            attempt,
            lambda ledger, account, now: open_browser_session(
                ledger, account, browser=browser, now=now
            ),
        )

    async def change_password(
        self, attempt: Attempt, new: str, *, actor: str, browser: str | None
    ) -> BrowserSession | None:
        """Change the password for whoever knows it, and end all sessions that it opened.

        Args:
            new: The password from now on.
            actor: How the log of events names who does it.
            browser: What the browser says of itself for which a new session is opened; None for
                none.

        Raises:
            Invalid: The new password is easily guessed.
            Forbidden: The old one is not that of the account.
            TooManyRequests: There were too many failures, or too many sign in at once.
        """
        check_new(new, email=attempt.email)
        password_hash = await self.passwords.hash(new)

        def enter(ledger: Ledger, account: Account, now: datetime) -> tuple[BrowserSession | None]:
            set_password(ledger, account, password_hash=password_hash, now=now, actor=actor)
            if browser is None:
                return (None,)
            return (open_browser_session(ledger, account, browser=browser, now=now),)

        try:
            (session,) = await self._with_password(attempt, enter)
        except Forbidden:
            raise Forbidden("The current password is wrong.") from None
        return session

    async def _with_password(
        self, attempt: Attempt, enter: Callable[[Ledger, Account, datetime], T]
    ) -> T:
        """Open a session of some kind for whoever knows the password.

        Raises:
            Forbidden: It is not the password of that account.
            TooManyRequests: There were too many failures, or too many sign in at once.
        """
        if len(attempt.secret) > LONGEST:
            raise Invalid(f"A password has at most {LONGEST} characters.")
        suspect = attempt.suspect(CredentialKind.SIGN_IN)
        now = self.clock()

        def find(ledger: Ledger) -> Account | None:
            throttle.check(ledger, suspect, now)
            return ledger.accounts.find(suspect.email)

        account = await self.storage.read(find)
        stored = None if account is None else account.password_hash
        right = await self.passwords.matches(stored, attempt.secret)
        renewed = None
        if right and stored is not None and self.passwords.is_outdated(stored):
            renewed = await self.passwords.hash(attempt.secret)

        def conclude(ledger: Ledger) -> T | None:
            if not right or stored is None:
                throttle.count_failure(ledger, suspect, now)
                return None
            account = _renewed(ledger, suspect, stored=stored, renewed=renewed)
            return None if account is None else enter(ledger, account, now)

        token = await self.storage.write(conclude)
        if token is None:
            raise Forbidden("Wrong email address or password.")
        return token


def _renewed(
    ledger: Ledger, suspect: Suspect, *, stored: str, renewed: str | None
) -> Account | None:
    """Return the account of whoever has shown its password, with a hash that is up to date."""
    account = ledger.accounts.find(suspect.email)
    if account is None or account.password_hash != stored:
        return None  # removed, or the password changed, while it was being checked
    throttle.forgive(ledger, suspect)
    if renewed is not None:
        ledger.accounts.set_password_hash(account, renewed)
    return account


def _credential(ledger: Ledger, token: str, email: str, now: datetime) -> Credential | None:
    if not is_well_formed(token):
        return None
    credential = ledger.accounts.credential_by_digest(digest_of(token))
    if credential is None or credential.email != email or not credential.may_report(now):
        return None
    return credential
