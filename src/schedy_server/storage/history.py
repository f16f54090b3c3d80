"""What happened, as it is read afterwards: changes, events, and results that were kept aside."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.experiments import Experiment
from schedy_server.model.history import Kept, LogLine, Position
from schedy_server.model.jobs import Status
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import from_micros, optional_from_micros, to_micros

# Of what happened at the same instant, the experiment was there before its jobs, and those before
# what people wrote on them.
_EVENT, _CHANGE, _WORDS = 0, 1, 2
_BEFORE, _BEYOND = -1, 2**62


@dataclass(frozen=True, slots=True)
class History:
    """The past of all experiments; every method names the experiment it asks for."""

    session: Session

    def changes(
        self, experiment: Experiment, number: int | None, *, after: Position, limit: int
    ) -> list[LogLine]:
        """Return what became of the jobs of an experiment, or of one, the oldest first."""
        at, kind, first, second = after
        place = {
            "experiment_key": experiment.key,
            "at": at,
            "number": _from(_CHANGE, kind, first),
            "version": _from(_CHANGE, kind, second),
            "limit": limit,
        }
        if number is None:
            rows = self.session.all("writes_of_experiment", **place)
        else:
            rows = self.session.all("writes_of_job", **place, of_number=number)
        return [_change(row) for row in rows]

    def events(
        self, experiment: Experiment, job_id: str | None, *, after: Position, limit: int
    ) -> list[LogLine]:
        """Return what happened besides that, to an experiment or to one job, the oldest first."""
        at, kind, first, _ = after
        place = {
            "account_key": experiment.account_key,
            "subject": experiment.name,
            "since": to_micros(experiment.created),
            "at": at,
            "key": _from(_EVENT, kind, first),
            "limit": limit,
        }
        if job_id is None:
            rows = self.session.all("events_of_experiment", **place)
        else:
            rows = self.session.all("events_of_job", **place, job_id=job_id)
        return [_event(row) for row in rows]

    def words(
        self, experiment_key: int, number: int | None, *, after: Position, limit: int
    ) -> list[LogLine]:
        """Return who wrote what on an experiment and its jobs, or on one job, the oldest first."""
        at, kind, first, _ = after
        place = {
            "experiment_key": experiment_key,
            "at": at,
            "revision": _from(_WORDS, kind, first),
            "limit": limit,
        }
        if number is None:
            rows = self.session.all("words_writes_of_experiment", **place)
        else:
            rows = self.session.all("words_writes_of_job", **place, of_number=number)
        return [_wording(row) for row in rows]

    def kept(
        self, experiment_key: int, job_id: str | None, *, after: int, limit: int
    ) -> list[Kept]:
        """Return what was kept aside of an experiment, or of one job, the oldest first."""
        place = {"experiment_key": experiment_key, "after": after, "limit": limit}
        if job_id is None:
            rows = self.session.all("kept_of_experiment", **place)
        else:
            rows = self.session.all("kept_of_job", **place, job_id=job_id)
        return [_kept(row) for row in rows]

    def kept_at(self, experiment_key: int, key: int) -> Kept | None:
        """Return one of them, or None."""
        row = self.session.one("kept_at", experiment_key=experiment_key, key=key)
        return None if row is None else _kept(row)

    def mark_adopted(self, experiment_key: int, key: int, *, now: datetime) -> None:
        """Note that somebody had it count after all."""
        self.session.run("mark_adopted", experiment_key=experiment_key, key=key, at=to_micros(now))


def _from(kind: int, reached: int, place: int) -> int:
    """Return after which line of a kind to go on, having reached a place among another kind."""
    if kind == reached:
        return place
    return _BEFORE if reached < kind else _BEYOND


def _change(row: Row) -> LogLine:
    at, number, version, job, attempt, before, after, actor, worker, reason, request_id = row
    return LogLine(
        position=(at, _CHANGE, number, version),
        at=from_micros(at),
        actor=actor,
        request_id=request_id,
        job=job,
        version=version,
        attempt=attempt,
        before=None if before is None else Status(before),
        after=Status(after),
        worker=worker,
        reason=reason,
    )


def _event(row: Row) -> LogLine:
    at, key, kind, detail, actor, request_id, reason = row
    # Whose deletion it was stands in the detail: there is no job any more to look it up.
    is_of_job = kind == "job deleted"
    return LogLine(
        position=(at, _EVENT, key, 0),
        at=from_micros(at),
        actor=actor,
        request_id=request_id,
        job=detail if is_of_job else None,
        event=kind,
        reason=reason if is_of_job else detail,
    )


def _wording(row: Row) -> LogLine:
    at, revision, job, what, actor, reason, request_id = row
    return LogLine(
        position=(at, _WORDS, revision, 0),
        at=from_micros(at),
        actor=actor,
        request_id=request_id,
        job=job,
        event=what,
        reason=reason,
    )


def _kept(row: Row) -> Kept:
    key, job_id, attempt, body, why, at, adopted, request_id = row
    return Kept(
        id=key,
        job_id=job_id,
        attempt=attempt,
        body=body,
        why=why,
        at=from_micros(at),
        adopted=optional_from_micros(adopted),
        request_id=request_id,
    )
