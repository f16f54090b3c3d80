"""The rules hold in every way in which two workers, one job and a bad network can meet.

And the search is worth something: each rule that is left out is missed.
"""

from dataclasses import replace

import pytest

from schedy_server.model.jobs import Job
from schedy_server.model.limits import OnLate
from schedy_server.model.transitions import (
    Asked,
    Change,
    Circumstances,
    Memory,
    Refused,
    Replayed,
    Step,
    is_current,
    step,
)
from tests.server.model.claim_model import EPOCH, Findings, Limits, Rules, search

Outcome = Step | Replayed | Refused
REFUSED = Refused("")


def test_no_promise_can_be_broken() -> None:
    assert_all_kept(search(limits=Limits(retries=1)), states=9_000)


@pytest.mark.parametrize(
    ("limits", "states"),
    [
        (Limits(retries=0, expiries=1, strangers=True), 2_000),
        (Limits(retries=0, expiries=1, on_late=OnLate.KEEP), 2_000),
        (Limits(retries=0, requeues=1, expiries=1), 5_000),
        (Limits(retries=0, deletions=1, strangers=True), 2_000),
    ],
    ids=["lost", "lost, and kept", "lost and taken away", "deleted"],
)
def test_no_promise_can_be_broken_by_what_befalls_a_job(limits: Limits, states: int) -> None:
    assert_all_kept(search(limits=limits), states=states)


@pytest.mark.long
@pytest.mark.parametrize(
    ("limits", "states"),
    [(Limits(retries=2), 90_000), (Limits(retries=1, requeues=1), 200_000)],
    ids=["many retries", "taken away"],
)
def test_no_promise_can_be_broken_when_things_get_worse(limits: Limits, states: int) -> None:
    assert_all_kept(search(limits=limits), states=states)


@pytest.mark.long
@pytest.mark.parametrize(
    "limits",
    [
        Limits(retries=1, expiries=1, requeues=1, strangers=True),
        Limits(retries=1, expiries=2, on_late=OnLate.KEEP),
        Limits(retries=1, deletions=1, expiries=1),
    ],
    ids=["lost and taken away", "lost twice", "deleted and lost"],
)
def test_no_promise_is_broken_in_half_a_million_states(limits: Limits) -> None:
    findings = search(limits=limits, most=500_000)
    assert findings.broken == {}
    assert findings.is_complete or findings.states >= 500_000


def assert_all_kept(findings: Findings, *, states: int) -> None:
    assert findings.broken == {}
    assert findings.is_complete
    assert findings.states >= states


# Rules that are not good enough -------------------------------------------------------------------


def strict(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """Whoever is not up to date is refused."""
    return step(job, change, asked, memory, around) if is_current(job, asked, EPOCH) else REFUSED


def naive(job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances) -> Outcome:
    """Who sends again what was applied last has repeated it."""
    latest = memory.latest
    if latest is not None and latest.digest == asked.digest and not is_current(job, asked, EPOCH):
        return Replayed(latest.version)
    return strict(job, change, asked, memory, around)


def without_a_look_at_the_attempt(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """A repeat is a repeat, whoever owns the job by now."""
    outcome = step(job, change, asked, memory, around)
    earlier = memory.with_tag
    if isinstance(outcome, Refused) and earlier is not None and earlier.digest == asked.digest:
        return Replayed(earlier.version)
    return outcome


def without_an_end_for_the_unheard(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """An owner that never heard of its last write must not end the job."""
    outcome = step(job, change, asked, memory, around)
    is_stale = isinstance(outcome, Step) and not is_current(job, asked, EPOCH)
    return REFUSED if is_stale else outcome


def without_repeats(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """Nothing is remembered of earlier writes."""
    return step(job, change, asked, Memory(), around)


def without_a_look_at_who_asks(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """A tag proves enough."""
    return step(job, change, replace(asked, account_key=1), memory, around)


def without_a_look_at_what_was_taken(
    job: Job, change: Change, asked: Asked, memory: Memory, around: Circumstances
) -> Outcome:
    """Late results are taken, but a start is confirmed whatever became of its attempt."""
    outcome = step(job, change, asked, memory, around)
    if isinstance(outcome, Step):
        return outcome
    return step(job, change, asked, replace(memory, taken=None), around)


STRANGER = "a tag is of no use to another account"
ONE_OWNER = "one attempt has one owner"
OWNS = "who is told to own a job owns it"
CLAIM = "a claim that was carried out is never refused"
OWN_WRITES = "an owner is not refused because of its own writes"
RUNS_ON = "no job runs on after its worker has ended"


@pytest.mark.parametrize(
    ("rules", "limits", "broken"),
    [
        (strict, Limits(), {CLAIM, OWN_WRITES, RUNS_ON}),
        (naive, Limits(), {ONE_OWNER, OWNS}),
        (without_repeats, Limits(), {CLAIM}),
        (without_an_end_for_the_unheard, Limits(), {RUNS_ON}),
        (without_a_look_at_the_attempt, Limits(requeues=1), {OWNS}),
        (step, Limits(has_nonces=False), {ONE_OWNER, OWNS}),
        (without_a_look_at_who_asks, Limits(strangers=True), {STRANGER}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_less_would_not_do(rules: Rules, limits: Limits, broken: set[str]) -> None:
    assert broken <= set(search(rules, limits, most=6_000).broken)


def test_a_start_is_confirmed_only_if_the_attempt_was_not_taken_since() -> None:
    findings = search(without_a_look_at_what_was_taken, Limits(expiries=1), most=20_000)
    assert OWNS in findings.broken


def test_without_nonces_two_workers_own_a_job_though_nothing_was_lost() -> None:
    findings = search(limits=Limits(retries=0, has_nonces=False))
    assert findings.broken[ONE_OWNER] == [
        "0 looks",
        "0 sends claim",
        "1 looks",
        "1 sends claim",
        "claim of 0 is accepted",
        "claim of 1 is accepted",
    ]
