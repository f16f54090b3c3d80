"""Names that the server makes up, and the rules for those that users choose."""

import secrets
import unicodedata

from schedy_server.model.errors import Invalid

LONGEST_NAME = 500

# No vowels, so that no words appear and nothing reads as a number, and no l, 0 and 1.
_LETTERS = "bcdfghjkmnpqrstvwxyz"
_CHARACTERS = _LETTERS + "23456789"
_ID_LENGTH = 10


def new_job_id() -> str:
    """Return an id that fits a command line: no leading dash, and never read as a number."""
    # The remainder favours some characters a little, which ids, unlike secrets, can bear.
    first, *rest = secrets.token_bytes(_ID_LENGTH)
    return _LETTERS[first % len(_LETTERS)] + "".join(
        _CHARACTERS[b % len(_CHARACTERS)] for b in rest
    )


def new_lease_id() -> str:
    """Return the secret of an attempt, known to the worker that got the job and to nobody else."""
    return secrets.token_urlsafe(12)


def new_nonce() -> str:
    """Return what makes an ETag name its reader."""
    return secrets.token_urlsafe(8)


def checked_name(name: str, what: str) -> str:
    """Return a name that a user chose, if the server can keep it and hand it back unchanged.

    Args:
        what: What is named, for the message, e.g. "experiment".

    Raises:
        Invalid: It is empty, too long, `.` or `..`, or holds control characters or half of a
            surrogate pair.
    """
    if not name:
        raise Invalid(f"The {what} needs a name.")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"The name of the {what} has {len(name):,} characters; {LONGEST_NAME} are allowed."
        )
    if name in {".", ".."}:
        raise Invalid(f"The {what} can't be called {name!r}: URLs give that another meaning.")
    for character in name:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise Invalid(
                f"The name of the {what} holds the control character U+{ord(character):04X}."
            )
    return name
