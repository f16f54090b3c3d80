"""How a job's end reaches the server, however long that takes."""

import time
from collections.abc import Mapping
from typing import Any

from schedy import Job, errors, heartbeats
from schedy.cli.failures import sentence
from schedy.cli.output import note
from schedy.cli.stopping import Stop, Stopped
from schedy.cli.text import shortened
from schedy.connection import Connection
from schedy.delivery import UNSTORABLE, is_over, send
from schedy.letters import Letter
from schedy.outbox import Held, hold

__all__ = ["Reporter"]

_LONGEST_REASON = 500  # characters
_REMINDER = 60.0  # seconds
_LINGER = 10.0  # seconds; those who stop a worker do not wait for ever


class Reporter:
    """Reports to the server; what it can't, stays in the outbox.

    Args:
        connection: A patient one, which waits by `stop.sleep`.
    """

    def __init__(self, connection: Connection, stop: Stop) -> None:
        self._connection = connection
        self._stop = stop

    def finish(
        self, job: Job, *, status: str, results: Mapping[str, Any], reason: str | None
    ) -> bool:
        """Report how a job ended, and tell whether the server has confirmed it."""
        body = {"lease_id": job.lease_id, "status": status, "results": {**job.results, **results}}
        if reason is not None:
            body["reason"] = reason
        refused = self._report(job, "finish", body)
        if refused is not None and _is_unstorable(refused):
            # Nobody else may run the job again for results that can't be stored.
            why = shortened(f"the results were refused: {sentence(refused)}", _LONGEST_REASON)
            crash = {"lease_id": job.lease_id, "status": Job.CRASHED, "reason": why}
            self._report(job, "finish", crash)
        return refused is None

    def release(self, job: Job, results: Mapping[str, Any]) -> bool:
        """Put a job back into the queue, and tell whether the server has confirmed it.

        What the command reported so far stays with the job: the next worker may go on from there.
        """
        body = {
            "hyperparameters": job.hyperparameters,
            "results": {**job.results, **results},
        }
        if job.lease_ttl is None:  # a server that gives no leases takes none back
            return self._report(job, "", {"status": Job.QUEUED, **body}) is None
        resume = {} if job.resume is None else {"resume": job.resume}
        return self._report(job, "release", {"lease_id": job.lease_id, **body, **resume}) is None

    def cancelled(self, job: Job, results: Mapping[str, Any]) -> None:
        """Let the server keep what a cancelled job had found out by then."""
        if results:
            body = {"lease_id": job.lease_id, "status": Job.PRUNED, "results": results}
            self._report(job, "finish", body)
        self.forget(job)

    def forget(self, job: Job) -> None:
        """Have nothing more to do with a job."""
        heartbeats.end(job)

    def _report(self, job: Job, action: str, body: Mapping[str, Any]) -> Exception | None:
        """Send how a job ended, and return what went wrong, if something did."""
        method, path = ("POST", f"{job.path}{action}/") if action else ("PUT", job.path)
        try:
            letter = job.letter(method, path, body)
        except (TypeError, ValueError, RecursionError) as error:
            note(f"Job {job.job_id}: {sentence(error)}")
            return error
        refused = self._deliver(letter)
        if not (refused is not None and _is_unstorable(refused)):
            self.forget(job)
        return refused

    def _deliver(self, letter: Letter) -> Exception | None:
        held = hold(letter)
        self._stop.linger(_LINGER)
        self._stop.on_pause = _Reminder(letter, held).remind
        try:
            send(self._connection, letter)
        except (errors.SchedyError, Stopped) as error:
            _settle(held, letter, error)
            return error
        finally:
            self._stop.patience, self._stop.on_pause = 0.0, None
        held.done()
        return None


def _settle(held: Held, letter: Letter, error: errors.SchedyError | Stopped) -> None:
    """Say what becomes of a letter that was not accepted."""
    job = f"Job {letter.job_id}:"
    if isinstance(error, Stopped):
        held.stay()
        note(f"{job} stopped before the server answered. {held.whereabouts}")
    elif is_over(letter, error):
        held.done()
        kept = f"`schedy kept {letter.experiment}` shows what it keeps."
        note(f"{job} {sentence(error)} {kept if letter.has_results else ''}")
    else:
        held.stay()
        note(f"{job} {sentence(error)} {held.whereabouts}")


def _is_unstorable(error: Exception) -> bool:
    """Tell whether the results themselves are the trouble, for this side or the server's."""
    if isinstance(error, errors.HTTPError):
        return error.code in UNSTORABLE
    return isinstance(error, TypeError | ValueError | RecursionError)


class _Reminder:
    """Says now and then that a result is safe, while the server is away."""

    def __init__(self, letter: Letter, held: Held) -> None:
        self._letter = letter
        self._held = held
        self._last = -_REMINDER

    def remind(self) -> None:
        if time.monotonic() >= self._last + _REMINDER:
            self._last = time.monotonic()
            note(
                f"Job {self._letter.job_id}: the server does not take the result now; trying "
                f"again. {self._held.whereabouts}"
            )
