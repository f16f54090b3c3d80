"""A handler for what people do to many jobs at once."""

from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import wire, word_shapes
from schedy_server.http.calls import body_of, core_of, idempotency_key, read, segment, write
from schedy_server.http.jobs import count
from schedy_server.model.errors import Invalid
from schedy_server.service import actions
from schedy_server.service.actions import AT_ONCE, Action, Tally
from schedy_server.service.filters import Filter
from schedy_server.service.repeats import Key


async def act(request: Request) -> Response:
    """Do something to many jobs: requeue, cancel, void, delete, tag or untag them.

    They are changed some hundreds at a time, so that workers need not wait; should the request
    break off, the rest is as it was. With an `Idempotency-Key` it can be sent again until an answer
    comes: what was done is not done again, and the jobs are those that the filter wanted at first.
    With `dry_run` nothing is done but counted.
    """
    body = await body_of(request)
    asked = wire.read_shape(body, word_shapes.ActionsRequest)
    action = Action(asked.action, asked.tag, wire.storable("reason", asked.reason))
    key = idempotency_key(request, "act", body)
    ids, action = await _chosen(request, asked, action)
    if asked.dry_run:
        tally = await _in_parts(request, ids, action, key=None, dry_run=True)
    else:
        if key is not None:
            name = segment(request, "experiment")
            settle = partial(actions.settle, experiment_name=name, ids=ids, key=key)
            ids = await write(request, settle, bulky=True)
        tally = await _in_parts(request, ids, action, key=key, dry_run=False)
    refused = [word_shapes.RefusalAnswer(id=each.id, reason=each.reason) for each in tally.refused]
    return wire.json_response(
        word_shapes.ActionsAnswer(
            matched=len(ids), changed=tally.changed, refused=refused, more=tally.unlisted > 0
        )
    )


async def _chosen(
    request: Request, asked: word_shapes.ActionsRequest, action: Action
) -> tuple[list[str], Action]:
    if (asked.ids is None) == (asked.filter is None):
        raise Invalid("Say which jobs: either their ids or a filter.")
    if asked.filter is None:
        return list(dict.fromkeys(asked.ids or ())), action
    wanted = Filter.parse(asked.filter)
    columns, name = core_of(request).columns, segment(request, "experiment")
    look = partial(actions.matching, experiment_name=name, columns=columns, wanted=wanted)
    return await read(request, look), replace(action, wanted=wanted)


async def _in_parts(
    request: Request, ids: list[str], action: Action, *, key: Key | None, dry_run: bool
) -> Tally:
    name = segment(request, "experiment")
    whole = Tally()
    for start in range(0, len(ids) or 1, AT_ONCE):  # at least one, to find the experiment missing
        some = ids[start : start + AT_ONCE]
        work = partial(actions.try_out, experiment_name=name, ids=some, action=action)
        if dry_run:
            part = await read(request, work)
        else:
            own = actions.part_of(key, start)
            work = partial(actions.act, experiment_name=name, ids=some, action=action, key=own)
            part = await write(request, work, bulky=True)
        for job in part.ended:
            count(request, job)
        whole.add(part)
    return whole
