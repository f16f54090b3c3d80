"""How long to go on trying, and how long to wait between two tries."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 20.0
_TOO_SHORT = 0.001  # the rest of patience that is not worth another try

# Its own: the training seeds the one of `random`, and has to find the same numbers every time.
_chance = random.SystemRandom()


@dataclass(slots=True)
class Patience:
    """Counts the tries of one request, and says when to try again.

    The pauses double from a quarter of a second to twenty seconds. Each is shortened by chance,
    so that a thousand workers that lost the same server do not come back in the same instant.

    Attributes:
        seconds: For how long to go on trying.
        clock: Tells the time in seconds, monotonically.
        chance: Returns a random number in [0, 1).
        has_news: Nobody was told yet that something is wrong.
    """

    seconds: float
    clock: Callable[[], float]
    chance: Callable[[], float] = _chance.random
    tries: int = field(default=1, init=False)
    has_news: bool = field(default=True, init=False)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    @property
    def spent(self) -> float:
        """The seconds since the first try."""
        return self.clock() - self._since

    def pause(self, *, asked: float | None = None, at_once: bool = False) -> float | None:
        """Return the seconds to wait before the next try; None when it is time to give up.

        Args:
            asked: How long the server wants to be left alone.
            at_once: Waiting first has no use.
        """
        left = self.seconds - self.spent
        if left <= _TOO_SHORT or (asked is not None and asked > left):
            return None
        steps = self.tries - 1
        self.tries += 1
        if at_once and steps == 0:
            return 0.0
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(steps, 16))
        return min(max(longest * (1 + self.chance()) / 2, asked or 0.0), left)


def asked_pause(header: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for; None if it asks for nothing.

    Args:
        now: Unix time; the header may name a date.
    """
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None
