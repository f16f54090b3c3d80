"""Jobs in the database: rows in, model out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.accounts import Caller
from schedy_server.model.jobs import (
    Attempt,
    Job,
    PastJob,
    RefusedBody,
    Status,
    Write,
    state_digest,
)
from schedy_server.model.jsontext import loads
from schedy_server.model.transitions import Step
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import (
    from_micros,
    optional_from_micros,
    optional_to_micros,
    to_micros,
)

ALL_STATUSES = tuple(Status)


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of all experiments; every method names the experiment it asks for."""

    session: Session

    def find(self, experiment_key: int, job_id: str) -> Job | None:
        """Return the job of that id, or None."""
        return _found(self.session.one("job_by_id", experiment_key=experiment_key, id=job_id))

    def find_number(self, experiment_key: int, number: int) -> Job | None:
        """Return the job of that number, or None."""
        return _found(
            self.session.one("job_by_number", experiment_key=experiment_key, number=number)
        )

    def oldest_queued(self, experiment_key: int) -> Job | None:
        """Return the job that is next in line, or None."""
        return _found(self.session.one("oldest_queued", experiment_key=experiment_key))

    def queue_head(self, experiment_key: int, *, limit: int) -> list[int]:
        """Return the numbers of the jobs that are next in line."""
        rows = self.session.all("queue_head", experiment_key=experiment_key, limit=limit)
        return [number for (number,) in rows]

    def page(
        self,
        experiment_key: int,
        *,
        statuses: Iterable[Status] = ALL_STATUSES,
        beyond: int | None = None,
        backwards: bool = False,
        limit: int,
    ) -> list[Job]:
        """Return jobs by number, ascending or descending, from the first beyond a number."""
        rows = self.session.all(
            "job_page_backwards" if backwards else "job_page",
            experiment_key=experiment_key,
            after=beyond if beyond is not None and not backwards else 0,
            before=beyond if beyond is not None and backwards else 2**62,
            limit=limit,
            **_any_of(statuses),
        )
        return [_job(row) for row in rows]

    def sort_keys(self, experiment_key: int, statuses: Iterable[Status]) -> list[Row]:
        """Return (number, status, quality, created, started, finished, modified) of each job."""
        return self.session.all("job_sort_keys", experiment_key=experiment_key, **_any_of(statuses))

    def payloads(self, experiment_key: int, statuses: Iterable[Status]) -> list[Row]:
        """Return (number, hyperparameters, results) of each job, as JSON text."""
        return self.session.all("job_payloads", experiment_key=experiment_key, **_any_of(statuses))

    def results(self, experiment_key: int) -> list[Row]:
        """Return (number, status, reason, results) of each job, the latter as JSON text."""
        return self.session.all("job_results", experiment_key=experiment_key)

    def set_qualities(self, experiment_key: int, qualities: dict[int, float | None]) -> None:
        """Store what a changed objective makes of each job's results, by job number."""
        self.session.run_many(
            "set_quality",
            [
                {"experiment_key": experiment_key, "number": number, "quality": quality}
                for number, quality in qualities.items()
            ],
        )

    def changed_since(self, experiment_key: int, revision: int) -> Iterator[PastJob]:
        """Yield the jobs that changed after a revision, in the order of their last change."""
        rows = self.session.all("jobs_since", experiment_key=experiment_key, since=revision)
        return map(_past_job, rows)

    def columns_since(self, experiment_key: int, revision: int) -> list[Row]:
        """Return what charts show of the jobs that changed after a revision, by number.

        Each row is (number, id, status, quality, worker, origin, created, started, finished,
        modified, revision, hyperparameters, results), with times in microseconds.
        """
        return self.session.all("job_columns_since", experiment_key=experiment_key, since=revision)

    def outcomes(self, experiment_key: int) -> list[Row]:
        """Return (number, id, status, quality, finished) of the jobs that ended, in that order."""
        return self.session.all("job_outcomes", experiment_key=experiment_key)

    def deleted_since(self, experiment_key: int, revision: int) -> list[int]:
        """Return the numbers of the jobs that were deleted after a revision."""
        rows = self.session.all("tombstones_since", experiment_key=experiment_key, since=revision)
        return [number for (number,) in rows]

    def apply(self, step: Step, caller: Caller) -> None:
        """Store one transition: the job, its attempts, and the line in the audit trail."""
        job = step.job
        at = to_micros(job.modified)
        place = {"experiment_key": job.experiment_key, "number": job.number}
        self.session.run("insert_job" if step.before is None else "update_job", **_columns(job))
        if step.ended is not None:
            n, state = step.ended
            self.session.run("end_attempt", **place, n=n, state=state, at=at)
        if step.started is not None:
            self.session.run(
                "insert_attempt",
                **place,
                n=step.started.n,
                lease_id=step.started.lease_id,
                claim_id=step.started.claim_id,
                account_key=caller.account_key,
                worker=step.started.worker,
                deadline=step.started.deadline,
                progress_deadline=step.started.progress_deadline,
                at=at,
            )
        if step.adopted is not None:
            self.session.run("mark_late", **place, n=step.adopted, late="adopted")
        self.session.run(
            "insert_write",
            **place,
            version=job.version,
            base_tag=job.base_tag,
            digest=step.digest,
            account_key=caller.account_key,
            actor=caller.actor,
            attempt=job.attempt,
            from_status=step.before,
            to_status=job.status,
            at=at,
            request_id=caller.request_id,
            reason=job.reason,
            state_digest=state_digest(job),
        )

    def delete(self, job: Job, *, revision: int) -> None:
        """Remove the job, and leave a tombstone for those who follow by revision."""
        place = {"experiment_key": job.experiment_key, "number": job.number}
        self.session.run("delete_job", **place)
        self.session.run("insert_tombstone", **place, revision=revision)

    def write_with_tag(self, job: Job, base_tag: str, *, digest: bytes = b"") -> Write | None:
        """Return the change that was made with exactly this tag, or None.

        Args:
            digest: Of several, the one that was asked for in these words is wanted.
        """
        row = self.session.one(
            "write_with_tag",
            experiment_key=job.experiment_key,
            number=job.number,
            base_tag=base_tag,
            digest=digest,
        )
        return _write(row)

    def write_at_version(self, job: Job, version: int) -> Write | None:
        """Return the change that made a version of the job, or None."""
        row = self.session.one(
            "write_at_version",
            experiment_key=job.experiment_key,
            number=job.number,
            version=version,
        )
        return _write(row)

    def claimed_number(self, experiment_key: int, claim_id: str) -> tuple[int, int] | None:
        """Return the number and the attempt of the job that this claim was given, or None."""
        row = self.session.one("attempt_of_claim", experiment_key=experiment_key, claim_id=claim_id)
        return None if row is None else (row[0], row[1])

    def attempt_of_lease(self, job: Job, lease_id: str) -> Attempt | None:
        """Return the attempt that got this lease, or None."""
        row = self.session.one(
            "attempt_of_lease",
            experiment_key=job.experiment_key,
            number=job.number,
            lease_id=lease_id,
        )
        return None if row is None else _attempt(row)

    def attempt(self, job: Job, n: int) -> Attempt | None:
        """Return the attempt of that number, or None."""
        row = self.session.one(
            "attempt_at", experiment_key=job.experiment_key, number=job.number, n=n
        )
        return None if row is None else _attempt(row)

    def attempts(self, job: Job) -> list[Attempt]:
        """Return all attempts at a job, in order."""
        rows = self.session.all(
            "attempts_of_job", experiment_key=job.experiment_key, number=job.number
        )
        return [_attempt(row) for row in rows]

    def mark_late(self, job: Job, n: int) -> None:
        """Note that the result of an attempt that was over was kept aside."""
        self.session.run(
            "mark_late",
            experiment_key=job.experiment_key,
            number=job.number,
            n=n,
            late="kept",
        )

    def latest_durations(self, experiment_key: int, *, limit: int) -> list[float]:
        """Return how many seconds each of the latest jobs took that are DONE."""
        rows = self.session.all("latest_durations", experiment_key=experiment_key, limit=limit)
        return [micros / 1_000_000 for (micros,) in rows]

    def quarantine(self, refused: RefusedBody, caller: Caller, now: datetime) -> None:
        """Keep a body that could not be applied, so that nothing received is thrown away."""
        again = self.session.one(
            "is_refused_already",
            experiment_key=refused.experiment_key,
            job_id=refused.job_id,
            body=refused.body,
            base_tag=refused.base_tag or "",
            attempt=refused.attempt or 0,
        )
        if again is not None:
            return  # the same request once more
        self.session.run(
            "insert_quarantine",
            experiment_key=refused.experiment_key,
            job_id=refused.job_id,
            account_key=caller.account_key,
            base_tag=refused.base_tag,
            body=refused.body,
            why=refused.why,
            at=to_micros(now),
            request_id=caller.request_id,
            attempt=refused.attempt,
        )

    def refused(self, experiment_key: int, job_id: str) -> list[RefusedBody]:
        """Return the bodies that were kept because they could not be applied to a job."""
        rows = self.session.all("refused_bodies", experiment_key=experiment_key, job_id=job_id)
        return [RefusedBody(experiment_key, job_id, *row) for row in rows]


