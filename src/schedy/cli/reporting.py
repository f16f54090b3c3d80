"""How a job's end reaches the server, however long that takes."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schedy import Job, errors
from schedy.cli.failures import sentence
from schedy.cli.outbox import Letter, keep, outbox_folder
from schedy.cli.output import note
from schedy.cli.stopping import Stop, Stopped
from schedy.cli.text import shortened
from schedy.connection import Connection, segment

__all__ = ["Reporter"]

_UNSTORABLE = frozenset({400, 413, 422})
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
        refused = self._deliver(self._letter(job, "POST", "finish/", body))
        if refused is not None and _is_unstorable(refused):
            # Nobody else may run the job again for results that can't be stored.
            why = shortened(f"the results were refused: {sentence(refused)}", _LONGEST_REASON)
            crash = {"lease_id": job.lease_id, "status": Job.CRASHED, "reason": why}
            self._deliver(self._letter(job, "POST", "finish/", crash))
        return refused is None

    def release(self, job: Job, results: Mapping[str, Any]) -> bool:
        """Put a job back into the queue, and tell whether the server has confirmed it.

        What the command reported so far stays with the job: the next worker may go on from there.
        """
        body = {
            "status": Job.QUEUED,
            "hyperparameters": job.hyperparameters,
            "results": {**job.results, **results},
        }
        return self._deliver(self._letter(job, "PUT", "", body)) is None

    def _letter(self, job: Job, method: str, action: str, body: Mapping[str, Any]) -> Letter:
        configuration = self._connection.configuration
        name = job.experiment.name
        return Letter(
            root=configuration.root,
            email=configuration.email,
            method=method,
            path=f"experiments/{segment(name)}/jobs/{segment(job.job_id)}/{action}",
            etag=job.etag,
            lease_id=job.lease_id,
            experiment=name,
            job_id=job.job_id,
            body=body,
        )

    def _deliver(self, letter: Letter) -> Exception | None:
        """Send a letter, and return what went wrong, if something did; the letter is kept then."""
        file = _kept(letter)
        self._stop.linger(_LINGER)
        self._stop.on_pause = _Reminder(letter, file).remind
        try:
            self._connection.request(
                letter.method, letter.path, letter.body, headers=letter.headers
            )
        except (errors.SchedyError, Stopped, ValueError, RecursionError) as error:
            why = "stopped before the server answered" if isinstance(error, Stopped) else ""
            note(f"Job {letter.job_id}: {why or sentence(error)} {_whereabouts(file)}")
            return error
        finally:
            self._stop.patience, self._stop.on_pause = 0.0, None
        if file is not None:
            file.unlink(missing_ok=True)
        return None


def _is_unstorable(error: Exception) -> bool:
    """Tell whether the results themselves are the trouble, for this side or the server's."""
    if isinstance(error, errors.HTTPError):
        return error.code in _UNSTORABLE
    return isinstance(error, ValueError | RecursionError)


class _Reminder:
    """Says now and then that a result is safe, while the server is away."""

    def __init__(self, letter: Letter, file: Path | None) -> None:
        self._letter = letter
        self._file = file
        self._last = -_REMINDER

    def remind(self) -> None:
        if time.monotonic() >= self._last + _REMINDER:
            self._last = time.monotonic()
            note(
                f"Job {self._letter.job_id}: the server does not take the result now; trying "
                f"again. {_whereabouts(self._file)}"
            )


def _kept(letter: Letter) -> Path | None:
    try:
        return keep(letter, outbox_folder())
    except (OSError, ValueError, RecursionError) as error:
        note(f"Can't keep the result of job {letter.job_id} in a file: {sentence(error)}.")
        return None


def _whereabouts(file: Path | None) -> str:
    if file is None:
        return "Only this process has the result."
    return f"The result is safe in {file}"
