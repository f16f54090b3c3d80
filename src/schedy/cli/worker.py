"""One job after the other: run the command, read its results, report how it ended."""

import errno
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from schedy import Job, encoding
from schedy.cli import child, placeholders
from schedy.cli.display import settings
from schedy.cli.failures import CommandFailed, sentence
from schedy.cli.output import note
from schedy.cli.reporting import Reporter
from schedy.cli.results import ResultReader
from schedy.cli.stopping import Stop
from schedy.cli.text import shortened

__all__ = ["CannotStart", "Worker"]

_LONGEST_VARIABLE = 100_000  # bytes; Linux takes 131,072
_LONGEST_NOTE = 500  # characters
_NO_SUCH_COMMAND = (FileNotFoundError, PermissionError, NotADirectoryError)


class CannotStart(CommandFailed):
    """The command can't be run on this machine, whatever the job."""


class Worker:
    """Runs a command line for jobs.

    Attributes:
        done: What became of each job.
        has_failed: A job has crashed, or its result did not reach the server.
        crashes_in_a_row: How many of the last jobs crashed.
    """

    def __init__(
        self,
        command: Sequence[str],
        reporter: Reporter,
        *,
        stop: Stop,
        grace: float,
        may_be_empty: bool,
        quiet: bool,
    ) -> None:
        self._command = command
        self._reporter = reporter
        self._stop = stop
        self._grace = grace
        self._may_be_empty = may_be_empty
        self._echo = _Echo(sys.stderr if quiet else sys.stdout)
        self.done: list[dict[str, Any]] = []
        self.has_failed = False
        self.crashes_in_a_row = 0

    def work(self, job: Job) -> None:
        """Run the command for a job, and report how it ended.

        Raises:
            CannotStart: There is no such command; the job is in the queue again.
        """
        began = time.monotonic()
        reader = ResultReader()
        reason: str | None = None
        code = 0
        if not self._stop.requested:
            try:
                code = self._run(job, reader)
            except _NO_SUCH_COMMAND as error:
                self._release(job, {})
                raise CannotStart(
                    f"Can't run {self._command[0]!r}: {sentence(error)}. Job {job.job_id} is in "
                    "the queue again."
                ) from error
            except (OSError, ValueError) as error:
                reason = f"could not be started: {sentence(error)}"
        reader.close()
        if job.should_stop and (code or reason or not reader.found):
            self._give_up(job, reader)
            return
        reason = reason or (child.ending(code) if code else reader.problem)
        if self._stop.requested and (reason is not None or not reader.found):
            self._release(job, reader.results)
        else:
            self._finish(job, reader, reason, seconds=time.monotonic() - began)

    def _run(self, job: Job, reader: ResultReader) -> int:
        command = placeholders.expand(
            self._command,
            experiment=job.experiment.name,
            job_id=job.job_id,
            hyperparameters=job.hyperparameters,
        )
        note(f"Job {job.job_id}: {shortened(shlex.join(command), _LONGEST_NOTE)}")

        def on_output(piece: bytes) -> None:
            reader.feed(piece)
            if reader.resume is not None:
                job.resume = reader.resume
            self._echo.write(piece)

        return child.run(
            command,
            environment_of(job),
            on_output,
            stop=self._stop,
            grace=self._grace,
            is_unwanted=lambda: job.should_stop,
        )

    def _finish(
        self, job: Job, reader: ResultReader, reason: str | None, *, seconds: float
    ) -> None:
        status = Job.DONE if reason is None else Job.CRASHED
        if status == Job.DONE and not reader.found and not self._may_be_empty:
            note(f"Job {job.job_id}: the command printed no results (see `schedy run --help`).")
        confirmed = self._reporter.finish(job, status=status, results=reader.results, reason=reason)
        self._note_end(job, status, confirmed=confirmed)
        if confirmed:
            why = f" ({reason})" if reason else ""
            results = shortened(settings(reader.results), _LONGEST_NOTE)
            note(f"Job {job.job_id}: {status}{why} in {seconds:.1f} s {results}")

    def _give_up(self, job: Job, reader: ResultReader) -> None:
        """Note that a job was taken away, and its command told to end."""
        if job.lost:
            # Half a result, sent late, could be taken for a whole one.
            self._reporter.forget(job)
            note(f"Job {job.job_id}: stopped, for it is no longer this worker's.")
        else:
            self._reporter.cancelled(job, reader.results)
            note(f"Job {job.job_id}: stopped, for it was cancelled.")
        status = "LOST" if job.lost else Job.PRUNED
        self.done.append({"id": job.job_id, "status": status, "confirmed": False})

    def _release(self, job: Job, results: Mapping[str, Any]) -> None:
        confirmed = self._reporter.release(job, results)
        self._note_end(job, Job.QUEUED, confirmed=confirmed)
        if confirmed:
            note(f"Job {job.job_id}: back in the queue.")

    def _note_end(self, job: Job, status: str, *, confirmed: bool) -> None:
        self.done.append({"id": job.job_id, "status": status, "confirmed": confirmed})
        self.has_failed |= status == Job.CRASHED or not confirmed
        self.crashes_in_a_row = self.crashes_in_a_row + 1 if status == Job.CRASHED else 0


class _Echo:
    """Passes on what a command prints; the job goes on when nobody reads it any more."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._open = True

    def write(self, piece: bytes) -> None:
        if not self._open:
            return
        try:
            self._stream.flush()
            self._stream.buffer.write(piece)
            self._stream.buffer.flush()
        except OSError as error:
            self._open = False
            if error.errno != errno.EPIPE:
                note(f"The output of the command can't be shown: {sentence(error)}.")


def environment_of(job: Job) -> Mapping[str, str]:
    """Return the environment of the command: ours, and what it may want to know of the job."""
    told = {
        "SCHEDY_EXPERIMENT": job.experiment.name,
        "SCHEDY_JOB_ID": job.job_id,
        "SCHEDY_HYPERPARAMETERS": encoding.encode(job.hyperparameters).decode(),
        "SCHEDY_RESULTS": encoding.encode(job.results).decode(),
        "SCHEDY_RESUME": encoding.encode(job.resume).decode(),
    }
    # Python holds output back where no terminal reads it.
    return {
        "PYTHONUNBUFFERED": "1",
        **os.environ,
        **{name: text for name, text in told.items() if len(text) <= _LONGEST_VARIABLE},
    }
