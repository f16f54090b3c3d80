"""Handlers for what the results say: which hyperparameters matter, which jobs are the best.

An answer depends on the experiment's revision and on what was asked: it is worked out once.
"""

from collections.abc import Awaitable, Callable, Hashable
from functools import partial

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import wire
from schedy_server.http.calls import core_of, read, segment
from schedy_server.http.packing import packed
from schedy_server.model.errors import Invalid
from schedy_server.service import models
from schedy_server.service.columns import select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.service.usable import Subject

_GRID, _LARGEST_GRID = 32, 64

Work = Callable[[Subject], Awaitable[Struct]]


async def show_importance(request: Request) -> Response:
    """Tell how much each hyperparameter has to do with a result.

    By permutation importance on a cross-validated random forest: how much worse it tells the target
    of jobs that it has not seen once a hyperparameter is shuffled. The target counts by its rank.
    """
    target = _target(request)
    calculator = core_of(request).calculator
    return await _json(
        request, ("importance", target), partial(models.importance, calculator, target=target)
    )


async def show_surface(request: Request) -> Response:
    """Tell what becomes of a result as two hyperparameters change, whatever the others are.

    By partial dependence of a random forest; where its trees differ, little is known. Targets that
    lie far out count as what lies just in.
    """
    target = _target(request)
    x, y = _named(request, "x"), _named(request, "y")
    grid = wire.query_number(request, "grid", default=_GRID, most=_LARGEST_GRID)
    calculator = core_of(request).calculator
    return await _json(
        request,
        ("surface", target, x, y, grid),
        partial(models.surface, calculator, target=target, x=x, y=y, grid=grid),
    )


async def show_predictions(request: Request) -> Response:
    """Tell how far the model behind importance and surface can be trusted.

    Of each job, what a random forest says that has not seen it. Targets that lie far out count as
    what lies just in.
    """
    target = _target(request)
    calculator = core_of(request).calculator
    return await _json(
        request, ("predictions", target), partial(models.predictions, calculator, target=target)
    )


def _named(request: Request, parameter: str) -> str:
    name = request.query_params.get(parameter)
    if not name:
        raise Invalid(f"{parameter}: name a hyperparameter, such as {parameter}=learning_rate.")
    return name


def _target(request: Request) -> str:
    return request.query_params.get("target", "quality")


async def _json(request: Request, asked: Hashable, work: Work) -> Response:
    async def find(subject: Subject) -> bytes:
        answer: bytes = wire.encode(await work(subject))
        return answer

    return await packed(request, await _once(request, asked, find), "application/json")


async def _once(
    request: Request, asked: Hashable, find: Callable[[Subject], Awaitable[bytes]]
) -> bytes:
    """Return an answer that was found before if nothing has changed since."""
    subject = await _subject(request)
    experiment = subject.experiment
    question = (
        experiment.key,
        experiment.created,
        experiment.objective,
        experiment.revision,
        asked,
        subject.wanted,
    )
    return await core_of(request).findings.once(question, lambda: find(subject))


async def _subject(request: Request) -> Subject:
    name = segment(request, "experiment")
    wanted = Filter.parse(request.query_params.get("f", ""))
    columns = core_of(request).columns

    def look(context: Context) -> Subject:
        experiment = context.experiment(name)
        return Subject(experiment, select(columns.lines(context, experiment), wanted), wanted)

    return await read(request, look)
