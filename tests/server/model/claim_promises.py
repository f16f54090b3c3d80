"""What workers may rely on, whatever the network does."""

from collections.abc import Callable
from typing import NamedTuple

from schedy_server.model.jobs import Status
from schedy_server.model.tags import identity
from tests.server.model.claim_world import Message, Move, Stage, World, attempt_of


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
    return refused and case.is_owner_s and attempt_of(case.before.job) == case.told_attempt


def _strands_a_job(case: Case) -> bool:
    ran = case.is_owner_s and case.before.job.status is Status.RUNNING
    return case.is_told(Stage.CRASH, accepted=False) and ran


def _changes_another_job(case: Case) -> bool:
    return case.has_changed and case.message.tag.job != identity(case.before.job)


def _serves_a_stranger(case: Case) -> bool:
    return case.move.by_stranger and (case.has_changed or case.move.accepted)


def _adopts_what_nobody_wants(case: Case) -> bool:
    was_over = case.before.job.status.is_final
    ends_well = case.after.job.status.is_final and case.after.job.status is not Status.CRASHED
    return case.move.adopted and (was_over or not ends_well)


def _leaves_two_running(case: Case) -> bool:
    running = [n for n, state in enumerate(case.after.attempts, 1) if state == "RUNNING"]
    expected = [case.after.job.attempt] if case.after.job.status is Status.RUNNING else []
    return running != expected


def _starts_again(case: Case) -> bool:
    restarted = case.before.job.status.is_final and case.after.job.status is Status.RUNNING
    return restarted and case.has_changed


def _lets_a_stranger_in(case: Case) -> bool:
    is_other_s = case.before.owner is not None and not case.is_owner_s
    return case.has_changed and is_other_s and not case.move.adopted


PROMISES: dict[str, Callable[[Case], bool]] = {
    "one attempt has one owner": _has_two_owners,
    "who is told to own a job owns it": _lies_to_a_claimer,
    "a claim that was carried out is never refused": _refuses_a_claim_that_was_carried_out,
    "an owner is not refused because of its own writes": _refuses_an_owner,
    "no job runs on after its worker has ended": _strands_a_job,
    "a late request does not start a finished job again": _starts_again,
    "only the owner changes a running job": _lets_a_stranger_in,
    "a tag of a deleted job changes nothing": _changes_another_job,
    "a tag is of no use to another account": _serves_a_stranger,
    "only a welcome late result is adopted": _adopts_what_nobody_wants,
    "exactly the current attempt runs": _leaves_two_running,
}


def broken_promises(before: World, move: Move, after: World) -> list[str]:
    """Return the promises that a move has broken."""
    if move.message is None:
        return []
    case = Case(before, move, move.message, after)
    return [promise for promise, is_broken in PROMISES.items() if is_broken(case)]
