"""Many requests in one commit see each other's changes, and none of those that failed."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Unauthenticated
from schedy_server.model.jobs import Status
from schedy_server.service import accounts, credentials, experiments, jobs
from schedy_server.service.context import Context
from schedy_server.storage.ledger import Ledger
from tests.server.desk import NAME, Desk, wish
from tests.server.doorkeeping import Door


def test_numbers_and_counters_go_on_from_request_to_request(desk: Desk) -> None:
    desk.experiment()
    numbers = together(desk, *[add] * 5)
    assert numbers == [1, 2, 3, 4, 5]
    assert desk.counts() == {Status.QUEUED: 5}


def test_what_failed_after_it_wrote_leaves_no_trace(desk: Desk) -> None:
    desk.experiment()
    assert together(desk, add, add_and_fail, add) == [1, "failed", 2]
    assert desk.counts() == {Status.QUEUED: 2}


def test_a_deleted_experiment_is_gone_for_the_next_request(desk: Desk) -> None:
    desk.experiment()

    def delete(context: Context) -> None:
        experiments.delete(context, NAME, must_exist=True)

    assert together(desk, add, delete, add) == [1, None, f"There is no experiment '{NAME}'."]


def test_listed_counters_are_those_of_the_request_before(desk: Desk) -> None:
    desk.experiment()

    def count(context: Context) -> int:
        found, _ = experiments.page(context, limit=10)
        return found[0].counts[Status.QUEUED]

    assert together(desk, add, count, add, count) == [1, 1, 2, 2]


def test_a_token_revoked_a_request_ago_is_refused(door: Door) -> None:
    token = door.new_token()

    def revoke(ledger: Ledger) -> None:
        use(ledger)
        credentials.revoke(ledger, token.credential.id, now=door.clock(), actor="test")
        use(ledger)

    def use(ledger: Ledger) -> None:
        accounts.authenticate(
            ledger, door.keys, token.text, need=Scope.READ, now=door.clock(), request_id=None
        )

    with pytest.raises(Unauthenticated):
        door.storage.write_now(revoke)


def add(context: Context) -> int:
    return jobs.add(context, NAME, wish(Status.QUEUED)).job.number


def add_and_fail(context: Context) -> int:
    add(context)
    raise RuntimeError("failed")


def together(desk: Desk, *requests: Callable[[Context], object]) -> list[object]:
    """Have several requests arrive while the event loop is busy: they share a commit."""

    def answer(request: Callable[[Context], object], ledger: Ledger) -> object:
        return request(Context(ledger, desk.ana, desk.now))

    async def arrive() -> list[object]:
        return await asyncio.gather(
            *(desk.storage.write(partial(answer, request)) for request in requests),
            return_exceptions=True,
        )

    outcomes = asyncio.run(arrive())
    return [str(each) if isinstance(each, Exception) else each for each in outcomes]
