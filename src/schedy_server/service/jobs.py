"""What a user can do with jobs: add, look at, change and delete them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schedy_server.model.errors import Conflict, NotFound, PreconditionFailed
from schedy_server.model.experiments import Experiment
from schedy_server.model.jobs import Attempt, Job, RefusedBody, Status
from schedy_server.model.payload import EMPTY, Payload
from schedy_server.model.tags import AnyVersion, Condition, Tag
from schedy_server.model.transitions import (
    Asked,
    Change,
    Refused,
    Replayed,
    Step,
    created,
    step,
)
from schedy_server.model.words import NO_WORDS, Words
from schedy_server.service.circumstances import circumstances, memory_of, note_worker
from schedy_server.service.context import Context
from schedy_server.service.names import checked_name, new_job_id, new_nonce
from schedy_server.service.repeats import Key, remembered


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants a job to be.

    Attributes:
        hyperparameters: None keeps what is there; for a new job it means none.
        results: Likewise.
        body: The request as it came, to be kept should it be refused.
        digest: SHA-256 of the request, by which its repeat is recognised.
        resume: JSON with which another attempt can go on.
        preempts: The worker gives the job back because its machine is wanted.
        claim_id: Made up by a worker that starts the job and will give signs of life: it gets a
            lease. Without one, its silence means nothing.
        worker: What that worker is called.
    """

    status: Status
    hyperparameters: Payload | None
    results: Payload | None
    body: str
    digest: bytes
    reason: str | None = None
    resume: str | None = None
    preempts: bool = False
    claim_id: str | None = None
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a request that was refused was about.

    Attributes:
        job: None if there is none of that id.
        attempt: Whose results were sent, if that is known.
    """

    experiment: Experiment
    job_id: str
    job: Job | None = None
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """A job as it is handed out: with a tag that only this reader holds.

    Attributes:
        was_late: It has taken the result of a worker that had been given up.
        silent_since: When its worker was last heard of, if that is suspiciously long ago.
        lease_ttl: For how many seconds the reader may keep silent, if it is the job's worker now.
        words: What is written on it; None where nobody looked, as workers have no use for it.
    """

    job: Job
    tag: Tag
    was_late: bool = False
    silent_since: datetime | None = None
    lease_ttl: float | None = None
    words: Words | None = None


def get(context: Context, experiment_name: str, job_id: str) -> Handed:
    """Return a job.

    Raises:
        NotFound: There is no such experiment, or no such job.
    """
    experiment = context.experiment(experiment_name)
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is None:
        raise no_such_job(experiment, job_id)
    return handed(context, job)


def add(context: Context, experiment_name: str, wish: Wish, *, key: Key | None = None) -> Handed:
    """Add a job under an id that the server chooses.

    Raises:
        NotFound: There is no such experiment.
        Conflict: The repeat of a request whose job was deleted meanwhile.
    """
    experiment = context.locked_experiment(experiment_name)
    if (job_id := remembered(context, key)) is not None:
        job = context.ledger.jobs.find(experiment.key, job_id)
        if job is None:
            raise Conflict(f"Job {job_id!r} was added by this request, and deleted since.")
        return with_words(context, handed(context, job))
    experiment, job = _create(context, experiment, new_job_id(), wish)
    context.save(experiment)
    if key is not None:
        key.remember(context, job.id)
    return replace(handed(context, job), words=NO_WORDS)


def add_many(
    context: Context, experiment_name: str, wishes: Sequence[Wish], *, key: Key | None = None
) -> list[str]:
    """Add jobs, all or none, and return their ids in the same order.

    Raises:
        NotFound: There is no such experiment.
    """
    experiment = context.locked_experiment(experiment_name)
    if (ids := remembered(context, key)) is not None:
        return ids.split()
    added = []
    for wish in wishes:
        experiment, job = _create(context, experiment, new_job_id(), wish)
        added.append(job.id)
    context.save(experiment)
    if key is not None:
        key.remember(context, " ".join(added))
    return added


def put(
    context: Context, experiment_name: str, job_id: str, wish: Wish, *, condition: Condition | None
) -> Handed | Refused:
    """Replace a job, or create it under the id of the caller's choice.

    Args:
        condition: The versions that the caller saw; None to overwrite whatever is there.

    Returns:
        The job with its new tag; or a refusal, in which case sent results were kept aside.

    Raises:
        NotFound: There is no such experiment.
        Conflict: The claim id has started a job before.
    """
    if condition is None:
        experiment = context.locked_experiment(experiment_name)
    else:
        # For whoever holds a tag, a deleted experiment is a changed job.
        found = context.ledger.experiments.lock(context.caller.account_key, experiment_name)
        if found is None:
            return Refused(f"There is no experiment {experiment_name!r}.")
        experiment = found
    job = context.ledger.jobs.find(experiment.key, job_id)
    if job is not None:
        return change(context, experiment, job, wish, condition=condition)
    if condition is None:
        return _create_named(context, experiment, job_id, wish)
    refusal = Refused(f"There is no job {job_id!r}.")
    return refused(context, Target(experiment, job_id), wish, condition, refusal)


def create(
    context: Context, experiment_name: str, job_id: str, wish: Wish, *, key: Key | None = None
) -> Handed:
    """Create a job under the id of the caller's choice.

    Raises:
        NotFound: There is no such experiment.
        PreconditionFailed: There is a job of that id.
        Conflict: The repeat of a request whose job was deleted meanwhile; or the claim id has
            started a job before.
    """
    experiment = context.locked_experiment(experiment_name)
    job = context.ledger.jobs.find(experiment.key, job_id)
    before = remembered(context, key)
    if job is None and before is None:
        return _create_named(context, experiment, job_id, wish, key)
    if job is None:
        raise Conflict(f"Job {job_id!r} was added by this request, and deleted since.")
    if before == job.id:
        return handed(context, job)
    raise PreconditionFailed(f"There is a job {job_id!r} already.")


def delete(context: Context, experiment_name: str, job_id: str, *, must_exist: bool) -> None:
    """Delete a job, whatever its version.

    Raises:
        PreconditionFailed: `must_exist`, and there is none.
    """
    experiment = context.ledger.experiments.lock(context.caller.account_key, experiment_name)
    job = None if experiment is None else context.ledger.jobs.find(experiment.key, job_id)
    if experiment is None or job is None:
        if must_exist:
            raise PreconditionFailed(f"There is no job {job_id!r}.")
        return
    remove(context, experiment, job)


def remove(
    context: Context, experiment: Experiment, job: Job, *, reason: str | None = None
) -> Experiment:
    """Delete a job of a locked experiment, with all that is known of it, and return that one."""
    after = experiment.after(before=job.status, after=None, now=context.now)
    context.ledger.jobs.delete(job, revision=after.revision)
    context.save(after)
    context.announce(after)
    context.note("job deleted", experiment.name, job.id, reason=reason)
    return after


def change(
    context: Context,
    experiment: Experiment,
    job: Job,
    wish: Wish,
    *,
    condition: Condition | None,
    attempt: Attempt | None = None,
) -> Handed | Refused:
    """Take a job of a locked experiment through one transition, if the caller may.

    Args:
        attempt: The one whose worker the caller proved to be; if None, its tag may tell.
    """
    asked = asked_for(context, wish, condition)
    around = circumstances(context, experiment, claim_id=wish.claim_id, worker=wish.worker)
    memory = memory_of(context, job, asked, attempt)
    outcome = step(job, _as_change(wish, experiment), asked, memory, around)
    if isinstance(outcome, Refused):
        target = Target(experiment, job.id, job, memory.taken)
        return refused(context, target, wish, condition, outcome)
    if isinstance(outcome, Replayed):
        ttl = _lease_ttl(context, experiment, job, wish)
        return handed(context, job, version=outcome.version, lease_ttl=ttl)
    _refuse_used_claim(context, experiment, outcome)
    context.save(store(context, experiment, outcome))
    if outcome.before is Status.RUNNING:
        note_worker(context, experiment, job, outcome.job)
    ttl = _lease_ttl(context, experiment, outcome.job, wish)
    now = handed(context, outcome.job, lease_ttl=ttl)
    return replace(now, was_late=outcome.adopted is not None)


def refused(
    context: Context, target: Target, wish: Wish, condition: Condition | None, refusal: Refused
) -> Refused:
    """Keep results that can't be applied, and return why they can't."""
    if wish.results is None or not wish.results.value:
        return refusal
    tags = () if condition is None or isinstance(condition, AnyVersion) else condition
    attempt = target.attempt
    body = RefusedBody(
        experiment_key=target.experiment.key,
        job_id=target.job_id,
        base_tag=str(tags[0]) if tags else None,
        body=wish.body,
        why=refusal.message,
        attempt=attempt.n if attempt else None,
    )
    context.ledger.jobs.quarantine(body, context.caller, context.now)
    if target.job is not None and attempt is not None:
        context.ledger.jobs.mark_late(target.job, attempt.n)
    return refusal


def asked_for(context: Context, wish: Wish, condition: Condition | None) -> Asked:
    """Return who asks for a change, and what they saw."""
    tags = None if condition is None or isinstance(condition, AnyVersion) else condition
    return Asked(context.caller.account_key, wish.digest, tags)


def store(context: Context, experiment: Experiment, outcome: Step) -> Experiment:
    """Store a transition and return the experiment with its counters moved, not saved yet."""
    context.ledger.jobs.apply(outcome, context.caller)
    if outcome.job.status is not Status.RUNNING:
        # One more is queued, or its end is what a scheduler waits for.
        context.announce(experiment)
    return experiment.after(before=outcome.before, after=outcome.job.status, now=context.now)


def handed(
    context: Context, job: Job, *, version: int | None = None, lease_ttl: float | None = None
) -> Handed:
    """Return the job with a tag of its current version, or of the one that a repeat had made."""
    tag = Tag.of(job, epoch=context.ledger.epoch, nonce=new_nonce(), version=version)
    return Handed(job, tag, lease_ttl=lease_ttl)


def with_words(context: Context, found: Handed) -> Handed:
    """Return a job with what is written on it."""
    job = found.job
    return replace(found, words=context.ledger.words.of_job(job.experiment_key, job.number))


def no_such_job(experiment: Experiment, job_id: str) -> NotFound:
    """Return the error for a job that is not there."""
    return NotFound(f"There is no job {job_id!r} in experiment {experiment.name!r}.")


def _create_named(
    context: Context, experiment: Experiment, job_id: str, wish: Wish, key: Key | None = None
) -> Handed:
    experiment, job = _create(context, experiment, checked_name(job_id, "job"), wish)
    context.save(experiment)
    if key is not None:
        key.remember(context, job.id)
    return handed(context, job, lease_ttl=_lease_ttl(context, experiment, job, wish))


def _lease_ttl(context: Context, experiment: Experiment, job: Job, wish: Wish) -> float | None:
    """Return for how long the caller may keep silent; None if the job is not running for it."""
    if wish.claim_id is None or job.status is not Status.RUNNING:
        return None
    claimed = context.ledger.jobs.claimed_number(experiment.key, wish.claim_id)
    return experiment.limits.lease_ttl if claimed == (job.number, job.attempt) else None


def _create(
    context: Context, experiment: Experiment, job_id: str, wish: Wish
) -> tuple[Experiment, Job]:
    results = wish.results or EMPTY
    around = circumstances(context, experiment, claim_id=wish.claim_id, worker=wish.worker)
    job = Job(
        experiment_key=experiment.key,
        number=experiment.jobs_created + 1,
        id=job_id,
        status=wish.status,
        hyperparameters=(wish.hyperparameters or EMPTY).text,
        results=results.text,
        origin=None,
        quality=_quality(experiment, results),
        version=1,
        attempt=0,
        lease_id=None,
        base_tag=None,
        worker=None,
        reason=wish.reason,
        priority=0,
        revision=around.revision,
        created=context.now,
        started=None,
        finished=context.now if wish.status.is_final else None,
        modified=context.now,
    )
    asked = Asked(context.caller.account_key, wish.digest)
    outcome = created(job, asked, around)
    _refuse_used_claim(context, experiment, outcome)
    return store(context, experiment, outcome), outcome.job


def _refuse_used_claim(context: Context, experiment: Experiment, outcome: Step) -> None:
    claim_id = outcome.started.claim_id if outcome.started else None
    if claim_id is not None and context.ledger.jobs.claimed_number(experiment.key, claim_id):
        raise Conflict(
            f"The claim_id {claim_id!r} has started a job of experiment {experiment.name!r} "
            "before: make up a new one for each start."
        )


def _as_change(wish: Wish, experiment: Experiment) -> Change:
    return Change(
        status=wish.status,
        hyperparameters=wish.hyperparameters.text if wish.hyperparameters else None,
        results=wish.results.text if wish.results else None,
        quality=_quality(experiment, wish.results) if wish.results else None,
        reason=wish.reason,
        resume=wish.resume,
        preempts=wish.preempts,
    )


def _quality(experiment: Experiment, results: Payload) -> float | None:
    return experiment.objective.quality(results.value) if experiment.objective else None
