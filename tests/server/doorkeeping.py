"""What tests of accounts start from: a clock to turn, cheap passwords, people with credentials."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from argon2 import PasswordHasher

from schedy_server.model.accounts import Account, Caller, Credential, CredentialKind, Scope
from schedy_server.service import accounts, credentials
from schedy_server.service.context import Context
from schedy_server.service.credentials import NewToken, Wish
from schedy_server.service.passwords import Passwords
from schedy_server.service.sign_in import Attempt, SignIn
from schedy_server.service.tokens import SessionToken, SigningKeys
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage

T = TypeVar("T")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = "ana@lab.org"
PHRASE = "une vache bleue"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Clock:
    """Stands still until it is told to go on."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class Door:
    """A server's doorkeeping without the server: Ana has an account, and time stands still."""

    storage: Storage
    clock: Clock = field(default_factory=Clock)
    keys: SigningKeys = field(init=False)
    passwords: Passwords = field(init=False)
    ana: Account = field(init=False)

    def __post_init__(self) -> None:
        self.keys = self.new_keys()
        self.passwords = Passwords(CHEAP)
        self.ana = self.add(ANA)

    @property
    def sign_in(self) -> SignIn:
        return SignIn(self.storage, self.keys, self.passwords, self.clock)

    def new_keys(self) -> SigningKeys:
        return self.storage.write_now(lambda ledger: SigningKeys.load(ledger, now=self.clock()))

    def add(self, email: str, password: str = PHRASE) -> Account:
        password_hash = CHEAP.hash(password)
        return self.storage.write_now(
            lambda ledger: accounts.add_account(
                ledger, email=email, password_hash=password_hash, now=self.clock(), actor="test"
            )
        )

    def new_token(
        self, name: str = "x", scope: Scope = Scope.WORKER, life: timedelta | None = None
    ) -> NewToken:
        wish = Wish(name, scope, life)
        return self.storage.write_now(
            lambda ledger: credentials.create_token(
                ledger, self.ana, wish, now=self.clock(), actor="test"
            )
        )

    def authenticate(self, bearer: str, need: Scope = Scope.READ) -> Caller:
        return self.storage.read_now(
            lambda ledger: accounts.authenticate(
                ledger, self.keys, bearer, need=need, now=self.clock(), request_id=None
            )
        )

    def act(self, bearer: str, work: Callable[[Context], T]) -> T:
        def run(ledger: Ledger) -> T:
            caller = accounts.authenticate(
                ledger, self.keys, bearer, need=Scope.READ, now=self.clock(), request_id=None
            )
            return work(Context(ledger, caller, self.clock()))

        return self.storage.write_now(run)

    async def with_token(self, text: str, email: str = ANA) -> SessionToken:
        return await self.sign_in.with_token(Attempt(email, text, "192.0.2.1"))

    async def with_password(
        self, password: str = PHRASE, email: str = ANA, address: str = "192.0.2.1"
    ) -> SessionToken:
        return await self.sign_in.with_password(Attempt(email, password, address))


def a_credential(account: Account, key: str = "c", **changes: Any) -> Credential:
    values = {
        "id": f"id-of-{key}",
        "account_key": account.key,
        "email": account.email,
        "kind": CredentialKind.API_TOKEN,
        "name": key,
        "scope": Scope.WORKER,
        "hint": "sdy_w_…abcd",
        "created": NOON,
    }
    return Credential(**{**values, **changes})
