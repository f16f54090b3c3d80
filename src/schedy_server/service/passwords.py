"""Passwords: which are good enough, and how they are kept."""

import asyncio
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from schedy_server.model.errors import Invalid, TooManyRequests

T = TypeVar("T")

SHORTEST = 12
LONGEST = 1000

_FEWEST_DIFFERENT = 5
_AT_ONCE = 2  # each takes 64 MiB and all of a core
_QUEUE = 32
_PAUSE = timedelta(seconds=2)

# What is left of the passwords that are tried first, once digits and signs are taken away.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    abc abcd abcde abcdef abcdefgh abcdefghijkl abcdefghijklmnopqrstuvwxyz admin administrator
    adminadmin asdf asdfgh asdfghjkl asdfasdf asdfghjklqwertyuiop azerty azertyuiop baseball
    changeit changeme computer correcthorsebatterystaple default dragon facebook football google
    guest hello hunter iloveyou iloveyouforever internet letmein letmeinletmein login machine
    learning machinelearning master monkey motdepasse mypassword passw passwd password passwort
    passwordpassword princess qazwsx qazwsxedc qwert qwerty qwertyqwerty qwertyuiop
    qwertyuiopasdf qwertyuiopasdfghjkl qwertz qwertzuiop root schedy schedyserver schedypassword
    secret shadow starwars sunshine superman superuser supersecret temporary test testtest trustno
    user welcome welcomehome whatever zxcvbn zxcvbnm
    """,
    )
)


def profile() -> PasswordHasher:
    """Return the hashing that the server uses: Argon2id, 64 MiB, as RFC 9106 advises."""
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def check_new(password: str, *, email: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        Invalid: It is too short, too long, common, or follows from the email address.
    """
    if len(password) < SHORTEST:
        raise Invalid(f"The password is too short: take at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise Invalid(f"The password is too long: take at most {LONGEST} characters.")
    folded = password.lower()
    letters = re.sub(r"[\W\d_]", "", folded)
    if (
        len(set(folded)) < _FEWEST_DIFFERENT
        or folded.isdigit()
        or letters in _COMMON
        or email.lower() in folded
    ):
        raise Invalid("The password is easily guessed: take one that nobody would think of.")


class Passwords:
    """Hashes and compares passwords beside the event loop, a few at a time.

    Hashing is slow and takes much memory on purpose; without a bound, a burst of sign-ins would
    take the machine.
    """

    def __init__(
        self, hasher: PasswordHasher | None = None, *, at_once: int = _AT_ONCE, queue: int = _QUEUE
    ) -> None:
        self._hasher = hasher or profile()
        self._room = at_once + queue
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="schedy-password")
        # Compared with where there is no account, so that this takes as long as where there is.
        self._dummy = self._pool.submit(self._hasher.hash, secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Return what to store of a password.

        Raises:
            TooManyRequests: Too many passwords wait already.
        """
        return await self._run(lambda: self._hasher.hash(_encoded(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether it is the password; it takes as long if nothing is stored.

        Raises:
            TooManyRequests: Too many passwords wait already.
        """
        return await self._run(lambda: self._matches(stored, password))

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a password was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Drop what waits and end the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str | None, password: str) -> bool:
        try:
            self._hasher.verify(stored or self._dummy.result(), _encoded(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._room:
            raise TooManyRequests("Too many sign-ins at once: try again in a moment.", _PAUSE)
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._room += 1


def _encoded(password: str) -> bytes:
    # JSON can carry halves of surrogate pairs; they make a strange password, but no error.
    return password.encode("utf-8", "surrogatepass")