def _any_of(statuses: Iterable[Status]) -> dict[str, str]:
    wanted = [*statuses, *[""] * len(ALL_STATUSES)]
    return {f"status_{i}": wanted[i - 1] for i in range(1, len(ALL_STATUSES) + 1)}


def _columns(job: Job) -> dict[str, str | int | float | None]:
    return {
        "experiment_key": job.experiment_key,
        "number": job.number,
        "id": job.id,
        "status": job.status,
        "hyperparameters": job.hyperparameters,
        "results": job.results,
        "origin": job.origin,
        "quality": job.quality,
        "version": job.version,
        "attempt": job.attempt,
        "lease_id": job.lease_id,
        "base_tag": job.base_tag,
        "worker": job.worker,
        "reason": job.reason,
        "priority": job.priority,
        "revision": job.revision,
        "created": to_micros(job.created),
        "started": optional_to_micros(job.started),
        "finished": optional_to_micros(job.finished),
        "modified": to_micros(job.modified),
        "lost": job.lost,
        "preempted": job.preempted,
        "crashed": job.crashed,
        "place": job.place,
        "resume": job.resume,
    }


def _found(row: Row | None) -> Job | None:
    return None if row is None else _job(row)


def _job(row: Row) -> Job:
    (
        experiment_key, number, job_id, status, hyperparameters, results, origin, quality, version,
        attempt, lease_id, base_tag, worker, reason, priority, revision, created, started,
        finished, modified, lost, preempted, crashed, place, resume,
    ) = row  # fmt: skip
    return Job(
        experiment_key=experiment_key,
        number=number,
        id=job_id,
        status=Status(status),
        hyperparameters=hyperparameters,
        results=results,
        origin=origin,
        quality=quality,
        version=version,
        attempt=attempt,
        lease_id=lease_id,
        base_tag=base_tag,
        worker=worker,
        reason=reason,
        priority=priority,
        revision=revision,
        created=from_micros(created),
        started=optional_from_micros(started),
        finished=optional_from_micros(finished),
        modified=from_micros(modified),
        lost=lost,
        preempted=preempted,
        crashed=crashed,
        place=place,
        resume=resume,
    )


def _attempt(row: Row) -> Attempt:
    n, state, lease_id, claim_id, worker, deadline, progress, late, started, seen, ended = row
    return Attempt(
        n=n,
        state=state,
        lease_id=lease_id,
        claim_id=claim_id,
        worker=worker,
        deadline=deadline,
        progress_deadline=progress,
        late=late,
        started=from_micros(started),
        seen=from_micros(seen),
        ended=optional_from_micros(ended),
    )


def _past_job(row: Row) -> PastJob:
    number, job_id, status, hyperparameters, results, origin, finished, attempt = row
    return PastJob(
        number=number,
        id=job_id,
        status=Status(status),
        hyperparameters=loads(hyperparameters),
        results=loads(results),
        origin=None if origin is None else loads(origin),
        finished=optional_from_micros(finished),
        attempt=attempt,
    )


def _write(row: Row | None) -> Write | None:
    if row is None:
        return None
    version, base_tag, digest, account_key, attempt, to_status = row
    return Write(version, base_tag, bytes(digest), account_key, attempt, Status(to_status))
