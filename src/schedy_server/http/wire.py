"""JSON ↔ model, both directions side by side."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, summary_shapes
from schedy_server.http.calls import digest_of
from schedy_server.model import jsontext, limits
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Objective
from schedy_server.model.jobs import Job, Status
from schedy_server.model.payload import EMPTY, Payload
from schedy_server.model.tags import Tag
from schedy_server.model.words import Words
from schedy_server.service.experiments import KEEP, Keep, Settings
from schedy_server.service.jobs import Handed, Wish
from schedy_server.service.summaries import Summary
from schedy_server.service.words import Described

T = TypeVar("T")

encode = msgspec.json.Encoder().encode
_NULL = Raw(b"null")
_MOST_DIGITS = 9


def json_response(
    shape: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with a JSON body."""
    return Response(encode(shape), status, headers, media_type="application/json")


def read_shape(body: bytes, kind: type[T]) -> T:
    """Return a request's body as a value of its type.

    Raises:
        Invalid: It is not of that type; the message says where.
    """
    return _as_shape(jsontext.parse(body or b"{}"), kind)


def _as_shape(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Invalid(_plain(str(error))) from error
    except UnicodeEncodeError as error:
        raise Invalid("The JSON holds half of a surrogate pair where a word is wanted.") from error


def _plain(message: str) -> str:
    """Say in words what msgspec says with a path: "Expected `int`, got `str` - at `$.seed`"."""
    what, _, path = message.partition(" - at ")
    where = path.strip("`").removeprefix("$").removeprefix(".")
    sentence = what.replace("`", "'")
    return f"{where}: {sentence}." if where else f"{sentence}."


# Experiments


def experiment_settings(body: bytes) -> Settings:
    """Read what a user says of an experiment."""
    value = jsontext.parse(body or b"{}")
    if not isinstance(value, dict):
        raise Invalid("The body has to be a JSON object.")
    if "scheduler" not in value:
        raise Invalid('The experiment needs a scheduler, e.g. {"Manual": null}.')
    shape = _as_shape(value, shapes.ExperimentRequest)
    return Settings(
        status=shape.status,
        scheduler=shape.scheduler,
        objective=given_objective(shape.objective),
        seed=KEEP if isinstance(shape.seed, UnsetType) else shape.seed,
        limits=given_limits(shape.limits),
    )


def given_limits(given: dict[str, Any] | UnsetType) -> Mapping[str, Any]:
    """Return the limits that change; whether each can be is checked here, alone."""
    if isinstance(given, UnsetType):
        return {}
    try:
        msgspec.convert(given, limits.Limits)
    except msgspec.ValidationError as error:
        message = str(error)
        where = (
            message.replace("`$", "`$.limits") if "`$" in message else f"{message} - at `$.limits`"
        )
        raise Invalid(_plain(where)) from error
    return given


def given_objective(shape: shapes.ObjectiveShape | UnsetType | None) -> Objective | Keep | None:
    """Return the objective, if the request says something of it."""
    if isinstance(shape, UnsetType):
        return KEEP
    return None if shape is None else Objective(shape.result, shape.direction)


def experiment_answer(
    described: Described, summary: Summary | None = None
) -> shapes.ExperimentAnswer:
    """Return what a client sees of an experiment."""
    experiment, words = described.experiment, described.words
    objective = experiment.objective
    return shapes.ExperimentAnswer(
        name=experiment.name,
        status=experiment.status,
        scheduler=Raw(experiment.definition),
        objective=shapes.ObjectiveShape(objective.result, objective.direction)
        if objective
        else None,
        seed=experiment.seed,
        counts=dict(experiment.counts),
        created=experiment.created,
        modified=experiment.modified,
        limits=experiment.limits,
        tags=list(words.tags),
        note=words.note,
        summary=UNSET if summary is None else _summary_answer(summary),
    )


def _summary_answer(summary: Summary) -> summary_shapes.SummaryAnswer:
    best = summary.best
    return summary_shapes.SummaryAnswer(
        best=None
        if best is None
        else summary_shapes.BestAnswer(id=best.id, number=best.number, quality=best.quality),
        trend=list(summary.trend),
        per_hour=summary.per_hour,
        remaining=summary.remaining,
    )


# Jobs


def job_wish(body: bytes, kind: str) -> Wish:
    """Read what a user wants a whole job to be.

    Args:
        kind: What is asked of the job, so that equal bodies of other requests are no repeats.
    """
    return _wish(jsontext.parse_object(body or b"{}"), body, kind)


def put_wish(body: bytes) -> Wish:
    """Read what a user wants a job to be, and who starts it, if somebody does."""
    members = jsontext.parse_object(body or b"{}")
    said = {name: members.get(name) for name in ("claim_id", "worker")}
    start = _as_shape(_values(said), shapes.JobPut)
    wish = _wish(members, body, "put")
    return replace(wish, claim_id=start.claim_id, worker=storable("worker", start.worker))


def _wish(members: Mapping[str, Any], body: bytes, kind: str) -> Wish:
    return Wish(
        status=_status(members.get("status", Status.QUEUED)),
        hyperparameters=_payload(members, "hyperparameters") or EMPTY,
        results=_payload(members, "results") or EMPTY,
        body=body.decode(),
        digest=digest_of(kind, body),
    )


def batch_wishes(body: bytes) -> list[Wish]:
    """Read the jobs that a user wants to add."""
    members = jsontext.parse_object(body or b"{}", inside="jobs")
    shape = _as_shape(_values(members), shapes.BatchRequest)
    digest = digest_of("batch", body)
    sent: Any = members["jobs"]
    return [
        Wish(
            status=job.status,
            hyperparameters=_payload(each, "hyperparameters"),
            results=_payload(each, "results"),
            body="",
            digest=digest,
        )
        for job, each in zip(shape.jobs, sent, strict=True)
    ]


def report_wish(body: bytes) -> tuple[str, Wish]:
    """Read what a worker reports of its job: its lease, and the change."""
    members = jsontext.parse_object(body or b"{}")
    shape = _as_shape(_values(members), shapes.ReportRequest)
    wish = _progress(members, body, Status.RUNNING, "report")
    return lease(shape.lease_id), wish


def finish_wish(body: bytes) -> tuple[str, Wish]:
    """Read how a worker's job ended: its lease, and the change."""
    members = jsontext.parse_object(body or b"{}")
    shape = _as_shape(_values(members), shapes.FinishRequest)
    wish = _progress(members, body, Status(shape.status), "finish", shape.reason)
    return lease(shape.lease_id), wish


def release_wish(body: bytes) -> tuple[str, Wish]:
    """Read that a worker gives its job back: its lease, and the change."""
    members = jsontext.parse_object(body or b"{}")
    shape = _as_shape(_values(members), shapes.ReleaseRequest)
    wish = _progress(members, body, Status.QUEUED, "release", shape.reason, preempts=True)
    return lease(shape.lease_id), wish


def sign_of_life(body: bytes) -> tuple[str, str | None]:
    """Read a worker's sign of life: its lease, and what another worker could go on from."""
    members = jsontext.parse_object(body or b"{}")
    shape = _as_shape(_values(members), shapes.HeartbeatRequest)
    return lease(shape.lease_id), _any_json(members, "resume")


def lease(text: str) -> str:
    """Return the lease that a worker shows, as something to look up."""
    return storable("lease_id", text) or ""


def _progress(
    members: Mapping[str, Any],
    body: bytes,
    status: Status,
    kind: str,
    reason: str | None = None,
    *,
    preempts: bool = False,
) -> Wish:
    return Wish(
        status=status,
        hyperparameters=_payload(members, "hyperparameters"),
        results=_payload(members, "results"),
        body=body.decode(),
        digest=digest_of(kind, body),
        reason=storable("reason", reason),
        resume=_any_json(members, "resume"),
        preempts=preempts,
    )


def storable(where: str, text: str | None) -> str | None:
    """Return a text that both databases can keep.

    Raises:
        Invalid: It holds a NUL character or half of a surrogate pair.
    """
    if text is None:
        return None
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"{where}: NUL characters and halves of surrogate pairs can't be kept.")
    return text


