"""Whether the books are in order: each job is what its audit trail says, and all counts are right.

All of it is pure but for the reading. A finding is a bug of Schedy's, a hand in the database, or a
disk that lies; none is repaired here.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job, Status, state_digest
from schedy_server.model.jsontext import loads
from schedy_server.storage.integrity import Books, Handout, Inscription, Line, Trail

_TOLD_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be.

    Attributes:
        account: Whose it is; None for what concerns the whole database.
    """

    problem: str
    account: str | None = None
    experiment: str | None = None
    number: int | None = None
    job: str | None = None

    def __str__(self) -> str:
        """Return it as one line."""
        if self.experiment is None:
            return self.problem
        called = "" if self.job is None else f" ({self.job!r})"
        job = f", job {self.number}{called}" if self.number is not None else ""
        return f"experiment {self.experiment!r} of {self.account}{job}: {self.problem}"


@dataclass(slots=True)
class Audited:
    """How much was looked at."""

    experiments: int = 0
    jobs: int = 0
    changes: int = 0


@dataclass(slots=True)
class _Tally:
    """What the jobs of one experiment add up to."""

    statuses: Counter[Status] = field(default_factory=Counter)
    numbers: list[int] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)

    def add(self, number: int, revision: int) -> None:
        """Count a job that is there, or was deleted."""
        self.numbers.append(number)
        self.revisions.append(revision)


def verify(
    books: Books, audited: Audited, progress: Callable[[str, int, int], None]
) -> Iterator[Finding]:
    """Yield what is wrong with a database.

    Args:
        audited: Counts what was looked at.
        progress: Told how far this is.
    """
    total = books.count_jobs()
    try:
        for email, experiment in books.experiments():
            for finding in _readable(books, email, experiment, audited):
                progress("verifying", audited.jobs, total)
                if finding is not None:
                    yield finding
            audited.experiments += 1
    except (ValueError, OverflowError) as error:
        yield Finding(f"not all experiments can be read: {error}")
    progress("verifying", total, total)


def _readable(
    books: Books, email: str, experiment: Experiment, audited: Audited
) -> Iterator[Finding | None]:
    """Look through an experiment, as far as that is possible."""
    try:
        yield from _look_through(books, email, experiment, audited)
    except (ValueError, OverflowError) as error:
        yield Finding(f"not all of its jobs can be read: {error}", email, experiment.name)


def _look_through(
    books: Books, email: str, experiment: Experiment, audited: Audited
) -> Iterator[Finding | None]:
    """Yield what is wrong with an experiment, and None now and then."""
    tally = _Tally()
    for trail in books.trails(experiment.key):
        job = trail.job
        tally.add(job.number, job.revision)
        tally.statuses[job.status] += 1
        for problem in chain(job_problems(trail), _quality_problems(experiment, job)):
            yield Finding(problem, email, experiment.name, job.number, job.id)
        audited.jobs += 1
        audited.changes += len(trail.lines)
        if not audited.jobs % _TOLD_AT_ONCE:
            yield None
    for revision, number in books.tombstones(experiment.key):
        tally.add(number, revision)
    for here, there in books.words(experiment.key):
        tally.revisions.append(here.revision)
        for problem in _words_problems(here, there):
            yield Finding(problem, email, experiment.name, here.number)
    for problem in _experiment_problems(experiment, tally):
        yield Finding(problem, email, experiment.name)


def job_problems(trail: Trail) -> Iterator[str]:
    """Yield what is wrong with a job."""
    yield from _state_problems(trail.job)
    yield from _attempt_problems(trail.job, trail.attempts)
    yield from _history_problems(trail.lines)
    yield from _outcome_problems(trail.job, trail.lines)


def _state_problems(job: Job) -> Iterator[str]:
    if (job.finished is not None) != job.status.is_final:
        has = "has no" if job.finished is None else "has an"
        yield f"it is {job.status} and {has} end"
    if (job.lease_id is not None) != (job.status is Status.RUNNING):
        has = "has no" if job.lease_id is None else "has a"
        yield f"it is {job.status} and {has} lease"


