"""Accounts, credentials and failures come back as they were stored."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from schedy_server.model.accounts import (
    Account,
    Credential,
    CredentialKind,
    Failures,
    Scope,
    SigningKey,
)
from schedy_server.storage.accounts import Accounts
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.databases import fresh_database, shared_server
from tests.server.doorkeeping import ANA, NOON, a_credential

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
HASH = "$argon2id$"


class Book:
    """Runs each call in a transaction of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def do(self, work: Callable[[Accounts], T]) -> T:
        return self._storage.write_now(lambda ledger: work(ledger.accounts))

    def add(self, email: str = ANA) -> Account:
        account = self.do(lambda accounts: accounts.add(email, password_hash=HASH, now=NOON))
        assert account is not None
        return account

    def add_credential(self, account: Account, key: str = "c", **changes: Any) -> Credential:
        credential = a_credential(account, key, **changes)
        self.do(lambda accounts: accounts.add_credential(credential, digest=key.encode()))
        return credential

    def credential(self, name: str = "c") -> Credential:
        credential = self.do(lambda accounts: accounts.credential(f"id-of-{name}"))
        assert credential is not None
        return credential


class AccountsContract:
    """What every database owes whoever signs in."""

    def test_an_account_is_found_by_its_email_address(self, book: Book) -> None:
        account = book.add()
        assert account == Account(account.key, ANA, HASH, NOON)
        assert book.do(lambda accounts: accounts.find(ANA)) == account
        assert book.do(lambda accounts: accounts.find("bob@lab.org")) is None

    def test_an_email_address_has_one_account(self, book: Book) -> None:
        book.add()
        assert book.do(lambda accounts: accounts.add(ANA, password_hash=HASH, now=NOON)) is None

    def test_accounts_are_listed_by_email_address(self, book: Book) -> None:
        assert not book.do(lambda accounts: accounts.exist())
        added = [book.add(email) for email in ("b@x", "a@x")]
        assert book.do(lambda accounts: accounts.all()) == added[::-1]
        assert book.do(lambda accounts: accounts.exist())

    def test_a_deleted_account_takes_its_credentials_along(self, book: Book) -> None:
        account = book.add()
        book.add_credential(account)
        book.do(lambda accounts: accounts.delete(account))
        assert book.do(lambda accounts: accounts.credential("id-of-c")) is None

    def test_a_new_password_hash_replaces_the_old_one(self, book: Book) -> None:
        account = book.add()
        book.do(lambda accounts: accounts.set_password_hash(account, "new"))
        assert book.do(lambda accounts: accounts.find(ANA)) == Account(
            account.key, ANA, "new", NOON
        )

    def test_a_credential_comes_back_as_stored(self, book: Book) -> None:
        stored = book.add_credential(book.add(), scope=Scope.READ, expires=NOON + MINUTE)
        assert book.credential() == stored
        assert book.do(lambda accounts: accounts.credential_by_digest(b"c")) == stored
        assert book.do(lambda accounts: accounts.credential_by_digest(b"d")) is None

    def test_the_time_of_last_use_never_goes_back(self, book: Book) -> None:
        book.add_credential(book.add())
        for at in (NOON, NOON + MINUTE, NOON):
            book.do(lambda accounts, at=at: accounts.note_use("id-of-c", at))  # type: ignore[misc]
        assert book.credential().last_used == NOON + MINUTE

    def test_revoking_again_does_not_change_since_when(self, book: Book) -> None:
        book.add_credential(book.add())
        book.do(lambda accounts: accounts.revoke("id-of-c", NOON))
        book.do(lambda accounts: accounts.revoke("id-of-c", NOON + MINUTE))
        assert book.credential().revoked == NOON

    def test_the_list_of_tokens_holds_those_of_use(self, book: Book) -> None:
        account = book.add()
        first = book.add_credential(account, "a")
        book.add_credential(account, "b", kind=CredentialKind.SIGN_IN)
        book.add_credential(account, "c")
        second = book.add_credential(account, "d", created=NOON + MINUTE)
        book.do(lambda accounts: accounts.revoke("id-of-c", NOON))
        assert book.do(lambda accounts: accounts.tokens(account.key)) == [first, second]

    def test_retiring_is_by_name_and_account(self, book: Book) -> None:
        ana, bob = book.add(), book.add("bob@lab.org")
        book.add_credential(ana, "old")
        book.add_credential(ana, "other")
        book.add_credential(bob, "bobs", name="old")
        book.do(lambda accounts: accounts.retire_tokens(ana.key, name="old", now=NOON))
        retired = {name: book.credential(name).retired for name in ("old", "other", "bobs")}
        assert retired == {"old": NOON, "other": None, "bobs": None}

    def test_revoking_sign_ins_spares_api_tokens(self, book: Book) -> None:
        account = book.add()
        book.add_credential(account, "token")
        book.add_credential(account, "session", kind=CredentialKind.SIGN_IN)
        book.do(lambda accounts: accounts.revoke_sign_ins(account.key, NOON))
        assert book.credential("token").revoked is None
        assert book.credential("session").revoked == NOON

    def test_the_newest_signing_key_comes_first(self, book: Book) -> None:
        old, new = SigningKey("o", b"\0\xff", NOON), SigningKey("n", b"s", NOON + MINUTE)
        for key in (old, new):
            book.do(lambda accounts, key=key: accounts.add_signing_key(key))  # type: ignore[misc]
        assert book.do(lambda accounts: accounts.signing_keys()) == [new, old]

    def test_failures_add_up_until_they_are_old(self, book: Book) -> None:
        for minute in (0, 1, 10):
            now = NOON + minute * MINUTE
            book.do(  # the first two are older than the third one's five minutes
                lambda accounts, now=now: accounts.count_failure(  # type: ignore[misc]
                    "s", now=now, fresh=now - 5 * MINUTE
                )
            )
            if minute == 1:
                assert book.do(lambda accounts: accounts.failures("s")) == Failures(2, now)
        assert book.do(lambda accounts: accounts.failures("s")) == Failures(1, now)

    def test_forgiven_failures_are_gone(self, book: Book) -> None:
        for subject in ("s", "t"):
            book.do(
                lambda accounts, subject=subject: accounts.count_failure(  # type: ignore[misc]
                    subject, now=NOON, fresh=NOON
                )
            )
        book.do(lambda accounts: accounts.forgive("s"))
        assert book.do(lambda accounts: accounts.failures("s")) is None
        assert book.do(lambda accounts: accounts.failures("t")) == Failures(1, NOON)

    def test_what_ended_by_itself_is_forgotten(self, book: Book) -> None:
        book.add_credential(book.add(), kind=CredentialKind.SIGN_IN, expires=NOON)
        book.do(lambda accounts: accounts.add_setup_link(b"l", expires=NOON))
        book.do(lambda accounts: accounts.count_failure("s", now=NOON, fresh=NOON))
        later = NOON + MINUTE
        book.do(lambda accounts: accounts.forget(now=later, failures_before=later))
        assert book.do(lambda accounts: accounts.credential("id-of-c")) is None
        assert book.do(lambda accounts: accounts.setup_link_ends(b"l")) is None
        assert book.do(lambda accounts: accounts.failures("s")) is None

    def test_what_has_not_ended_is_kept(self, book: Book) -> None:
        book.add_credential(book.add(), kind=CredentialKind.SIGN_IN, expires=NOON + MINUTE)
        book.do(lambda accounts: accounts.add_setup_link(b"l", expires=NOON + MINUTE))
        book.do(lambda accounts: accounts.forget(now=NOON, failures_before=NOON))
        assert book.credential().expires == NOON + MINUTE
        assert book.do(lambda accounts: accounts.setup_link_ends(b"l")) == NOON + MINUTE


class TestOnSQLite(AccountsContract):
    @pytest.fixture
    def book(self, tmp_path: Path) -> Iterator[Book]:
        with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
            yield Book(storage)


@pytest.mark.postgres
class TestOnPostgreSQL(AccountsContract):
    @pytest.fixture
    def book(self) -> Iterator[Book]:
        with fresh_database(shared_server()) as url, open_storage(url) as storage:
            yield Book(storage)
