"""Tags and notes in the database, beside what they are about: rows in, model out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.accounts import Caller
from schedy_server.model.experiments import Experiment
from schedy_server.model.words import NO_WORDS, Words, words_digest
from schedy_server.storage.session import Row, Session
from schedy_server.storage.times import to_micros


@dataclass(frozen=True, slots=True)
class Written:
    """A line of the audit trail of words.

    Attributes:
        number: Of the job that they are on; None for the experiment itself.
        what: What was changed, in a few words.
    """

    experiment_key: int
    number: int | None
    revision: int
    what: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Wordings:
    """The words on all experiments and jobs; every method names what it asks for."""

    session: Session

    def of_experiment(self, experiment_key: int) -> Words:
        """Return the words on an experiment."""
        row = self.session.one("experiment_words", experiment_key=experiment_key)
        return NO_WORDS if row is None else words_of(*row)

    def of_experiments(self, experiments: Sequence[Experiment]) -> Mapping[int, Words]:
        """Return the words on experiments of one account, by key; those without are missing."""
        if not experiments:
            return {}
        names = [experiment.name for experiment in experiments]
        rows = self.session.all(
            "words_of_experiments",
            account_key=experiments[0].account_key,
            first=min(names),
            last=max(names),
        )
        return _by_key(rows)

    def of_job(self, experiment_key: int, number: int) -> Words:
        """Return the words on a job."""
        row = self.session.one("job_words", experiment_key=experiment_key, number=number)
        return NO_WORDS if row is None else words_of(*row)

    def of_jobs(self, experiment_key: int, numbers: Sequence[int]) -> Mapping[int, Words]:
        """Return the words on some jobs, by number; those without are missing."""
        if not numbers:
            return {}
        rows = self.session.all(
            "job_words_between",
            experiment_key=experiment_key,
            first=min(numbers),
            last=max(numbers),
        )
        return _by_key(rows)

    def changed_since(self, experiment_key: int, revision: int) -> Mapping[int, Words]:
        """Return the words of the jobs whose words changed after a revision, by number."""
        rows = self.session.all("job_words_since", experiment_key=experiment_key, since=revision)
        return _by_key(rows)

    def put(self, words: Words, written: Written, caller: Caller) -> None:
        """Store the words on a job or on an experiment, and the line in the audit trail."""
        whose: dict[str, int | None] = {"experiment_key": written.experiment_key}
        if written.number is not None:
            whose["number"] = written.number
        self.session.run(
            "put_experiment_words" if written.number is None else "put_job_words",
            **whose,
            tags=" ".join(words.tags),
            note=words.note,
            revision=written.revision,
        )
        self.session.run(
            "insert_words_write",
            experiment_key=written.experiment_key,
            revision=written.revision,
            number=written.number,
            what=written.what,
            words_digest=words_digest(words),
            account_key=caller.account_key,
            actor=caller.actor,
            at=to_micros(written.at),
            request_id=caller.request_id,
            reason=written.reason,
        )


def words_of(tags: str, note: str) -> Words:
    """Return words as they lie in the database."""
    return Words(tags=tuple(tags.split(" ")) if tags else (), note=note)


def _by_key(rows: Sequence[Row]) -> dict[int, Words]:
    return {key: words_of(tags, note) for key, tags, note in rows}
