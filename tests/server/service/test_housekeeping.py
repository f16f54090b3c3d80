"""What is of no more use to anybody is forgotten; what may still be asked for is not."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from schedy_server.model.accounts import CredentialKind, Failures
from schedy_server.model.jobs import RefusedBody, Status
from schedy_server.service import jobs, throttle
from schedy_server.service.accounts import open_session
from schedy_server.service.housekeeping import Housekeeping, Retention
from schedy_server.service.repeats import Key
from schedy_server.service.throttle import Suspect
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.storage import Storage
from tests.server.desk import NAME, Desk, wish
from tests.server.doorkeeping import NOON, Door
from tests.waiting import wait_until

KEY = Key("k", b"digest")
SOMEBODY = Suspect(CredentialKind.SIGN_IN, "eve@lab.org", "192.0.2.1")


async def after(desk: Desk, *, up: bool = True, **units: float) -> None:
    desk.advance(**units)
    if up:
        pass_time(desk.storage, timedelta(**units))
    await Housekeeping(desk.storage, lambda: desk.now).tidy()


def pass_time(storage: Storage, time: timedelta) -> None:
    """Let the server have been up for so long."""
    later = time // timedelta(microseconds=1)
    storage.write_now(lambda ledger: ledger.leases.advance(ledger.leases.time() + later))


def failures(desk: Desk) -> Failures | None:
    return desk.look(lambda ledger: ledger.accounts.failures(SOMEBODY.account))


async def test_a_request_may_be_repeated_for_a_week(desk: Desk) -> None:
    desk.experiment()
    first = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id
    await after(desk, days=6, hours=23)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id == first
    await after(desk, hours=2)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id != first


async def test_results_that_could_not_be_applied_are_kept_for_a_month(desk: Desk) -> None:
    experiment = desk.experiment()
    job = desk.add().job
    refused = RefusedBody(experiment.key, job.id, None, '{"results": {"x": 1}}', "too late")
    desk.storage.write_now(lambda ledger: ledger.jobs.quarantine(refused, desk.ana, desk.now))
    for days, count in ((29, 1), (2, 0)):
        await after(desk, days=days)
        assert len(desk.look(lambda ledger: ledger.jobs.refused(experiment.key, job.id))) == count


async def test_a_clock_that_is_put_forward_makes_nothing_old(desk: Desk) -> None:
    desk.experiment()
    await after(desk, hours=1)
    first = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id
    await after(desk, days=400, up=False)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id == first
    for _ in range(4):
        pass_time(desk.storage, timedelta(hours=20))
        await after(desk, hours=0)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id == first
    pass_time(desk.storage, timedelta(hours=8))
    await after(desk, hours=0)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id != first


async def test_a_clock_that_is_put_back_makes_nothing_new(desk: Desk) -> None:
    desk.experiment()
    await after(desk, hours=1)
    await after(desk, days=-300, up=False)
    first = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id
    await after(desk, days=8)
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id != first


async def test_an_operator_says_how_long_things_are_kept(desk: Desk) -> None:
    desk.experiment()
    first = desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id
    short = Retention(answers=timedelta(hours=1))
    desk.advance(hours=2)
    await Housekeeping(desk.storage, lambda: desk.now, short).tidy()
    assert desk.do(jobs.add, NAME, wish(Status.QUEUED), key=KEY).job.id != first


async def test_jobs_and_their_history_are_kept_for_ever(desk: Desk) -> None:
    desk.experiment()
    job = desk.add(Status.DONE).job
    gone = desk.add().job
    desk.do(jobs.delete, NAME, gone.id, must_exist=True)
    await after(desk, days=10_000)
    assert desk.look(lambda ledger: ledger.jobs.write_at_version(job, 1))
    assert desk.look(lambda ledger: ledger.jobs.deleted_since(job.experiment_key, 0)) == [2]


async def test_failed_sign_ins_are_forgotten_after_an_hour(desk: Desk) -> None:
    desk.storage.write_now(lambda ledger: throttle.count_failure(ledger, SOMEBODY, desk.now))
    await after(desk, minutes=59)
    assert failures(desk)
    await after(desk, minutes=2)
    assert failures(desk) is None


async def test_a_session_is_forgotten_when_it_has_ended(door: Door) -> None:
    def enter(ledger: Ledger) -> str:
        token = open_session(ledger, door.keys, door.ana, NOON).text
        return door.keys.read(ledger, token, NOON).credential_id

    session = door.storage.write_now(enter)
    for hours, is_there in ((25, True), (27, False)):
        pass_time(door.storage, timedelta(hours=hours))
        await Housekeeping(door.storage, lambda h=hours: NOON + timedelta(hours=h)).tidy()  # type: ignore[misc]
        found = door.storage.read_now(lambda ledger: ledger.accounts.credential(session))
        assert (found is not None) == is_there


async def test_it_begins_when_the_server_starts(desk: Desk) -> None:
    desk.storage.write_now(lambda ledger: throttle.count_failure(ledger, SOMEBODY, desk.now))
    desk.advance(days=1)
    task = asyncio.create_task(Housekeeping(desk.storage, lambda: desk.now).run())
    await asyncio.to_thread(wait_until, lambda: not failures(desk))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
