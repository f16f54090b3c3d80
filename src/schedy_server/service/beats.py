"""Signs of life on their way to the database: collected, and written together.

That one is lost with a crash of the server does no harm: while the server is down, no lease runs.
"""

from dataclasses import replace

from schedy_server.storage.leases import Beat
from schedy_server.storage.ledger import Ledger


class Beats:
    """The latest sign of life of each attempt that was not written yet."""

    def __init__(self) -> None:
        self._latest: dict[tuple[int, int, int], Beat] = {}

    def note(self, beat: Beat) -> None:
        """Remember a sign of life; callable from any thread."""
        key = (beat.experiment_key, beat.number, beat.n)
        earlier = self._latest.get(key)
        if earlier is not None and beat.resume is None and earlier.resume is not None:
            beat = replace(earlier, at=beat.at, deadline=beat.deadline)
        self._latest[key] = beat

    def take(self) -> list[Beat]:
        """Return what is to be written, and forget it."""
        taken, self._latest = self._latest, {}
        return list(taken.values())

    def put_back(self, beats: list[Beat]) -> None:
        """Remember again what could not be written, unless there is something newer."""
        for beat in beats:
            key = (beat.experiment_key, beat.number, beat.n)
            self._latest.setdefault(key, beat)


def write_beats(ledger: Ledger, beats: list[Beat]) -> None:
    """Write signs of life."""
    for beat in beats:
        ledger.leases.renew(beat)
