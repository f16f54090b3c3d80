"""Sending what killed processes left in the outbox, and saying what came of it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schedy import Experiment, errors
from schedy.cli.failures import sentence
from schedy.connection import Connection
from schedy.delivery import is_over, send
from schedy.jobs import Job
from schedy.letters import Letter
from schedy.outbox import Orphan, orphans

__all__ = [
    "ADOPTED",
    "AWAY",
    "DAMAGED",
    "ELSEWHERE",
    "KEPT",
    "REFUSED",
    "SENT",
    "TO_SEND",
    "WAITING",
    "Outcome",
    "flushed",
]

SENT = "sent"
ADOPTED = "adopted"
KEPT = "kept"
WAITING = "its process sends it"
TO_SEND = "to be sent"
AWAY = "not sent"
REFUSED = "refused"
ELSEWHERE = "for another server"
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter.

    Attributes:
        what: One of the words of this module.
        why: More about it.
    """

    file: Path
    letter: Letter | None
    what: str
    why: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        about = f"job {self.letter.job_id}: " if self.letter else ""
        return f"{about}{self.what}{f' ({self.why})' if self.why else ''}"


def flushed(
    connection: Connection, folder: Path | None, *, dry_run: bool = False
) -> Iterator[Outcome]:
    """Send each letter whose process is gone, and yield what became of it.

    Args:
        dry_run: Only say what there is.
    """
    is_away = ""
    for orphan in [] if folder is None else orphans(folder):
        outcome = _without_sending(connection, orphan, dry_run=dry_run)
        if outcome is None and is_away:
            outcome = Outcome(orphan.file, orphan.letter, AWAY, is_away)
        if outcome is None and orphan.letter is not None:
            outcome = _sent(connection, orphan, orphan.letter)
            is_away = outcome.why if outcome.what == AWAY else ""
        if outcome is not None:
            yield outcome


def _without_sending(connection: Connection, orphan: Orphan, *, dry_run: bool) -> Outcome | None:
    letter = orphan.letter
    if orphan.is_waiting:
        return Outcome(orphan.file, letter, WAITING)
    if letter is None:
        return Outcome(orphan.file, None, DAMAGED, orphan.problem)
    ours = connection.configuration
    if (letter.root, letter.email) != (ours.root, ours.email):
        # Our credentials are nobody else's business.
        return Outcome(orphan.file, letter, ELSEWHERE, f"{letter.email} at {letter.root}")
    return Outcome(orphan.file, letter, TO_SEND) if dry_run else None


def _sent(connection: Connection, orphan: Orphan, letter: Letter) -> Outcome:
    try:
        send(connection, letter)
    except errors.ClientRequestError as error:
        orphan.is_settled = is_over(letter, error)
        if orphan.is_settled and letter.has_results:
            return Outcome(orphan.file, letter, KEPT, f"see `schedy kept {letter.experiment}`")
        return Outcome(orphan.file, letter, REFUSED, sentence(error))
    except errors.SchedyError as error:
        return Outcome(orphan.file, letter, AWAY, sentence(error))
    orphan.is_settled = True
    what = ADOPTED if _was_adopted(connection, letter) else SENT
    return Outcome(orphan.file, letter, what)


def _was_adopted(connection: Connection, letter: Letter) -> bool:
    """Tell whether the letter came after its attempt was over, and counts all the same."""
    experiment = Experiment(letter.experiment)
    experiment.learn(connection, None)
    with contextlib.suppress(errors.SchedyError, TypeError):
        attempts = Job(letter.job_id, experiment, {}).attempts()
        return any(each.n == letter.attempt and each.late == "adopted" for each in attempts)
    return False
