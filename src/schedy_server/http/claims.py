"""Handlers for workers: claim a job, report, finish, give a sign of life."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import conditions, shapes, wire
from schedy_server.http.calls import (
    body_of,
    core_of,
    is_long,
    read,
    segment,
    understood,
    was_known,
    write,
)
from schedy_server.http.jobs import accepted, count
from schedy_server.model.errors import Unauthenticated
from schedy_server.service import claims
from schedy_server.service.context import Context
from schedy_server.service.jobs import Wish
from schedy_server.service.pressure import Work
from schedy_server.service.unsigned import keep_unsigned


async def claim(request: Request) -> Response:
    """Hand out a job to work on.

    It is the first of the queue, else one that the scheduler proposes. If there is neither, the
    answer is held back for `wait` seconds at most, until there is. The same `claim_id` again gets
    the same job again, so a claim whose answer was lost may be repeated.
    """
    name = segment(request, "experiment")
    asked = wire.read_shape(await body_of(request), shapes.ClaimRequest)
    worker, began = wire.storable("worker", asked.worker), time.monotonic()

    def work(context: Context) -> claims.Claimed:
        left = asked.time_left
        return claims.claim(
            context,
            experiment_name=name,
            claim_id=asked.claim_id,
            worker=worker,
            # Whoever waits for a job has less and less time for it.
            time_left=None if left is None else left - (time.monotonic() - began),
        )

    claimed = await write(request, work)
    if claimed.handed is None and asked.wait:
        claimed = await _wait(request, work, claimed, asked.wait)
    if claimed.handed is None:
        return Response(status_code=204)
    count(request, claimed.handed.job)
    return wire.job_response(name, claimed.handed)


async def report(request: Request) -> Response:
    """Store what a worker knows of its job so far.

    The same request again changes nothing more, so it may be repeated.
    """
    return await _progress(request, wire.report_wish)


async def finish(request: Request) -> Response:
    """Store how a worker's job ended.

    The same request again changes nothing more, so it may be repeated.
    """
    return await _progress(request, wire.finish_wish)


async def release(request: Request) -> Response:
    """Take a job back from its worker, whose machine is wanted for something else.

    It is first in line again, and counts as preempted. The same request again changes nothing
    more, so it may be repeated.
    """
    return await _progress(request, wire.release_wish)


async def heartbeat(request: Request) -> Response:
    """Note that a worker is alive, and tell it what to do about its job."""
    lease_id, resume = wire.sign_of_life(await body_of(request))
    heard = await read(
        request,
        partial(
            claims.heartbeat,
            experiment_name=segment(request, "experiment"),
            job_id=segment(request, "job"),
            lease_id=lease_id,
            resume=resume,
        ),
    )
    if heard.beat is not None:
        core_of(request).beats.note(heard.beat)
    answer = shapes.DirectiveAnswer(
        directive=heard.directive.value,
        reason=heard.reason,
        heartbeat_every=UNSET if heard.every is None else heard.every,
    )
    return wire.json_response(answer)


async def _progress(request: Request, understand: Callable[[bytes], tuple[str, Wish]]) -> Response:
    body = await body_of(request)
    lease_id, wish = await understood(body, understand)
    said = {
        "experiment_name": segment(request, "experiment"),
        "job_id": segment(request, "job"),
        "wish": wish,
        "lease_id": lease_id,
        "condition": conditions.required_condition(request),
    }
    try:
        outcome = await write(request, partial(claims.progress, **said), bulky=is_long(body))
    except Unauthenticated:
        # Whoever revokes a token means what comes; what was computed with it stays of worth.
        await was_known(request, partial(keep_unsigned, **said))
        raise
    tag = accepted(request, outcome).tag
    return wire.json_response(
        shapes.DirectiveAnswer(directive="continue"), headers={"ETag": tag.header}
    )


async def _wait(
    request: Request,
    work: Callable[[Context], claims.Claimed],
    claimed: claims.Claimed,
    seconds: float,
) -> claims.Claimed:
    core = core_of(request)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(seconds, core.settings.max_long_poll.total_seconds())
    with core.wakeups.waiting_for(claimed.experiment_key) as news:
        while True:
            news.clear()
            core.pressure.admit(Work.CLAIM)
            # Only now that news can't be missed is the answer "nothing" worth waiting on.
            claimed = await write(request, work)
            left = deadline - loop.time()
            if claimed.handed is not None or left <= 0 or core.wakeups.stopping:
                break
            await _news_or_timeout(news, min(left, core.storage.look_again))
            if await request.is_disconnected():
                break
    return claimed


async def _news_or_timeout(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
