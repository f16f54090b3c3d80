"""Results that come from a worker whose token was revoked while its job ran."""

from schedy_server.model.tags import Condition
from schedy_server.model.transitions import Refused
from schedy_server.service.context import Context
from schedy_server.service.jobs import Target, Wish, refused

_WHY = "The token was revoked before these results came."
_MOST = 20  # of an attempt: whoever was shut out must not fill the disk


def keep_unsigned(
    context: Context,
    experiment_name: str,
    job_id: str,
    *,
    wish: Wish,
    lease_id: str,
    condition: Condition,
) -> None:
    """Keep results aside if they come with the lease of an attempt at that job, once.

    Nothing else changes: the token proves nothing any more. The lease is a secret of its own, which
    tells the worker of the job from whoever else had the token.
    """
    experiment = context.ledger.experiments.lock(context.caller.account_key, experiment_name)
    job = None if experiment is None else context.ledger.jobs.find(experiment.key, job_id)
    if experiment is None or job is None:
        return
    attempt = context.ledger.jobs.attempt_of_lease(job, lease_id)
    if attempt is None:
        return
    every = context.ledger.jobs.refused(experiment.key, job_id)
    before = [kept.body for kept in every if kept.attempt == attempt.n]
    if wish.body not in before and len(before) < _MOST:
        target = Target(experiment, job_id, job, attempt)
        refused(context, target, wish, condition, Refused(_WHY))
