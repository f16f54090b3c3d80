"""Handlers for what the results say: which hyperparameters matter, which jobs are the best.

An answer depends on the experiment's revision and on what was asked: it is worked out once.
"""

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable, Hashable
from functools import partial

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http import wire
from schedy_server.http.calls import core_of, read, segment
from schedy_server.http.packing import packed
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction
from schedy_server.service import models
from schedy_server.service.columns import select
from schedy_server.service.context import Context
from schedy_server.service.filters import Filter
from schedy_server.service.fronts import Goal, pareto
from schedy_server.service.learning_curves import curves
from schedy_server.service.standings import distribution, progress
from schedy_server.service.usable import Subject

_GRID, _LARGEST_GRID = 32, 64
_LINES, _MOST_LINES = 2_000, 5_000
# Names may hold commas and colons, too: one ends where its direction does.
_OBJECTIVE = re.compile(r"(?P<field>.+?):(?P<direction>min|max)(?:,|$)", re.DOTALL)
_EXAMPLES = {"x": "learning_rate", "y": "layers", "result": "losses"}

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
    """Tell what becomes of a result as two hyperparameters change.

    By partial dependence of a random forest, whatever the other hyperparameters are. Where its
    trees differ, little is known. Targets that lie far out count as what lies just in.
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


async def show_pareto(request: Request) -> Response:
    """Tell which jobs nothing surpasses in two or three objectives at once.

    And the hypervolume, which is how much room they leave behind them, wherever it grew. The corner
    up to which it is measured is the worst value of each objective, outliers left aside.
    """
    goals = _goals(request)
    return await _json(
        request,
        ("pareto", tuple(goals)),
        partial(pareto, core_of(request).calculator, goals=goals),
    )


async def show_progress(request: Request) -> Response:
    """Tell which jobs were better than all that had ended before them."""
    return await _json(request, ("progress",), _beside(progress))


async def show_distribution(request: Request) -> Response:
    """Tell which share of the jobs has a value up to which."""
    target = _target(request)
    work = _beside(partial(distribution, target=target))
    return await _json(request, ("distribution", target), work)


async def show_curves(request: Request) -> Response:
    """Return the curves of many jobs: a result that is a list of numbers.

    The body is the length of a header (32 bits, little-endian), the header in JSON, and one curve
    after the other as 32-bit floats. The header tells `revision`, `jobs`, `used` and `note` as
    every analysis does; `points` and `n`, how many points a curve has and how many curves there
    are; `steps`, which places in the lists these are; `bands`, the percentiles 5, 25, 50, 75 and 95
    at each point; and `lines`, the numbers of the jobs, the best one last. A list of more than 200
    numbers is thinned, and a curve that ended earlier goes on with NaN.
    """
    result = _named(request, "result")
    most = wire.query_number(request, "lines", default=_LINES, most=_MOST_LINES)
    calculator = core_of(request).calculator

    async def find(subject: Subject) -> bytes:
        found = await curves(calculator, subject, result, most=most)
        header: bytes = wire.encode(found.header)
        header += b" " * (-len(header) % 4)
        return len(header).to_bytes(4, "little") + header + found.values

    body = await _once(request, ("curves", result, most), find)
    return await packed(request, body, "application/octet-stream")


def _goals(request: Request) -> list[Goal]:
    named = map(_goals_in, request.query_params.getlist("objectives"))
    return list(itertools.chain.from_iterable(named))


def _goals_in(text: str) -> list[Goal]:
    goals, at = [], 0
    while at < len(text):
        match = _OBJECTIVE.match(text, at)
        if match is None:
            raise Invalid(
                f"objectives: {text[at:]!r} lacks a direction; say it as in "
                "results.loss:min,results.accuracy:max."
            )
        goals.append(Goal(match["field"], Direction(match["direction"])))
        at = match.end()
    return goals


def _named(request: Request, parameter: str) -> str:
    name = request.query_params.get(parameter)
    if not name:
        raise Invalid(f"{parameter}: say which one, such as {parameter}={_EXAMPLES[parameter]}.")
    return name


def _target(request: Request) -> str:
    return request.query_params.get("target", "quality")


def _beside(work: Callable[[Subject], Struct]) -> Work:
    """Return what does so beside the event loop."""

    async def run(subject: Subject) -> Struct:
        return await asyncio.to_thread(work, subject)

    return run


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
