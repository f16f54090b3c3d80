"""What travels between clients and the account endpoints, as JSON."""

from typing import Any

import msgspec

from schedy_server.http.shapes import Moment
from schedy_server.model.accounts import Caller, Credential, Scope
from schedy_server.service.credentials import NewToken, Wish, life_of
from schedy_server.service.tokens import SessionToken


class SignInRequest(msgspec.Struct, frozen=True):
    """Asks for a session.

    Attributes:
        token: An API token, or a password.
    """

    email: str
    token: str


class SignInAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A session token.

    Attributes:
        expires_at: The Unix time, in seconds, when the client should sign in again.
    """

    token: str
    expires_at: float

    @classmethod
    def of(cls, token: SessionToken) -> "SignInAnswer":
        """Return what the client is told."""
        return cls(token.text, token.ends.timestamp())


class PasswordRequest(msgspec.Struct, frozen=True):
    """Asks for another password.

    Attributes:
        current: The password until now.
        new: The password from now on.
    """

    current: str
    new: str


class ClientConfiguration(msgspec.Struct, frozen=True):
    """A configuration file of the client; older ones write this answer to disk as it is."""

    root: str
    email: str
    token: str
    token_type: str = "api_token"  # noqa: S105 - a kind, not a secret


class Me(msgspec.Struct, frozen=True):
    """Who the token belongs to, and what it allows."""

    email: str
    scope: Scope

    @classmethod
    def of(cls, caller: Caller) -> "Me":
        """Return what the caller is told of itself."""
        return cls(caller.email, caller.scope)


class TokenRequest(msgspec.Struct, frozen=True):
    """Asks for a new API token.

    Attributes:
        name: What its owner recognises it by.
        expires_in: After how many seconds it expires; null for never.
    """

    name: str = "API token"
    scope: Scope = Scope.WORKER
    expires_in: float | None = None

    def wish(self) -> Wish:
        """Return what is asked for.

        Raises:
            Invalid: There can't be such a token.
        """
        return Wish(self.name, self.scope, life_of(self.expires_in))


class Token(msgspec.Struct, frozen=True):
    """An API token, without its secret.

    Attributes:
        hint: What its owner may recognise it by: the prefix and the last characters.
        retired: Since when it was replaced; jobs may be reported of and finished for another week.
    """

    id: str
    name: str
    scope: Scope
    hint: str
    created: Moment
    expires: Moment | None
    last_used: Moment | None
    retired: Moment | None

    @classmethod
    def of(cls, credential: Credential) -> "Token":
        """Return what its owner sees of it."""
        return cls(**_seen(credential))


class CreatedToken(Token, frozen=True):
    """An API token with its secret.

    Attributes:
        token: The secret, shown this once.
    """

    token: str

    @classmethod
    def of_new(cls, new: NewToken) -> "CreatedToken":
        """Return what its owner sees of it this once."""
        return cls(**_seen(new.credential), token=new.text)


class TokenList(msgspec.Struct, frozen=True):
    """The API tokens of an account, oldest first."""

    items: list[Token]


class SetupRequest(msgspec.Struct, frozen=True):
    """Asks for the first account.

    Attributes:
        code: What the server printed when it started.
    """

    code: str
    email: str
    password: str


class SetupAnswer(msgspec.Struct, frozen=True):
    """The account that was made."""

    email: str


def _seen(credential: Credential) -> dict[str, Any]:
    return {name: getattr(credential, name) for name in Token.__struct_fields__}
