"""Experiment: what all kinds have in common, which is nearly everything."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from schedy import errors, frames, html, pagination, pbt
from schedy.actions import Outcome, outcome_of, wish
from schedy.analysed import Analysed
from schedy.batches import checked_parts, ids_in, only_once
from schedy.claims import claim
from schedy.connection import Connection, segment
from schedy.deadlines import deadline_of
from schedy.history import LogLine, read
from schedy.job_reading import moment
from schedy.jobs import Job
from schedy.kept import Kept, of_job
from schedy.ranking import is_rankable, ranking
from schedy.worded import Worded, words_in

__all__ = ["Experiment"]

_LARGEST_BATCH = 10_000


class Experiment(Worded, Analysed):
    """One task for which good hyperparameters are sought.

    Make one of its kinds, and hand it to `SchedyDB.add_experiment`; or get one that is there from
    `SchedyDB.get_experiment`. An experiment whose scheduler this client does not know arrives as a
    plain `Experiment`: all but `push_updates` works.

    Attributes:
        name: Identifies the experiment.
        status: RUNNING, or DONE if it is completed or paused.
        result_name: The result to be optimised; None for nothing in particular.
        objective: `schedy.pbt.MINIMIZE` or `MAXIMIZE`, or None.
        seed: What the scheduler's choices are derived from; the server chooses one if it is None.
        counts: How many jobs have which status, as of when the experiment was fetched.
        limits: How much silence and how many failures it bears; see `set_limits`.
        tags: The tags by which people find it; see `tag`.
        note: What people wrote on it, in Markdown; see `set_note`.
        created: When it was added; None if nobody told.
        modified: When it was last changed.
    """

    RUNNING = "RUNNING"
    DONE = "DONE"

    counts: Mapping[str, int] = {}
    limits: Mapping[str, Any] = {}
    created: datetime | None = None
    modified: datetime | None = None

    def __init__(
        self,
        name: str,
        status: str = RUNNING,
        *,
        minimize: str | None = None,
        maximize: str | None = None,
        seed: int | None = None,
    ) -> None:
        if minimize is not None and maximize is not None:
            raise ValueError("an experiment either minimizes a result or maximizes one")
        self.name = name
        self.status = status
        self.seed = seed
        self.result_name = minimize if maximize is None else maximize
        self.objective: str | None = None
        if self.result_name is not None:
            self.objective = pbt.MINIMIZE if maximize is None else pbt.MAXIMIZE
        self._connection: Connection | None = None
        self._scheduler: Mapping[str, Any] | None = None

    @classmethod
    def unknown(cls, name: str, scheduler: Mapping[str, Any]) -> Self:
        """Return an experiment whose scheduler this client does not know."""
        experiment = cls(name)
        experiment._scheduler = scheduler
        return experiment

    @property
    def connection(self) -> Connection:
        """The way to the server.

        Raises:
            ClientError: The experiment is not on a server yet.
        """
        if self._connection is None:
            raise errors.ClientError(
                f"Experiment {self.name!r} is on no server yet: call add_experiment of a SchedyDB "
                "with it, or get_experiment.",
                None,
            )
        return self._connection

    @property
    def scheduler(self) -> Mapping[str, Any]:
        """What chooses hyperparameters, in the form that travels: kind and parameters.

        Raises:
            ClientError: A plain `Experiment`, made by hand, has none.
        """
        if self._scheduler is None:
            raise errors.ClientError(
                f"Experiment {self.name!r} has no scheduler: make a ManualSearch, a RandomSearch "
                "or a PopulationBasedTraining.",
                None,
            )
        return self._scheduler

    def __repr__(self) -> str:
        shown = {"name": self.name, "status": self.status, **self._shown()}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"

    def _repr_html_(self) -> str:
        counts = {status: count for status, count in self.counts.items() if count}
        title = f"{type(self).__name__} {self.name}, {self.status}"
        return html.table(title, {**self._shown(), **counts})

    # Jobs

    def add_job(
        self,
        hyperparameters: Mapping[str, Any] | None = None,
        *,
        status: str = Job.QUEUED,
        results: Mapping[str, Any] | None = None,
    ) -> Job:
        """Add a job, for a worker to run or, with another status, as a record of what was."""
        body = {
            "status": status,
            "hyperparameters": hyperparameters or {},
            "results": results or {},
        }
        path = f"{self.path}jobs/"
        answer = self.connection.request("POST", path, body, headers=only_once())
        return Job.from_answer(self, answer)

    def add_jobs(self, jobs: Iterable[Mapping[str, Any]]) -> list[str]:
        """Add many jobs at once, and return their ids in the same order.

        Of each ten thousand, all are added or none.

        Args:
            jobs: Each a dictionary of what `add_job` takes: hyperparameters, status, results.

        Raises:
            TypeError: One has an unknown key, or can't be sent.
        """
        ids: list[str] = []
        wanted = [checked_parts(job, at) for at, job in enumerate(jobs)]
        for start in range(0, len(wanted), _LARGEST_BATCH):
            body = {"jobs": wanted[start : start + _LARGEST_BATCH]}
            path = f"{self.path}batches/"
            answer = self.connection.request("POST", path, body, headers=only_once())
            ids += ids_in(answer.json())
        return ids

    def next_job(self, wait: float | None = None, deadline: datetime | float | None = None) -> Job:
        """Return a job to work on; it is RUNNING, and this process is its worker.

        Args:
            wait: For how many seconds to wait for one if there is none right now.
            deadline: When this worker has to go, also in Unix time: it gets no job that is known
                to take longer. By default, SCHEDY_DEADLINE says it, or Slurm's SLURM_JOB_END_TIME.

        Raises:
            NoJobError: There is nothing to do.
            DrainedError: The server gives this worker no more jobs; a kind of NoJobError.
        """
        until = deadline_of(deadline)
        return Job.claimed(self, claim(self.connection, self.name, wait=wait, deadline=until))

    def all_jobs(self) -> Iterator[Job]:
        """Iterate over all jobs, in the order in which they were added."""
        return self.jobs()

    def jobs(
        self,
        status: str | Iterable[str] | None = None,
        *,
        filter: str | None = None,  # noqa: A002 - what everybody calls it, also on the screen
        sort: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Job]:
        """Iterate over jobs; the server chooses and sorts them.

        Args:
            status: Only those with this status, or with one of these.
            filter: Only those of which this is true, as in the dashboard:
                `"lr<1e-3 optimizer=adam tag:gpu"`.
            sort: `"number"` (how they were added), `"created"`, `"started"`, `"finished"`,
                `"modified"`, `"status"`, `"quality"`, `"best"` (best first),
                `"hyperparameters.NAME"` or `"results.NAME"`; with `-` before it, the other way
                round. Jobs without a usable value come last.
            limit: At most so many.
        """
        query: dict[str, str | int | Sequence[str]] = {}
        if status is not None:
            query["status"] = [status] if isinstance(status, str) else list(status)
        query |= {name: given for name, given in (("f", filter), ("sort", sort)) if given}
        if limit is not None:
            query["limit"] = pagination.page_size(limit)
        found = pagination.items(self.connection, f"{self.path}jobs/", query)
        most = 0 if query.get("status") == [] else limit
        return (Job.from_wire(self, each) for each in itertools.islice(found, most))

    def best_job(self, result: str | None = None, direction: str | None = None) -> Job | None:
        """Return the DONE job with the best result; None if none has a usable one.

        Args:
            result: Which result; by default, the one that the experiment optimises.
            direction: `schedy.pbt.MINIMIZE` or `MAXIMIZE`; by default, that of the experiment.

        Raises:
            ValueError: Neither the arguments nor the experiment say what is best.
        """
        own = (self.result_name, self.objective)
        name, sort = ranking(result or own[0], direction or own[1], own=own)
        best = next(self.jobs(Job.DONE, sort=sort, limit=1), None)
        return best if best is not None and is_rankable(best.results.get(name)) else None

    def get_job(self, job_id: str) -> Job:
        """Return the job with this id.

        Raises:
            ClientRequestError: There is none.
        """
        path = f"{self.path}jobs/{segment(job_id)}/"
        return Job.from_answer(self, self.connection.request("GET", path))

    def to_dataframe(self) -> Any:
        """Return all jobs as a pandas DataFrame, one row each.

        Raises:
            ImportError: pandas is not installed.
        """
        return frames.frame(self.all_jobs())

    def act(
        self,
        action: str,
        jobs: Iterable[str | Job] | None = None,
        *,
        filter: str | None = None,  # noqa: A002 - see `jobs`
        tag: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Do something to many jobs at once, and return what became of them.

        What can't be done to a job is told, and keeps nothing from being done to the others.

        Args:
            action: `"requeue"`, `"cancel"`, `"void"`, `"delete"`, `"tag"` or `"untag"`.
            jobs: To these, given themselves or by their ids.
            filter: Or to all of which this is true; `""` for all there are.
            tag: The tag to put on or to take off.
            reason: Why, for those who read the log.
            dry_run: Only count.

        Raises:
            ValueError: It is not said which jobs, or it is said twice.
            ClientRequestError: The request makes no sense.
        """
        ids = None if jobs is None else [it if isinstance(it, str) else it.job_id for it in jobs]
        body = wish(action, ids, filter, tag=tag, reason=reason, dry_run=dry_run)
        path = f"{self.path}actions/"
        return outcome_of(self.connection.request("POST", path, body, headers=only_once()).json())

    # What went wrong

    def log(self, job: str | Job | None = None) -> Iterator[LogLine]:
        """Iterate over what happened: who did what, when, and why; the oldest first.

        Args:
            job: Only what happened to this job, given itself or by its id.
        """
        for wire in pagination.items(self.connection, f"{self.path}log/", of_job(job)):
            yield read(LogLine, wire, ("at",))

    def kept(self, job: str | Job | None = None) -> Iterator[Kept]:
        """Iterate over the results that could not be applied, the oldest first.

        Args:
            job: Only those of this job, given itself or by its id.
        """
        for wire in pagination.items(self.connection, f"{self.path}kept/", of_job(job)):
            yield read(Kept, wire, ("at", "adopted"), home=self)

    # Settings

    def set_limits(self, **limits: float | str | None) -> None:
        """Say how much silence and how many failures the experiment bears.

        Of one that is on no server yet, they go along when it is added; what is not said stays.

        Args:
            limits: `lease_ttl`, for how many seconds a worker may keep silent before its job goes
                to another (900); `progress_timeout`, after how many seconds without a report, or
                new `job.resume`, a live worker is taken to hang (None for never); `max_lost` and
                `max_preempted`, which loss and which preemption end a job as CRASHED (3, 50);
                `crash_retries`, how often a crashed job is tried again (0); `on_late`, whether
                late results count (`"adopt"`) or are only kept (`"keep"`); `expected_duration`, how
                many seconds a job takes (None to learn it); `legacy_requeue_after`, after how many
                seconds of silence an old client loses its job (None for never).

        Raises:
            ClientRequestError: One can't be; the message says which, and why.
        """
        if self._connection is None:
            self.limits = {**self.limits, **limits}
        else:
            self._patch({"limits": limits})

    def push_updates(self) -> None:
        """Save status, scheduler and objective on the server; the jobs stay as they are.

        Raises:
            ClientError: This client does not know the scheduler.
        """
        answer = self.connection.request("PUT", self.path, self.settings())
        self.learn(self.connection, answer.json() if answer.body else None)

    def pause(self) -> None:
        """Hand out no more jobs; those that run go on."""
        self._patch({"status": self.DONE})

    def resume(self) -> None:
        """Hand out jobs again."""
        self._patch({"status": self.RUNNING})

    def delete(self, ensure: bool = True) -> None:  # noqa: FBT001, FBT002 - the arguments of 2018
        """Delete the experiment with all its jobs.

        Args:
            ensure: Insist that it is still there.

        Raises:
            UnsafeUpdateError: `ensure`, and it is not.
        """
        self.connection.delete(self.path, ensure=ensure)

    def settings(self) -> dict[str, Any]:
        """Return what the server is told of the experiment.

        Raises:
            ClientError: This client does not know the scheduler.
        """
        if self._scheduler is not None:
            [kind] = self._scheduler
            raise errors.ClientError(
                f"This client does not know the scheduler {kind!r} of experiment {self.name!r}, "
                "and can't change its settings. `pip install -U schedy` may help.",
                None,
            )
        settings: dict[str, Any] = {"status": self.status, "scheduler": self.scheduler}
        if self.seed is not None:
            settings["seed"] = self.seed
        if self._connection is not None or self.result_name is not None:
            settings["objective"] = self._goal()
        if self._connection is None and self.limits:
            settings["limits"] = dict(self.limits)
        return settings

    def learn(self, connection: Connection, wire: Any) -> None:
        """Belong to a server from now on, and take over what it says beyond the settings."""
        self._connection = connection
        if not isinstance(wire, Mapping):
            return  # servers of another make may say nothing
        self.seed = wire.get("seed", self.seed)
        self.counts = wire.get("counts") or {}
        self.limits = wire.get("limits") or {}
        self.created = moment(wire.get("created"))
        self.modified = moment(wire.get("modified"))
        self.status = wire.get("status", self.status)
        self._tags, self._note = words_in(wire)
        if "objective" in wire:
            goal = wire["objective"] or {}
            self.result_name, self.objective = goal.get("result"), goal.get("direction")

    @property
    def path(self) -> str:
        """Where the experiment is, below the server's root."""
        return f"experiments/{segment(self.name)}/"

    def _patch(self, change: Mapping[str, Any]) -> None:
        answer = self.connection.request("PATCH", self.path, change)
        self.learn(self.connection, answer.json())

    def _goal(self) -> Mapping[str, Any] | None:
        if self.result_name is None:
            return None
        return {"result": self.result_name, "direction": self.objective}

    def _shown(self) -> dict[str, Any]:
        return {} if self._scheduler is None else {"scheduler": self._scheduler}
