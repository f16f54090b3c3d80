"""Accounts and their credentials in the database: rows in, model out."""

from dataclasses import dataclass, field
from datetime import datetime

from schedy_server.model.accounts import (
    Account,
    Credential,
    CredentialKind,
    Failures,
    Scope,
    SigningKey,
)
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import (
    from_micros,
    optional_from_micros,
    optional_to_micros,
    to_micros,
)


@dataclass(slots=True)
class Accounts:
    """Who may ask, what proves it, and how often somebody failed to.

    A credential is read once in a transaction, which may answer many requests that carry it.
    """

    session: Session
    _known: dict[str | bytes, Credential] = field(default_factory=dict)

    def forget_known(self) -> None:
        """Begin a transaction, in which nothing is known yet."""
        self._known.clear()

    def find(self, email: str) -> Account | None:
        """Return the account of that (normalised) email address, or None."""
        row = self.session.one("account_by_email", email=email)
        return None if row is None else _account(row)

    def all(self) -> list[Account]:
        """Return every account in the order of the email addresses."""
        return [_account(row) for row in self.session.all("accounts")]

    def exist(self) -> bool:
        """Tell whether there is any account."""
        return self.session.one("any_account") is not None

    def add(self, email: str, *, password_hash: str | None, now: datetime) -> Account | None:
        """Store a new account and return it; None if the email address has one."""
        created = self.session.count(
            "insert_account", email=email, password_hash=password_hash, created=to_micros(now)
        )
        return self.find(email) if created else None

    def set_password_hash(self, account: Account, password_hash: str) -> None:
        """Store what the next passwords are compared with."""
        self.session.run("set_password_hash", key=account.key, password_hash=password_hash)

    def experiments(self, account: Account) -> int:
        """Return how many experiments would go with it."""
        row = self.session.one("experiments_of_account", account_key=account.key)
        return 0 if row is None else int(row[0])

    def delete(self, account: Account) -> None:
        """Remove it with all its experiments and credentials."""
        self._known.clear()
        self.session.run("delete_account", key=account.key)

    def credential(self, credential_id: str) -> Credential | None:
        """Return the credential of that id, or None."""
        return self._credential(credential_id, "credential_by_id", id=credential_id)

    def credential_by_digest(self, digest: bytes) -> Credential | None:
        """Return the credential whose secret has that digest, or None."""
        return self._credential(digest, "credential_by_digest", digest=digest)

    def tokens(self, account_key: int) -> list[Credential]:
        """Return the API tokens of an account that were not revoked, oldest first."""
        rows = self.session.all("tokens_of_account", account_key=account_key)
        return [_credential(row) for row in rows]

    def browsers(self, account_key: int, now: datetime) -> list[Credential]:
        """Return the sessions of browsers that have not ended, newest first."""
        rows = self.session.all("browsers_of_account", account_key=account_key, now=to_micros(now))
        return [_credential(row) for row in rows]

    def add_credential(self, credential: Credential, *, digest: bytes | None) -> None:
        """Store a new credential; `digest` is that of its secret, if it has one of its own."""
        self.session.run(
            "insert_credential",
            id=credential.id,
            account_key=credential.account_key,
            kind=credential.kind.value,
            name=credential.name,
            scope=credential.scope.value,
            digest=digest,
            hint=credential.hint,
            created=to_micros(credential.created),
            expires=optional_to_micros(credential.expires),
        )

    def note_use(self, credential_id: str, at: datetime) -> None:
        """Remember when it was last used."""
        self._known.clear()
        self.session.run("use_credential", id=credential_id, at=to_micros(at))

    def revoke(self, credential_id: str, now: datetime) -> None:
        """End it and every session that it opened, at once."""
        self._known.clear()
        self.session.run("revoke_credential", id=credential_id, at=to_micros(now))

    def revoke_sign_ins(self, account_key: int, now: datetime) -> None:
        """End every session that was opened with the password."""
        self._known.clear()
        self.session.run("revoke_sign_ins", account_key=account_key, at=to_micros(now))

    def retire_tokens(self, account_key: int, *, name: str, now: datetime) -> None:
        """Note that the API tokens of that name were replaced."""
        self._known.clear()
        self.session.run(
            "retire_tokens_named", account_key=account_key, name=name, at=to_micros(now)
        )

    def signing_keys(self) -> list[SigningKey]:
        """Return the keys in use; the first one signs."""
        rows = self.session.all("signing_keys")
        return [SigningKey(id, bytes(secret), from_micros(at)) for id, secret, at in rows]  # noqa: A001

    def add_signing_key(self, key: SigningKey) -> None:
        """Store a new key."""
        self.session.run(
            "insert_signing_key", id=key.id, secret=key.secret, created=to_micros(key.created)
        )

    def add_setup_link(self, digest: bytes, *, expires: datetime) -> None:
        """Remember a link that makes the first account."""
        self.session.run("insert_setup_link", digest=digest, expires=to_micros(expires))

    def setup_link_ends(self, digest: bytes) -> datetime | None:
        """Return until when a set-up link is good; None if there is no such link."""
        row = self.session.one("setup_link", digest=digest)
        return None if row is None else from_micros(row[0])

    def delete_setup_links(self) -> None:
        """Make every set-up link useless."""
        self.session.run("delete_setup_links")

    def failures(self, subject: str) -> Failures | None:
        """Return how often signing in has failed for an account or an address."""
        row = self.session.one("failures", subject=subject)
        return None if row is None else Failures(row[0], from_micros(row[1]))

    def count_failure(self, subject: str, *, now: datetime, fresh: datetime) -> None:
        """Count one more failure; those from before `fresh` don't count any more."""
        self.session.run(
            "count_failure", subject=subject, at=to_micros(now), fresh=to_micros(fresh)
        )

    def forgive(self, subject: str) -> None:
        """Forget the failures of an account or an address."""
        self.session.run("forgive", subject=subject)

    def forget(self, *, now: datetime, failures_before: datetime) -> None:
        """Drop what has ended by itself: sessions, set-up links, old failures."""
        self._known.clear()
        self.session.run("forget_sign_ins", before=to_micros(now))
        self.session.run("forget_setup_links", before=to_micros(now))
        self.session.run("forget_failures", before=to_micros(failures_before))

    def _credential(self, key: str | bytes, query: str, **parameters: object) -> Credential | None:
        if (known := self._known.get(key)) is not None:
            return known
        found = _found(self.session.one(query, **parameters))
        if found is not None:
            self._known[key] = found
        return found


def _account(row: Row) -> Account:
    key, email, password_hash, created = row
    return Account(key, email, password_hash, from_micros(created))


def _found(row: Row | None) -> Credential | None:
    return None if row is None else _credential(row)


def _credential(row: Row) -> Credential:
    (
        credential_id, account_key, email, kind, name, scope, hint,
        created, expires, last_used, retired, revoked,
    ) = row  # fmt: skip
    return Credential(
        id=credential_id,
        account_key=account_key,
        email=email,
        kind=CredentialKind(kind),
        name=name,
        scope=Scope(scope),
        hint=hint,
        created=from_micros(created),
        expires=optional_from_micros(expires),
        last_used=optional_from_micros(last_used),
        retired=optional_from_micros(retired),
        revoked=optional_from_micros(revoked),
    )
