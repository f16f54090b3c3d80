"""Job: hyperparameters in, results out, and a with-block that ends DONE or CRASHED."""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from schedy import encoding, errors
from schedy.answers import Answer
from schedy.connection import Connection, segment
from schedy.history import Attempt, read
from schedy.html import table
from schedy.job_reading import attributes_of_job

__all__ = ["Job"]

_FINAL = frozenset({"DONE", "CRASHED", "PRUNED"})
_LONGEST_REASON = 1000  # characters; what the server takes

log = logging.getLogger("schedy")


class Home(Protocol):
    """What a job needs of its experiment."""

    @property
    def name(self) -> str:
        """The experiment's name."""
        ...

    @property
    def connection(self) -> Connection:
        """The way to the server."""
        ...


class Job:
    """One trial of an experiment: hyperparameters in, results out.

    Jobs come from `Experiment.next_job`, `add_job`, `get_job` and `jobs`. Used as a context
    manager, a job is RUNNING inside the block and ends DONE, or CRASHED after an exception:

        with experiment.next_job() as job:
            job.results["loss"] = train(**job.hyperparameters)

    Attributes:
        job_id: Identifies the job in its experiment.
        experiment: The experiment it belongs to.
        status: QUEUED, RUNNING, DONE, CRASHED or PRUNED.
        hyperparameters: What the job is to be run with.
        results: What came out; fill it in. NumPy's scalars and arrays may be put into it.
        etag: The version of the job on the server that this object knows of.
        number: The position of the job in its experiment, from 1.
        attempt: How often the job was handed out.
        quality: The result that the experiment optimises, if there is a usable one.
        worker: Who runs it, or ran it last.
        reason: Why it ended as it did, where somebody said so.
        origin: Why the scheduler proposed it; None for a job that was added by hand.
        lease_id: Proves that this process is the job's worker; None unless it is.
        created: When the job came into being; like the following, None if nobody told.
        started: When it was last handed out.
        finished: When it ended.
        modified: When it was last changed.
    """

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CRASHED = "CRASHED"
    PRUNED = "PRUNED"
    DONE = "DONE"

    number: int | None = None
    attempt: int | None = None
    quality: float | None = None
    worker: str | None = None
    reason: str | None = None
    origin: Mapping[str, Any] | None = None
    lease_id: str | None = None
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    modified: datetime | None = None

    def __init__(
        self,
        job_id: str,
        experiment: Home,
        hyperparameters: Mapping[str, Any],
        status: str = QUEUED,
        results: Mapping[str, Any] | None = None,
        etag: str | None = None,
    ) -> None:
        self.job_id = job_id
        self.experiment = experiment
        self.status = status
        self.hyperparameters = dict(hyperparameters)
        self.results = dict(results or {})
        self.etag = etag

    @classmethod
    def from_answer(cls, experiment: Home, answer: Answer) -> Self:
        """Return the job that the server answered with.

        Raises:
            UnhandledResponseError: The answer is no job of this experiment.
        """
        job = cls.from_wire(experiment, answer.json())
        job.etag = answer.etag or job.etag
        return job

    @classmethod
    def from_wire(cls, experiment: Home, wire: Any) -> Self:
        """Return the job that stands in an answer of the server.

        Raises:
            UnhandledResponseError: It is no job of this experiment.
        """
        job = cls.__new__(cls)
        job.experiment = experiment
        vars(job).update(attributes_of_job(wire, experiment.name))
        return job

    def __repr__(self) -> str:
        results = f", results={self.results!r}" if self.results else ""
        return (
            f"Job(id={self.job_id!r}, experiment={self.experiment.name!r}, "
            f"status={self.status!r}, hyperparameters={self.hyperparameters!r}{results})"
        )

    def _repr_html_(self) -> str:
        return table(
            f"Job {self.job_id}, {self.status}",
            {
                **{f"hyperparameters.{name}": each for name, each in self.hyperparameters.items()},
                **{f"results.{name}": each for name, each in self.results.items()},
            },
        )

    def put(self, safe: bool = True) -> None:  # noqa: FBT001, FBT002 - the arguments of 2018
        """Save the job on the server, also in the middle of a training.

        Args:
            safe: Refuse to overwrite what somebody else saved since this object was read.

        Raises:
            UnsafeUpdateError: `safe`, and somebody did, or deleted the job.
        """
        self._put(self.status, self.hyperparameters, self.results, safe=safe)

    def try_run(self) -> None:
        """Make the job RUNNING, and this process its worker.

        Raises:
            UnsafeUpdateError: Somebody else changed the job since this object was read.
        """
        self._put(self.RUNNING, self.hyperparameters, self.results, safe=True)
        self.status = self.RUNNING

    def delete(self, ensure: bool = True) -> None:  # noqa: FBT001, FBT002 - the arguments of 2018
        """Delete the job, whatever became of it.

        Args:
            ensure: Insist that it is still there.

        Raises:
            UnsafeUpdateError: `ensure`, and it is not.
        """
        self.experiment.connection.delete(self._path, ensure=ensure)

    def requeue(self, reason: str | None = None) -> None:
        """Have the job run again, whatever became of it; who runs it is told to leave it.

        What it was lost, preempted and crashed before counts no more.

        Args:
            reason: Why, for those who read the log.
        """
        self._steer("requeue", reason)

    def cancel(self, reason: str | None = None) -> None:
        """End the job as PRUNED; who runs it is told to stop.

        Raises:
            ClientRequestError: It has ended already.
        """
        self._steer("cancel", reason)

    def void(self, reason: str | None = None) -> None:
        """Have the result of the job not count: it is CRASHED, and its results stay to be read.

        Raises:
            ClientRequestError: It has not ended yet.
        """
        self._steer("void", reason)

    def attempts(self) -> list[Attempt]:
        """Return who had the job, when, and how that ended; the first one first."""
        wire = self.experiment.connection.request("GET", f"{self._path}attempts/").json()
        items = wire.get("items") if isinstance(wire, Mapping) else None
        moments = ("started", "seen", "ended", "silent_since")
        return [read(Attempt, each, moments) for each in items or []]

    def __enter__(self) -> Self:
        if self.status != self.RUNNING:
            self.try_run()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._succeed()
        else:
            self._crash(error)

    @property
    def _path(self) -> str:
        return f"experiments/{segment(self.experiment.name)}/jobs/{segment(self.job_id)}/"

    def _steer(self, what: str, reason: str | None) -> None:
        body = {} if reason is None else {"reason": reason}
        answer = self.experiment.connection.request(
            "POST", f"{self._path}{what}/", body, headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        vars(self).update(attributes_of_job(answer.json(), self.experiment.name))
        self.etag = answer.etag or self.etag

    def _succeed(self) -> None:
        # Whoever says PRUNED inside the block means it.
        status = self.status if self.status in _FINAL else self.DONE
        try:
            self._end(status, self.hyperparameters, self.results)
        except (TypeError, ValueError) as error:
            self._crash(error)
            raise

    def _crash(self, error: BaseException) -> None:
        """Record a crash, with as much of the results as can be sent.

        What went wrong in the block is what the user has to know; if this goes wrong as well, it
        is said beside it.
        """
        hyperparameters = encoding.sendable(self.hyperparameters)
        results = encoding.sendable(self.results)
        try:
            self._end(self.CRASHED, hyperparameters, results, reason=_in_a_line(error))
        except errors.SchedyError as failure:
            note = f"The crash of job {self.job_id!r} could not be recorded: {failure}"
            error.add_note(note)
            log.warning("%s", note)

    def _end(
        self,
        status: str,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        *,
        reason: str | None = None,
    ) -> None:
        if self.lease_id is None or self.etag is None:
            self._put(status, hyperparameters, results, safe=True)
        else:
            body = {
                "lease_id": self.lease_id,
                "status": status,
                "hyperparameters": hyperparameters,
                "results": results,
                **({} if reason is None else {"reason": reason}),
            }
            answer = self.experiment.connection.request(
                "POST", f"{self._path}finish/", body, headers={"If-Match": self.etag}
            )
            self.etag = answer.etag or self.etag
            self.lease_id = None
            self.reason = reason
        self.status = status

    def _put(
        self,
        status: str,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        *,
        safe: bool,
    ) -> None:
        body: dict[str, Any] = {"status": status}
        if hyperparameters:
            body["hyperparameters"] = hyperparameters
        if results:
            body["results"] = results
        answer = self.experiment.connection.request(
            "PUT", self._path, body, headers=self._conditions(safe=safe)
        )
        self.etag = answer.etag or self.etag

    def _conditions(self, *, safe: bool) -> Mapping[str, str]:
        if not safe:
            return {}
        if self.etag is not None:
            return {"If-Match": self.etag}
        return {"If-None-Match": "*", "Idempotency-Key": str(uuid.uuid4())}


def _in_a_line(error: BaseException) -> str:
    """Say in one line what an exception was, in characters that every database can keep."""
    said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(" :")
    kept = said.encode("utf-8", "replace").decode().replace("\0", "")
    return kept[:_LONGEST_REASON]
