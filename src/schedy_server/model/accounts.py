"""Accounts, what proves that one is asking, and who is asking right now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schedy_server.model.errors import Invalid

GRACE = timedelta(days=7)  # for which a token that was replaced may still report
_LONGEST_EMAIL = 254


class Scope(StrEnum):
    """What a credential allows; each scope includes the ones below it."""

    READ = "read"
    WORKER = "worker"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """Tell whether whoever has this scope may do what needs the other."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who has experiments of their own.

    Attributes:
        password_hash: None where the account can only be used with API tokens.
    """

    key: int
    email: str
    password_hash: str | None
    created: datetime


class CredentialKind(StrEnum):
    """How a credential came to be."""

    API_TOKEN = "api_token"  # noqa: S105 - a kind, not a secret
    SIGN_IN = "sign_in"  # with the password; it lasts as long as the session


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that proves who is asking; of its secret only a digest is kept, elsewhere.

    Attributes:
        account_key: Whose it is.
        email: The email address of that account.
        hint: What its owner may recognise it by, and nobody can use: prefix and last characters.
        retired: Since when it was replaced by another: sessions that it opened go on to their end;
            besides, it may report for a while what was begun with it.
        revoked: Since when it proves nothing any more.
    """

    id: str
    account_key: int
    email: str
    kind: CredentialKind
    name: str
    scope: Scope
    hint: str
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None
    retired: datetime | None = None
    revoked: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Tell whether sessions that it opened are still good."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def opens_sessions(self, now: datetime) -> bool:
        """Tell whether it may be signed in with, to do whatever its scope allows."""
        return self.is_live(now) and self.retired is None

    def may_report(self, now: datetime) -> bool:
        """Tell whether results of jobs may be sent with it; jobs may run for days."""
        in_time = self.retired is None or now < self.retired + GRACE
        return self.is_live(now) and in_time


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret that session tokens are signed with."""

    id: str
    secret: bytes
    created: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """How often signing in has failed lately, and when it did last."""

    count: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as far as a service function needs to know.

    Attributes:
        account_key: Whose experiments the caller sees; all others do not exist for it.
        actor: How the audit trail names the caller, e.g. "ana@lab.org (sdy_w_…k3f9)".
        credential_id: Which credential proved it.
        request_id: The request that it is asking with, for the audit trail.
    """

    account_key: int
    email: str
    scope: Scope
    credential_id: str
    actor: str
    request_id: str | None


def normalise_email(text: str) -> str:
    """Return the one spelling under which an email address is stored and looked up.

    Raises:
        Invalid: It can't be an email address.
    """
    email = text.strip().lower()
    name, at, domain = email.rpartition("@")
    if not (name and at and domain) or len(email) > _LONGEST_EMAIL:
        raise Invalid("That is no email address: write one like ana@lab.org.")
    # Not printable are control characters, spaces but " ", and halves of surrogate pairs.
    if " " in email or not email.isprintable():
        raise Invalid("An email address has no spaces or control characters.")
    return email
