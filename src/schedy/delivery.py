"""How the end of a job reaches the server: by way of the disk, and however long it takes."""

import logging

from schedy import errors
from schedy.answers import Answer
from schedy.connection import Connection
from schedy.letters import Letter
from schedy.outbox import Held, hold
from schedy.preemption import unless_preempted

__all__ = ["UNSTORABLE", "deliver", "is_over", "send", "settle"]

# The results themselves are the trouble.
UNSTORABLE = frozenset({400, 413, 422})

_REFUSED_AND_KEPT = 412
# Together five seconds at most, which is what a preempted machine is sure to give.
_HURRIED_TIMEOUT, _HURRIED_PATIENCE = 2.5, 2.5

log = logging.getLogger("schedy")


def deliver(connection: Connection, letter: Letter, *, in_a_hurry: bool = False) -> Answer:
    """Send a letter until it is answered; it is on disk before.

    Args:
        in_a_hurry: The process has to end within seconds.

    Raises:
        SchedyError: It was refused, or there was no answer; then the letter stays, and the message
            says where.
    """

    def ask() -> Answer:
        return send(connection, letter)

    def ask_quickly() -> Answer:
        hurried = connection.hurried(timeout=_HURRIED_TIMEOUT, patience=_HURRIED_PATIENCE)
        return send(hurried, letter)

    held = hold(letter)
    try:
        answer = ask_quickly() if in_a_hurry else unless_preempted(ask, ask_quickly)
    except errors.SchedyError as error:
        raise settle(held, letter, error) from error
    except BaseException:
        held.stay()
        raise
    held.done()
    return answer


def settle(held: Held, letter: Letter, error: errors.SchedyError) -> errors.SchedyError:
    """Decide what becomes of a letter that was not accepted, and return the error that says so."""
    if is_over(letter, error):
        held.done()
        return error
    held.stay()
    if isinstance(error, errors.ServerUnreachable):
        return errors.ServerUnreachable(f"{error} {held.whereabouts}")
    is_hopeless = isinstance(error, errors.HTTPError) and error.code in UNSTORABLE
    where = held.resting_place if is_hopeless else held.whereabouts
    error.add_note(where)
    log.warning("Job %s: %s %s", letter.job_id, " ".join(str(error).split()), where)
    return error


def is_over(letter: Letter, error: errors.SchedyError) -> bool:
    """Tell whether a refused letter needs to be kept no longer.

    The server keeps the results of a letter that came too late. What it refused without keeping
    is worth a file if there are results in it.
    """
    if not isinstance(error, errors.ClientRequestError):
        return False
    if isinstance(error, errors.AuthenticationError | errors.ReauthenticateError):
        return False
    return error.code == _REFUSED_AND_KEPT or not letter.has_results


def send(connection: Connection, letter: Letter) -> Answer:
    """Send a letter until it is answered, wherever it is kept.

    Raises:
        SchedyError: It was refused, or there was no answer.
    """
    return connection.insist(letter.method, letter.path, letter.content, letter.headers)
