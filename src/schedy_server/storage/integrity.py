"""All that a database says of its jobs, side by side, to be compared."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import apsw

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.model.words import NO_WORDS, words_digest
from schedy_server.storage.ledger import Ledger, open_ledger
from schedy_server.storage.migrate import check_schema, migrations
from schedy_server.storage.opening import dialect_of, open_to_look, sqlite_path
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Row
from schedy_server.storage.sqlite_copy import damages
from schedy_server.storage.sqlite_copy import open_to_look as look_at_file
from schedy_server.storage.times import from_micros
from schedy_server.storage.words import words_of

_JOBS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the audit trail: a change of a job.

    Attributes:
        digest: Of what the job held afterwards; None in lines of before digests were kept.
    """

    version: int
    base_tag: str | None
    attempt: int
    before: str | None
    after: str
    at: datetime
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Handout:
    """An attempt, as far as it has to fit the job."""

    n: int
    state: str
    lease_id: str


@dataclass(frozen=True, slots=True)
class Inscription:
    """What is written on something.

    Attributes:
        number: Of the job; None for the experiment.
        digest: Of the words.
    """

    number: int | None
    revision: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Trail:
    """A job, and all that is told of how it became what it is."""

    job: Job
    attempts: list[Handout]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Books:
    """A database, to be read from one end to the other, as it was at one instant."""

    ledger: Ledger

    def count_jobs(self) -> int:
        """Return how many jobs there are."""
        row = self.ledger.session.one("count_all_jobs")
        return 0 if row is None else row[0]

    def experiments(self) -> Iterator[tuple[str, Experiment]]:
        """Yield all experiments, each with the address of its account."""
        for email, account_key, name in self.ledger.session.all("whole_experiments"):
            experiment = self.ledger.experiments.find(account_key, name)
            if experiment is not None:
                yield email, experiment

    def trails(self, experiment_key: int) -> Iterator[Trail]:
        """Yield the jobs of an experiment, by number, with all that belongs to them."""
        last = 0
        while jobs := self.ledger.jobs.page(experiment_key, beyond=last, limit=_JOBS_AT_ONCE):
            last = jobs[-1].number
            places = {"experiment_key": experiment_key, "first": jobs[0].number, "last": last}
            attempts = _by_number(self.ledger.session.all("attempts_between", **places))
            lines = _by_number(self.ledger.session.all("writes_between", **places))
            for job in jobs:
                yield Trail(
                    job,
                    [Handout(*row[1:]) for row in attempts.get(job.number, ())],
                    [_line(row) for row in lines.get(job.number, ())],
                )

    def words(self, experiment_key: int) -> Iterator[tuple[Inscription, Inscription | None]]:
        """Yield what is written on an experiment and its jobs, each with the last line on it."""
        last = {}
        place = {"experiment_key": experiment_key}
        for number, revision, digest in self.ledger.session.all("all_words_writes", **place):
            last[number] = Inscription(number, revision, bytes(digest))
        rows = [(None, *row) for row in self.ledger.session.all("all_experiment_words", **place)]
        for number, tags, note, revision in rows + self.ledger.session.all(
            "all_job_words", **place
        ):
            here = Inscription(number, revision, words_digest(words_of(tags, note)))
            yield here, last.pop(number, None)
        for there in last.values():
            yield Inscription(there.number, there.revision, words_digest(NO_WORDS)), there

    def tombstones(self, experiment_key: int) -> list[tuple[int, int]]:
        """Return revision and number of each job that was deleted."""
        rows = self.ledger.session.all("all_tombstones", experiment_key=experiment_key)
        return [(revision, number) for revision, number in rows]


@contextmanager
def open_books(url: str) -> Iterator[Books]:
    """Open a database to read all of it, at one instant; servers go on meanwhile.

    Raises:
        Invalid: There is no such database.
        DatabaseFailed: It can't be read, or its schema is not the current one.
        SchemaTooNew: It was made by a later version of Schedy.
    """
    session = open_to_look(url)
    try:
        check_schema(session, dialect_of(url))
        ledger = open_ledger(lambda: session)
        ledger.begin(writing=False)
        done = {number for (number,) in session.all("migrations_done")}
        if {step.number for step in migrations(dialect_of(url))} - done:
            raise DatabaseFailed("the schema is not the current one: run 'schedy-server migrate'")
        yield Books(ledger)
    except DatabaseBusy as error:
        raise DatabaseFailed(str(error)) from error
    finally:
        session.close()


def file_damages(url: str) -> list[str]:
    """Return what is wrong with the file of an SQLite database, in SQLite's words."""
    return _found(sqlite_path(url), damages) if dialect_of(url) == "sqlite" else []


def damages_of(path: Path) -> list[str]:
    """Return what is wrong with an SQLite file at first sight, in SQLite's words.

    Indexes are not compared with their tables, which would take several times as long. Nothing is
    wrong with a file that is to be made.
    """
    return _found(path, _quickly)


def _found(path: Path, look: Callable[[apsw.Connection], list[str]]) -> list[str]:
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        with closing(look_at_file(path)) as connection:
            return look(connection)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return [str(error)]
    except apsw.Error as error:
        raise DatabaseFailed(str(error)) from error


def _quickly(connection: apsw.Connection) -> list[str]:
    found = [row[0] for row in connection.execute("PRAGMA quick_check(10)")]
    return [] if found == ["ok"] else found


def _by_number(rows: list[Row]) -> dict[int, list[Row]]:
    return {number: list(group) for number, group in groupby(rows, itemgetter(0))}


def _line(row: Row) -> Line:
    _, version, base_tag, attempt, before, after, at, digest = row
    return Line(
        version=version,
        base_tag=base_tag,
        attempt=attempt,
        before=before,
        after=after,
        at=from_micros(at),
        digest=None if digest is None else bytes(digest),
    )
