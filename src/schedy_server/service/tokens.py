"""Session tokens: what signing in hands out, and every later request shows again.

A token is a JWT that names the credential that was signed in with; whether that credential is
still good stands in the database and is looked up each time, so revoking it takes effect at once.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self

import jwt

from schedy_server.model.accounts import Credential, SigningKey
from schedy_server.model.errors import Unauthenticated
from schedy_server.service.api_tokens import random_text
from schedy_server.storage.ledger import Ledger

LIFETIME = timedelta(hours=1)

# Old clients compare the end that they are told with a local clock that may be off, or repeat an
# hour in autumn, and cannot recover from a 401 before it; so tokens are good for a day longer.
MARGIN = timedelta(hours=25)

_ALGORITHM = "HS256"
_TYPE = "sdy-at+jwt"
_PARTY = "schedy"  # both who issues the tokens and who they are for
_SECRET_BYTES = 32
_LONGEST_TOKEN = 2048
_REMEMBERED = 4096  # tokens whose signature need not be computed again
_CLAIMS = ["iss", "aud", "sub", "tok", "iat", "ends", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A token, and when whoever gets it should sign in again."""

    text: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once its signature was found to be good.

    Attributes:
        began: When it was handed out.
        ends: When its owner was told that it would end.
        refused_from: When it really does.
    """

    credential_id: str
    began: datetime
    ends: datetime
    refused_from: datetime


class SigningKeys:
    """Signs session tokens and verifies them.

    Args:
        keys: The first one signs; all of them verify.
        lifetime: After how long whoever has a token should sign in again.
    """

    def __init__(self, keys: Sequence[SigningKey], *, lifetime: timedelta = LIFETIME) -> None:
        self._keys = {key.id: key for key in keys}
        self._signer = keys[0]
        self._lifetime = lifetime
        # What a token says never changes, so computing its signature once is enough.
        self._verified = lru_cache(_REMEMBERED)(self._verify)

    @classmethod
    def load(cls, ledger: Ledger, *, now: datetime, lifetime: timedelta = LIFETIME) -> Self:
        """Return the keys of this database, of which the first start makes the first one.

        Two servers that start at once may make one each: both are used, and each server learns
        of the other's as soon as it meets a token that was signed with it.
        """
        keys = ledger.accounts.signing_keys()
        if not keys:
            keys = [SigningKey(random_text(8), secrets.token_bytes(_SECRET_BYTES), now)]
            ledger.accounts.add_signing_key(keys[0])
        return cls(keys, lifetime=lifetime)

    def sign(self, credential: Credential, now: datetime) -> SessionToken:
        """Return a new token for whoever has just proved to have this credential."""
        ends = now + self._lifetime
        claims = {
            "iss": _PARTY,
            "aud": _PARTY,
            "sub": str(credential.account_key),
            "tok": credential.id,
            "iat": now.timestamp(),
            "ends": ends.timestamp(),
            "exp": (ends + MARGIN).timestamp(),
            "jti": random_text(16),
        }
        headers = {"kid": self._signer.id, "typ": _TYPE}
        text = jwt.encode(claims, self._signer.secret, algorithm=_ALGORITHM, headers=headers)
        return SessionToken(text, min(ends, credential.expires or ends))

    def read(self, ledger: Ledger, text: str, now: datetime) -> Claims:
        """Return what a token says.

        Raises:
            Unauthenticated: It is forged, garbled, or too old.
        """
        if len(text) > _LONGEST_TOKEN:
            raise Unauthenticated("That is no token of this server: sign in again.")
        try:
            claims = self._claims(ledger, text)
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise Unauthenticated("That is no token of this server: sign in again.") from error
        if now >= claims.refused_from:
            raise Unauthenticated("The token has expired: sign in again.")
        return claims

    def _claims(self, ledger: Ledger, text: str) -> Claims:
        try:
            return self._verified(text)
        except KeyError:  # the key of another server on this database?
            known = {key.id: key for key in ledger.accounts.signing_keys()}
            self._keys = {**self._keys, **known}
            return self._verified(text)

    def _verify(self, text: str) -> Claims:
        header = jwt.get_unverified_header(text)
        if header.get("typ") != _TYPE:
            raise jwt.InvalidTokenError("another type of token")
        claims = jwt.decode(
            text,
            self._keys[header["kid"]].secret,
            algorithms=[_ALGORITHM],
            audience=_PARTY,
            issuer=_PARTY,
            # Times are compared with the server's own clock, in `read`.
            options={
                "require": _CLAIMS,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        return Claims(
            credential_id=claims["tok"],
            began=datetime.fromtimestamp(claims["iat"], UTC),
            ends=datetime.fromtimestamp(claims["ends"], UTC),
            refused_from=datetime.fromtimestamp(claims["exp"], UTC),
        )
