"""What workers may rely on, whatever the network does."""

from collections.abc import Callable
from typing import NamedTuple

from schedy_server.model.jobs import Status
from tests.server.model.claim_world import Message, Move, Stage, World


class Case(NamedTuple):
    """A request that the server handled, with the world around it."""

    before: World
    move: Move
    message: Message
    after: World

    @property
    def is_owner_s(self) -> bool:
        return self.before.owner == self.message.worker

    @property
    def told_attempt(self) -> int:
        return self.before.workers[self.message.worker].attempt

    @property
    def has_changed(self) -> bool:
        return self.after.job.version != self.before.job.version

    def is_told(self, stage: Stage, *, accepted: bool) -> bool:
        is_told = self.move.heard and self.move.accepted == accepted
        return is_told and self.message.stage is stage


def _has_two_owners(case: Case) -> bool:
    attempts = [worker.attempt for worker in case.after.workers if worker.attempt]
    return len(attempts) != len(set(attempts))


def _lies_to_a_claimer(case: Case) -> bool:
    owns = case.after.owner == case.message.worker and case.after.job.status is not Status.QUEUED
    return case.is_told(Stage.CLAIM, accepted=True) and not owns


def _refuses_a_claim_that_was_carried_out(case: Case) -> bool:
    ran = case.is_owner_s and case.before.job.status is Status.RUNNING
    return case.is_told(Stage.CLAIM, accepted=False) and ran


def _refuses_an_owner(case: Case) -> bool:
    refused = any(case.is_told(stage, accepted=False) for stage in (Stage.REPORT, Stage.FINISH))
    return refused and case.is_owner_s and case.before.job.attempt == case.told_attempt


def _strands_a_job(case: Case) -> bool:
    ran = case.is_owner_s and case.before.job.status is Status.RUNNING
    return case.is_told(Stage.CRASH, accepted=False) and ran


def _starts_again(case: Case) -> bool:
    restarted = case.before.job.status.is_final and case.after.job.status is Status.RUNNING
    return restarted and case.has_changed


def _lets_a_stranger_in(case: Case) -> bool:
    return case.has_changed and case.before.owner is not None and not case.is_owner_s


PROMISES: dict[str, Callable[[Case], bool]] = {
    "one attempt has one owner": _has_two_owners,
    "who is told to own a job owns it": _lies_to_a_claimer,
    "a claim that was carried out is never refused": _refuses_a_claim_that_was_carried_out,
    "an owner is not refused because of its own writes": _refuses_an_owner,
    "no job runs on after its worker has ended": _strands_a_job,
    "a late request does not start a finished job again": _starts_again,
    "only the owner changes a running job": _lets_a_stranger_in,
}


def broken_promises(before: World, move: Move, after: World) -> list[str]:
    """Return the promises that a move has broken."""
    if move.message is None:
        return []
    case = Case(before, move, move.message, after)
    return [promise for promise, is_broken in PROMISES.items() if is_broken(case)]
