"""What a user can do with words: tag experiments and jobs, and write notes on them."""

import dataclasses
from dataclasses import dataclass

from msgspec.structs import replace

from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Job
from schedy_server.model.words import Rewording, Words, difference, reworded
from schedy_server.service.context import Context
from schedy_server.service.jobs import Handed, handed, no_such_job
from schedy_server.storage.words import Written


@dataclass(frozen=True, slots=True)
class Described:
    """An experiment with the words on it."""

    experiment: Experiment
    words: Words


def describe(context: Context, experiment: Experiment) -> Described:
    """Return an experiment with the words on it."""
    return Described(experiment, context.ledger.words.of_experiment(experiment.key))


def describe_all(context: Context, experiments: list[Experiment]) -> list[Described]:
    """Return experiments of one account, with the words on each."""
    words = context.ledger.words.of_experiments(experiments)
    return [Described(each, words.get(each.key, Words())) for each in experiments]


def of_job(context: Context, experiment_name: str, job_id: str) -> Words:
    """Return the words on a job.

    Raises:
        NotFound: There is no such experiment, or no such job.
    """
    experiment = context.experiment(experiment_name)
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return context.ledger.words.of_job(experiment.key, job.number)


def patch_job(context: Context, experiment_name: str, job_id: str, change: Rewording) -> Handed:
    """Change the words on a job; its version, which its worker holds, stays.

    Raises:
        NotFound: There is no such experiment, or no such job.
        Invalid: The words can't be kept.
        Conflict: Somebody else wrote another note meanwhile.
    """
    experiment = context.locked_experiment(experiment_name)
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    _, words = reword(context, experiment, change, job=job)
    return dataclasses.replace(handed(context, job), words=words)


def reword(
    context: Context, experiment: Experiment, change: Rewording, *, job: Job | None = None
) -> tuple[Experiment, Words]:
    """Change the words on a locked experiment or on one of its jobs, and return both.

    A change takes the next revision, by which tables and charts learn of it; what changes nothing
    takes none.

    Raises:
        Invalid: The words can't be kept.
        Conflict: Somebody else wrote another note meanwhile.
    """
    book = context.ledger.words
    number = None if job is None else job.number
    if number is None:
        before = book.of_experiment(experiment.key)
    else:
        before = book.of_job(experiment.key, number)
    after = reworded(before, change)
    if after == before:
        return experiment, after
    experiment = replace(experiment, revision=experiment.revision + 1, modified=context.now)
    line = Written(
        experiment_key=experiment.key,
        number=number,
        revision=experiment.revision,
        what=difference(before, after),
        reason=change.reason,
        at=context.now,
    )
    book.put(after, line, context.caller)
    context.save(experiment)
    return experiment, after