def _attempt_problems(job: Job, attempts: list[Handout]) -> Iterator[str]:
    if [each.n for each in attempts] != list(range(1, job.attempt + 1)):
        yield f"it was handed out {job.attempt} times, but {len(attempts)} attempts are known"
    running = [(each.n, each.lease_id) for each in attempts if each.state == Status.RUNNING]
    is_owned = job.status is Status.RUNNING and job.lease_id is not None
    expected = [(job.attempt, job.lease_id)] if is_owned else []
    if running != expected:
        numbers = ", ".join(str(n) for n, _ in running) or "none"
        yield f"it is {job.status} at attempt {job.attempt}, but of its attempts runs: {numbers}"


def _history_problems(lines: list[Line]) -> Iterator[str]:
    if lines and lines[0].before is not None:
        yield f"its history begins with a change of something {lines[0].before}"
    for one, next_ in pairwise(lines):
        if next_.version != one.version + 1:
            yield f"between versions {one.version} and {next_.version}, changes are missing"
        if next_.before != one.after:
            yield (
                f"version {one.version} left it {one.after}, "
                f"and version {next_.version} found it {next_.before}"
            )
        if next_.attempt not in {one.attempt, one.attempt + 1}:
            yield (
                f"from version {one.version} to {next_.version}, "
                f"the attempt went from {one.attempt} to {next_.attempt}"
            )


def _outcome_problems(job: Job, lines: list[Line]) -> Iterator[str]:
    """Compare a job with what its last change made of it."""
    if not lines or lines[0].version != 1:
        yield "the beginning of its history is missing"
    if not lines:
        return
    last = lines[-1]
    pairs = (
        ("version", job.version, last.version),
        ("status", job.status, last.after),
        ("attempt", job.attempt, last.attempt),
        ("tag", job.base_tag, last.base_tag),
        ("time of change", job.modified, last.at),
    )
    for name, here, there in pairs:
        if here != there:
            yield f"its {name} is {here}, but its last change made it {there}"
    if last.digest is not None and last.digest != state_digest(job):
        yield "its hyperparameters or results are not those that its last change stored"


def _quality_problems(experiment: Experiment, job: Job) -> Iterator[str]:
    if job.quality is None:
        return  # it does not count: it has not ended, or was voided
    objective = experiment.objective
    expected = objective.quality(loads(job.results)) if objective else None
    if job.quality != expected:
        yield f"its quality is {job.quality}, but its results say {expected}"


def _words_problems(here: Inscription, there: Inscription | None) -> Iterator[str]:
    """Compare what is written on something with what was written on it last."""
    if there is None:
        yield "it has tags or a note that nobody is known to have written"
    elif here.digest != there.digest:
        yield "its tags or its note are not those that were written last"
    elif here.revision != there.revision:
        yield (
            f"its tags and its note are those of revision {here.revision}, "
            f"but were written last at {there.revision}"
        )


def _experiment_problems(experiment: Experiment, tally: _Tally) -> Iterator[str]:
    for status in Status:
        if experiment.counts[status] != tally.statuses[status]:
            yield (
                f"it counts {experiment.counts[status]} jobs as {status}, "
                f"and has {tally.statuses[status]}"
            )
    known = set(tally.numbers)
    missing = experiment.jobs_created - len(known & set(range(1, experiment.jobs_created + 1)))
    if missing:
        yield f"of {experiment.jobs_created} jobs, {missing} are neither there nor deleted"
    if beyond := sum(number > experiment.jobs_created for number in known):
        yield f"{beyond} jobs have numbers beyond the {experiment.jobs_created} that were added"
    if len(known) != len(tally.numbers):
        yield f"{len(tally.numbers) - len(known)} jobs are there and deleted, or deleted twice"
    if len(set(tally.revisions)) != len(tally.revisions):
        yield "several of its jobs were changed by the same revision"
    if max(tally.revisions, default=0) > experiment.revision:
        yield f"it is at revision {experiment.revision}, and its jobs are beyond"