def _values(members: Any) -> Any:
    """Return what was read without its text."""
    if isinstance(members, Payload):
        return members.value
    if isinstance(members, dict):
        return {name: _values(member) for name, member in members.items()}
    return [_values(member) for member in members] if isinstance(members, list) else members


def _status(value: Any) -> Status:
    if isinstance(value, str) and value in set(Status):
        return Status(value)
    raise Invalid(f"status: has to be one of {', '.join(Status)}.")


def _payload(members: Mapping[str, Any], name: str) -> Payload | None:
    member = members.get(name)
    if member is None or isinstance(member, Payload):
        return member
    raise Invalid(f"{name}: has to be a JSON object.")


def _any_json(members: Mapping[str, Any], name: str) -> str | None:
    member = members.get(name)
    if member is None:
        return None
    return member.text if isinstance(member, Payload) else json.dumps(_values(member))


def job_answer(
    experiment: str,
    job: Job,
    tag: Tag | None,
    *,
    words: Words | None = None,
    lease_ttl: float | None = None,
    silent_since: datetime | None = None,
) -> shapes.JobAnswer:
    """Return what a client sees of a job.

    Args:
        tag: None where the job can't be changed from the answer.
        words: What is written on it; None leaves them out.
        lease_ttl: Given to the worker that claimed the job; nobody else learns of its lease.
        silent_since: When its worker was last heard of, if that is suspiciously long ago.
    """
    has_lease = lease_ttl is not None and job.lease_id is not None
    return shapes.JobAnswer(
        id=job.id,
        experiment=experiment,
        status=job.status,
        hyperparameters=Raw(job.hyperparameters),
        results=Raw(job.results),
        number=job.number,
        attempt=job.attempt,
        quality=_NULL if job.quality is None else Raw(json.dumps(job.quality)),
        worker=job.worker,
        reason=job.reason,
        origin=_NULL if job.origin is None else Raw(job.origin),
        created=job.created,
        started=job.started,
        finished=job.finished,
        modified=job.modified,
        etag=tag.header if tag else UNSET,
        lease_id=job.lease_id if has_lease and job.lease_id else UNSET,
        lease_ttl=lease_ttl if has_lease and lease_ttl else UNSET,
        heartbeat_every=limits.heartbeat_every(lease_ttl) if has_lease and lease_ttl else UNSET,
        lost=job.lost,
        preempted=job.preempted,
        crashed=job.crashed,
        resume=UNSET if job.resume is None else Raw(job.resume),
        silent_since=UNSET if silent_since is None else silent_since,
        tags=UNSET if words is None else list(words.tags),
        note=UNSET if words is None else words.note,
    )


