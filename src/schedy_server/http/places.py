"""A handler for where a job stands among the others."""

import asyncio

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import wire
from schedy_server.http.calls import core_of, read, segment
from schedy_server.model.experiments import Experiment
from schedy_server.service.columns import Line, Lines
from schedy_server.service.context import Context
from schedy_server.service.jobs import no_such_job
from schedy_server.service.places import Place, place_of


class JobMark(Struct, kw_only=True):
    """A job, as far as one needs to find it.

    Attributes:
        quality: Null without a usable, finite result.
    """

    id: str
    number: int
    status: str
    quality: float | None


class NeighbourAnswer(Struct, kw_only=True):
    """A job with similar hyperparameters.

    Attributes:
        distance: 0 for the same ones, 1 for the opposite in all of them.
    """

    job: JobMark
    distance: float


class PlaceAnswer(Struct, kw_only=True):
    """Where a job stands among the others.

    Attributes:
        rank: 1 for the best; null without a usable result.
        ranked: How many jobs have one.
        better: The job that is next better; null for the best.
        worse: The job that is next worse.
        percentiles: For each hyperparameter that is a number, the share of jobs that have less.
        neighbours: The nearest first.
        compared: Among how many jobs they were looked for.
        parent: The job that it goes on from.
        children: The jobs that went on from it; a hundred at most.
    """

    revision: int
    jobs: int
    rank: int | None
    ranked: int
    best: JobMark | None
    better: JobMark | None
    worse: JobMark | None
    percentiles: dict[str, float]
    neighbours: list[NeighbourAnswer]
    compared: int
    parent: JobMark | None
    children: list[JobMark]


async def show_place(request: Request) -> Response:
    """Tell where a job stands among the others: its rank, its neighbours, its family."""
    name, job_id = segment(request, "experiment"), segment(request, "job")
    columns = core_of(request).columns

    def look(context: Context) -> tuple[Experiment, Lines, Line]:
        experiment = context.experiment(name)
        job = context.ledger.jobs.find(experiment.key, job_id)
        lines = columns.lines(context, experiment)
        line = None if job is None else lines.table.line(job.number)
        if line is None:
            raise no_such_job(experiment, job_id)
        return experiment, lines, line

    experiment, lines, line = await read(request, look)
    place = await asyncio.to_thread(place_of, lines, experiment, line)
    return wire.json_response(_answer(experiment, len(lines), place))


def _answer(experiment: Experiment, jobs: int, place: Place) -> PlaceAnswer:
    return PlaceAnswer(
        revision=experiment.revision,
        jobs=jobs,
        rank=place.rank,
        ranked=place.ranked,
        best=_mark(place.best),
        better=_mark(place.better),
        worse=_mark(place.worse),
        percentiles=dict(place.percentiles),
        neighbours=[
            NeighbourAnswer(job=_there(each.line), distance=each.distance)
            for each in place.neighbours
        ],
        compared=place.compared,
        parent=_mark(place.parent),
        children=[_there(each) for each in place.children],
    )


def _mark(line: Line | None) -> JobMark | None:
    return None if line is None else _there(line)


def _there(line: Line) -> JobMark:
    return JobMark(id=line.id, number=line.number, status=line.status, quality=line.quality)
