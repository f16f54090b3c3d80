"""A job while somebody works on it: what its worker hears, and how it ends."""

import logging
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from schedy import encoding, errors, heartbeats, preemption
from schedy.answers import Answer
from schedy.connection import Connection, segment
from schedy.delivery import UNSTORABLE, deliver
from schedy.forks import forks
from schedy.letters import Letter
from schedy.preemption import Preempted

__all__ = ["FINAL", "Home", "Running"]

FINAL = frozenset({"DONE", "CRASHED", "PRUNED"})

_QUEUED, _RUNNING, _CRASHED, _DONE = "QUEUED", "RUNNING", "CRASHED", "DONE"
_PRUNED = "PRUNED"
_OF_A_START = ("attempt", "worker", "lease_id", "lease_ttl", "heartbeat_every")
_LONGEST_REASON = 1000  # characters; what the server takes
_NO_SUCH_THING = frozenset({404, 405})

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


class Running:
    """The part of a job that its worker needs; see `schedy.Job` for the attributes."""

    job_id: str
    experiment: Home
    status: str
    hyperparameters: dict[str, Any]
    results: dict[str, Any]
    etag: str | None

    attempt: int | None = None
    reason: str | None = None
    lease_id: str | None = None
    lease_ttl: float | None = None
    heartbeat_every: float | None = None
    resume: Any = None
    directive: str | None = None
    should_stop: bool = False
    lost: bool = False
    _watches_signals: bool = False
    _began_in: int = 0

    @property
    def connection(self) -> Connection:
        """The way to the server."""
        return self.experiment.connection

    @property
    def path(self) -> str:
        """Where the job is on the server, below its root."""
        return f"experiments/{segment(self.experiment.name)}/jobs/{segment(self.job_id)}/"

    def try_run(self) -> None:
        """Make the job RUNNING, for this process or whichever one is to work on it.

        Nobody gives signs of life by that, so the server waits for the job's end without limit;
        `with job:` starts a job too, and has it run again should this process die.

        Raises:
            UnsafeUpdateError: Somebody else changed the job since this object was read.
        """
        self._put(_RUNNING, self.hyperparameters, self.results, safe=True)
        self.status = _RUNNING

    def _start(self) -> None:
        """Make the job RUNNING under a lease, as if it had been claimed."""
        # The id says which start this is, however often it arrives.
        who = {"claim_id": str(uuid.uuid4()), "worker": heartbeats.worker_name()}
        answer = self._put(_RUNNING, self.hyperparameters, self.results, safe=True, more=who)
        self.status = _RUNNING
        said = answer.json() if answer.body else {}
        for name in _OF_A_START:
            setattr(self, name, said.get(name))

    def release(self, reason: str | None = None) -> None:
        """Give the job back, with its results so far and `resume`: it is the next in line.

        Args:
            reason: Why, for people.

        Raises:
            UnsafeUpdateError: It is no longer this worker's.
        """
        self._release(self.hyperparameters, self.results, reason=reason)

    def hear(self, directive: str, reason: str | None) -> None:
        """Take note of what the server wants of the worker."""
        self.directive = directive
        if directive in {heartbeats.STOP, heartbeats.SUPERSEDED} and not self.should_stop:
            self.lost = directive == heartbeats.SUPERSEDED
            self.should_stop = True
            log.warning("%s%s", self._taken_away(), f" ({reason})" if reason else "")

    def __enter__(self) -> Self:
        if self.status != _RUNNING:
            self._start()
        if not self.should_stop:
            heartbeats.begin(self)
        self._began_in = forks.count
        try:
            self._watches_signals = preemption.enter()
        except Preempted as preempted:
            self.__exit__(Preempted, preempted, None)
            raise
        return self

    @preemption.leaving
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._began_in != forks.count:
            log.debug("Job %r is its parent process's to end.", self.job_id)
            return
        if not self._watches_signals:
            self._leave(error)
            return
        preemption.leave_begins()
        try:
            self._leave(error)
        finally:
            self._watches_signals = False
            preemption.leave()

    def _leave(self, error: BaseException | None) -> None:
        if error is None:
            self._succeed()
        elif isinstance(error, Preempted):
            self._give_back(error)
        else:
            self._crash(error)

    def _succeed(self) -> None:
        # Whoever says PRUNED inside the block means it.
        status = self.status if self.status in FINAL else _DONE
        try:
            self._end(status, self.hyperparameters, self.results)
        except (TypeError, ValueError) as error:
            self._crash(error)
            raise
        except errors.HTTPError as error:
            if error.code in UNSTORABLE and self.lease_id is not None:
                # Nobody else may run the job again for results that can't be stored.
                self._record_crash(error, {}, {}, f"the results were refused: {error.body}")
            raise

    def _crash(self, error: BaseException) -> None:
        """Record a crash, with as much of the results as can be sent.

        What went wrong in the block is what the user has to know; if this goes wrong as well, it
        is said beside it.
        """
        said = f"{type(error).__name__}: {error}"
        hyperparameters = encoding.sendable(self.hyperparameters)
        self._record_crash(error, hyperparameters, encoding.sendable(self.results), said)

    def _record_crash(
        self,
        error: BaseException,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        reason: str,
    ) -> None:
        try:
            self._end(_CRASHED, hyperparameters, results, reason=_in_a_line(reason))
        except errors.SchedyError as failure:
            self._add_note(
                error, f"The crash of job {self.job_id!r} could not be recorded", failure
            )

    def _give_back(self, error: BaseException) -> None:
        """Give the job back within seconds: the machine will not wait."""
        hyperparameters = encoding.sendable(self.hyperparameters)
        results = encoding.sendable(self.results)
        try:
            self._release(hyperparameters, results, reason="preempted", in_a_hurry=True)
        except errors.SchedyError as failure:
            self._add_note(error, f"Job {self.job_id!r} could not be given back", failure)
        else:
            log.warning("Job %r was given back: %s.", self.job_id, error)

    def _add_note(self, error: BaseException, what: str, failure: errors.SchedyError) -> None:
        notes = " ".join([str(failure), *getattr(failure, "__notes__", ())])
        error.add_note(f"{what}: {notes}")
        log.warning("%s: %s", what, notes)

    def _end(
        self,
        status: str,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        *,
        reason: str | None = None,
    ) -> None:
        counts = True
        if self.lease_id is None or self.etag is None:
            self._put(status, hyperparameters, results, safe=True)
        else:
            counts = self._post(
                "finish",
                {
                    "lease_id": self.lease_id,
                    "status": status,
                    "hyperparameters": hyperparameters,
                    "results": results,
                    **({} if reason is None else {"reason": reason}),
                },
            )
            self.reason = reason
        self.status = status if counts else _PRUNED

    def _release(
        self,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        *,
        reason: str | None,
        in_a_hurry: bool = False,
    ) -> None:
        counts = True
        if self.lease_ttl is None or self.lease_id is None or self.etag is None:
            # A server that gives no leases takes none back.
            self._put(_QUEUED, hyperparameters, results, safe=True, in_a_hurry=in_a_hurry)
        else:
            more = {"resume": self._resume(), "reason": reason}
            counts = self._post(
                "release",
                {
                    "lease_id": self.lease_id,
                    "hyperparameters": hyperparameters,
                    "results": results,
                    **{name: value for name, value in more.items() if value is not None},
                },
                in_a_hurry=in_a_hurry,
            )
        self.status = _QUEUED if counts else _PRUNED

    def _post(self, what: str, body: Mapping[str, Any], *, in_a_hurry: bool = False) -> bool:
        """Send how this worker's part ends; whatever comes of it, the job beats no more.

        Returns:
            Whether it counts; it does not if the job was cancelled.
        """
        letter = self.letter("POST", f"{self.path}{what}/", body)
        heartbeats.end(self)
        try:
            answer = deliver(self.connection, letter, in_a_hurry=in_a_hurry)
        except errors.UnsafeUpdateError as error:
            self._lose(error, body)
            return False
        self.etag = answer.etag or self.etag
        self.lease_id = None
        return True

    def _lose(self, error: errors.UnsafeUpdateError, body: Mapping[str, Any]) -> None:
        """The job was taken away: by order, which is no error, or because this worker was silent.

        Raises:
            JobLostError: The latter.
        """
        lease, self.lease_id = self.lease_id, None
        if self.directive not in {heartbeats.STOP, heartbeats.SUPERSEDED} and lease is not None:
            self.directive = heartbeats.ask(self, lease)
        self.should_stop = True
        self.lost = self.directive != heartbeats.STOP
        kept = self._kept(body)
        if self.lost:
            raise errors.JobLostError(f"{self._taken_away()}. {kept}", error.code) from error
        log.warning("%s. %s", self._taken_away(), kept)

    def _taken_away(self) -> str:
        if self.lost:
            return f"Job {self.job_id!r} is no longer this worker's"
        return f"Job {self.job_id!r} was cancelled"

    def _kept(self, body: Mapping[str, Any]) -> str:
        if not body.get("results"):
            return "Nothing of it counts here."
        return (
            "The server keeps the results that this worker sent, but they do not count: "
            f"`schedy kept {self.experiment.name}` shows them, and how to adopt them."
        )

    def _resume(self) -> Any:
        try:
            encoding.encode(self.resume)
        except (TypeError, ValueError) as error:
            log.warning("job.resume can't be sent: %s", error)
            return None
        return self.resume

    def letter(self, method: str, path: str, body: Mapping[str, Any]) -> Letter:
        """Return a request about the job, to be kept until it is answered.

        Raises:
            TypeError: JSON has no word for something in it.
            ValueError: It is nested too deeply.
        """
        configuration = self.connection.configuration
        return Letter(
            root=configuration.root,
            email=configuration.email,
            method=method,
            path=path,
            etag=self.etag,
            lease_id=self.lease_id,
            experiment=self.experiment.name,
            job_id=self.job_id,
            content=encoding.encode(body),
            attempt=self.attempt,
        )

    def _put(
        self,
        status: str,
        hyperparameters: Mapping[str, Any],
        results: Mapping[str, Any],
        *,
        safe: bool,
        in_a_hurry: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        body: dict[str, Any] = {"status": status, **(more or {})}
        if hyperparameters:
            body["hyperparameters"] = hyperparameters
        if results:
            body["results"] = results
        if safe and self.etag is not None and (in_a_hurry or status in FINAL):
            letter = self.letter("PUT", self.path, body)
            answer = deliver(self.connection, letter, in_a_hurry=in_a_hurry)
        else:
            answer = self.connection.request(
                "PUT", self.path, body, headers=self._conditions(safe=safe)
            )
        self.etag = answer.etag or self.etag
        if status != _RUNNING:
            heartbeats.end(self)
        return answer

    def _conditions(self, *, safe: bool) -> Mapping[str, str]:
        if not safe:
            return {}
        if self.etag is not None:
            return {"If-Match": self.etag}
        return {"If-None-Match": "*", "Idempotency-Key": str(uuid.uuid4())}


def _in_a_line(said: str) -> str:
    """Say something in one line, in characters that every database can keep."""
    line = " ".join(said.split()).rstrip(" :")
    kept = line.encode("utf-8", "replace").decode().replace("\0", "")
    return kept[:_LONGEST_REASON]
