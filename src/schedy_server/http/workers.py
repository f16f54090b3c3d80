"""Handlers for workers as people see them: who works, and which machine gets no more jobs."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import shapes, wire
from schedy_server.http.calls import body_of, read, segment, write
from schedy_server.model.errors import Invalid
from schedy_server.model.workers import Record, Working, machine_of
from schedy_server.service import workers

_LONGEST_NAME = 200  # characters, as in claims


async def list_workers(request: Request) -> Response:
    """List the workers that run jobs, and the machines that had trouble lately."""
    experiment = request.query_params.get("experiment")
    recent = _flag(request, "recent")
    working, records = await read(
        request, partial(workers.overview, experiment=experiment, recent=recent)
    )
    if experiment is not None:
        machines = {machine_of(each.worker) for each in working}
        records = [each for each in records if each.machine in machines]
    return wire.json_response(shapes.WorkerList(items=_items(working, records)))


async def lift_worker(request: Request) -> Response:
    """Give a machine jobs again, with a clean record."""
    await write(request, partial(workers.lift, worker=_worker(request)))
    return Response(status_code=204)


async def quarantine_worker(request: Request) -> Response:
    """Give a machine no more jobs, until somebody lifts that.

    What its workers run now, they may finish.
    """
    worker = _worker(request)
    asked = wire.read_shape(await body_of(request), shapes.InterventionRequest)
    reason = wire.storable("reason", asked.reason)
    await write(request, partial(workers.quarantine, worker=worker, reason=reason))
    return Response(status_code=204)


def _items(working: list[Working], records: list[Record]) -> list[shapes.WorkerAnswer]:
    record_of = {record.machine: record for record in records}
    answers = [
        _answer(each.worker, each, record_of.get(machine_of(each.worker))) for each in working
    ]
    at_work = {machine_of(each.worker) for each in working}
    answers += [
        _answer(record.machine, None, record)
        for record in records
        if record.machine not in at_work and (record.quarantined or record.crashes_in_a_row)
    ]
    return sorted(answers, key=lambda answer: answer.worker)


def _answer(name: str, working: Working | None, record: Record | None) -> shapes.WorkerAnswer:
    running = working.running if working else ()
    return shapes.WorkerAnswer(
        worker=name,
        running=len(running),
        jobs=[
            shapes.RunningAnswer(experiment=each.experiment, job=each.job, started=each.started)
            for each in running
        ],
        seen=working.seen if working else None,
        done=working.done if working else 0,
        failed=working.failed if working else 0,
        busy=round(working.busy, 4) if working else None,
        crashes_in_a_row=record.crashes_in_a_row if record else 0,
        quarantined=record is not None and record.quarantined is not None,
        reason=record.reason if record else None,
        since=record.quarantined if record else None,
    )


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise Invalid(f"{name}: has to be true or false.")
    return text == "true"


def _worker(request: Request) -> str:
    name: str = segment(request, "worker")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"worker: names have {_LONGEST_NAME} characters at most.")
    return name