def job_response(experiment: str, handed: Handed, status: int = 200) -> Response:
    """Return a job with its tag."""
    answer = job_answer(
        experiment,
        handed.job,
        handed.tag,
        words=handed.words,
        lease_ttl=handed.lease_ttl,
        silent_since=handed.silent_since,
    )
    return json_response(answer, status, {"ETag": handed.tag.header})


# Query strings and page tokens


def query_number(request: Request, name: str, *, default: int, most: int) -> int:
    """Return a whole number from the query string."""
    text = request.query_params.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not (is_number and 1 <= int(text) <= most):
        raise Invalid(f"{name}: has to be a whole number from 1 to {most}.")
    return int(text)


def query_statuses(request: Request) -> tuple[Status, ...]:
    """Return the statuses that the query string asks for; all, if it names none."""
    names = request.query_params.getlist("status")
    return tuple(dict.fromkeys(map(_status, names))) if names else tuple(Status)


def page_token(position: Any) -> str | None:
    """Return a position in a list as opaque text."""
    if position is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def page_position(request: Request, check: Callable[[Any], T]) -> T | None:
    """Return the position after which the requested page starts; None for the first page.

    Args:
        check: Turns the decoded value into a position; raises ValueError or TypeError if it is
            none.
    """
    text = request.query_params.get("start")
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        return check(json.loads(base64.b64decode(padded, b"-_", validate=True)))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid("start: is no page token of this list.") from error
