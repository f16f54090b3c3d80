"""Job: hyperparameters in, results out, and a with-block that ends DONE or CRASHED."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from schedy import heartbeats, pagination
from schedy.answers import Answer
from schedy.history import Attempt, read
from schedy.html import table
from schedy.job_reading import attributes_of_job
from schedy.running import Home, Running
from schedy.worded import Worded

__all__ = ["Home", "Job"]


class Job(Running, Worded):
    """One trial of an experiment: hyperparameters in, results out.

    Jobs come from `Experiment.next_job`, `add_job`, `get_job` and `jobs`. Used as a context
    manager, a job is RUNNING inside the block and ends DONE, or CRASHED after an exception:

        with experiment.next_job() as job:
            job.results["loss"] = train(**job.hyperparameters)

    While a claimed job lives, its process tells the server so from time to time, and hears what
    has become of the job: look at `should_stop` now and then. Inside the block, SIGTERM raises
    `schedy.Preempted`, which gives the job back to the queue.

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
        lease_ttl: For how many seconds its worker may keep silent.
        heartbeat_every: After how many seconds its worker gives a sign of life.
        resume: What an attempt leaves for the next one, such as where its checkpoint is: anything
            that JSON can hold. It travels with the heartbeats, and when the job is given back.
        directive: What the server wanted last of the worker: `"continue"`, `"drain"`, `"stop"` or
            `"superseded"`; None if it said nothing yet.
        should_stop: There is no use in going on: the job was cancelled, or is lost.
        lost: The job is no longer this worker's: it was silent, or reported nothing, for too long,
            or somebody took the job from it. A result may still be welcome.
        times_lost: How often a worker of the job fell silent, or hung.
        times_preempted: How often a worker gave the job back.
        times_crashed: How often it crashed.
        tags: The tags by which people find it; see `tag`.
        note: What people wrote on it, in Markdown; see `set_note`.
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
    quality: float | None = None
    worker: str | None = None
    origin: Mapping[str, Any] | None = None
    times_lost: int = 0
    times_preempted: int = 0
    times_crashed: int = 0
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
    def claimed(cls, experiment: Home, answer: Answer) -> Self:
        """Return the job that the server gave to this process, which keeps it alive from now on.

        Raises:
            UnhandledResponseError: The answer is no job of this experiment.
        """
        job = cls.from_answer(experiment, answer)
        heartbeats.begin(job)
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

    def delete(self, ensure: bool = True) -> None:  # noqa: FBT001, FBT002 - the arguments of 2018
        """Delete the job, whatever became of it.

        Args:
            ensure: Insist that it is still there.

        Raises:
            UnsafeUpdateError: `ensure`, and it is not.
        """
        self.connection.delete(self.path, ensure=ensure)

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
        found = pagination.items(self.connection, f"{self.path}attempts/")
        return [read(Attempt, each, ("started", "seen", "ended", "silent_since")) for each in found]

    def _steer(self, what: str, reason: str | None) -> None:
        body = {} if reason is None else {"reason": reason}
        answer = self.connection.request(
            "POST", f"{self.path}{what}/", body, headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        after = attributes_of_job(answer.json(), self.experiment.name)
        # What was not saved yet is not to be lost by that.
        after |= {"results": self.results, "hyperparameters": self.hyperparameters}
        vars(self).update(after)
        self.etag = answer.etag or self.etag
