"""The text of an API token: what it looks like, and how a mistyped one is recognised.

`sdy_w_` + 32 random characters + 6 that follow from the rest. The prefix lets scanners of source
code find a token that leaked; the checksum spares the database most of what is no token.
"""

import hashlib
import re
import secrets
import string
import zlib

from schedy_server.model.accounts import Scope

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX = "sdy_"

_RANDOM_CHARACTERS = 32  # 190 bits: nobody guesses, so a plain digest of it is safe to store
_CHECKSUM_CHARACTERS = 6  # 62 ** 6 > 2 ** 32
_LETTER_OF = {Scope.READ: "r", Scope.WORKER: "w", Scope.ADMIN: "a"}
_SHAPE = re.compile(
    rf"{PREFIX}[{''.join(_LETTER_OF.values())}]_"
    rf"[0-9A-Za-z]{{{_RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS}}}"
)


def new_api_token(scope: Scope) -> str:
    """Make up an API token; the letter tells people its scope, the server looks it up."""
    return compose(scope, random_text(_RANDOM_CHARACTERS))


def random_text(length: int) -> str:
    """Return letters and digits that nobody can foresee."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def compose(scope: Scope, body: str) -> str:
    """Return the API token with these random characters."""
    start = f"{PREFIX}{_LETTER_OF[scope]}_{body}"
    return start + _checksum(start)


def is_well_formed(text: str) -> bool:
    """Tell whether it could be an API token: shape and checksum are right."""
    return (
        _SHAPE.fullmatch(text) is not None
        and _checksum(text[:-_CHECKSUM_CHARACTERS]) == text[-_CHECKSUM_CHARACTERS:]
    )


def digest_of(secret: str) -> bytes:
    """Return what is stored in place of a secret, and looked up by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def hint_of(token: str) -> str:
    """Return what its owner may recognise a token by, e.g. `sdy_w_…k3f9`."""
    return f"{token[: len(PREFIX) + 2]}…{token[-4:]}"


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    characters = []
    for _ in range(_CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))
