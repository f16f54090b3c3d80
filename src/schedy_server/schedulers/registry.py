"""From a definition, as a client sent it, to the scheduler that it defines.

Everything is checked here, once; afterwards a scheduler is valid. The message of a refusal says
where in the definition the fault is.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from schedy.pbt import Explore, Resample, exploit_from_wire, explore_from_wire
from schedy.plain import wrong
from schedy.random import Distribution, from_wire
from schedy.tagged import at, fields, inside, unknown, untag
from schedy_server.model.errors import Invalid
from schedy_server.model.experiments import Direction, Objective
from schedy_server.schedulers.manual import Manual
from schedy_server.schedulers.pbt import PBT
from schedy_server.schedulers.protocol import Scheduler
from schedy_server.schedulers.random_search import RandomSearch

T = TypeVar("T")

WHERE = "scheduler"


def parse(wire: object) -> Scheduler:
    """Return the scheduler that a definition, `{name: parameters}`, defines.

    Raises:
        Invalid: It defines none; the message says where and why.
    """
    try:
        name, parameters = untag(wire, what="scheduler", known=PARSERS)
    except ValueError as error:
        raise Invalid(f"{WHERE}: {error}") from None
    try:
        return PARSERS[name](parameters, inside(WHERE, name))
    except ValueError as error:
        raise Invalid(str(error)) from None


def manual(parameters: object, where: str) -> Manual:
    """Read the parameters of a manual search: null, and nothing else."""
    if parameters is not None:
        raise wrong(f"{where}: the parameters", "null", parameters)
    return Manual()


def random_search(parameters: object, where: str) -> RandomSearch:
    """Read the parameters of a random search: a distribution for each hyperparameter."""
    if parameters is None:
        raise wrong(f"{where}: the parameters", "an object ({} for none)", parameters)
    return RandomSearch(each(parameters, from_wire, where))


def population_based_training(parameters: object, where: str) -> PBT:
    """Read the parameters of a population-based training."""
    try:
        given = fields(parameters, required=REQUIRED, optional=OPTIONAL)
    except ValueError as error:
        raise at(where, error) from None
    init = each(given.get("init"), from_wire, inside(where, "init"))
    explore = each(given.get("explore"), explore_from_wire, inside(where, "explore"))
    check_resampled(explore, init, inside(where, "explore"))
    return PBT(
        objective=objective(given, where),
        exploit=exploit_from_wire(given["exploit"], inside(where, "exploit")),
        explore=explore,
        init=init,
        population_size=count(given, "numParallel", where),
        max_generations=limit(given, where),
    )


PARSERS: Mapping[str, Callable[[object, str], Scheduler]] = {
    Manual.NAME: manual,
    RandomSearch.NAME: random_search,
    PBT.NAME: population_based_training,
}

REQUIRED = ["objective", "qualityResultName", "exploit"]
# The client of 2018 writes maxGenerations and reads max_generations: either will do.
LIMITS = ["maxGenerations", "max_generations"]
OPTIONAL = ["explore", "init", "numParallel", *LIMITS]


def each(wire: object, parse_one: Callable[[object, str], T], where: str) -> dict[str, T]:
    """Read something for each hyperparameter; null stands for nothing."""
    if wire is None:
        return {}
    if not isinstance(wire, Mapping):
        raise wrong(f"{where}: the hyperparameters", "an object ({} for none)", wire)
    return {name: parse_one(content, inside(where, name)) for name, content in wire.items()}


def objective(given: Mapping[str, Any], where: str) -> Objective:
    """Read which result is optimised, and in which direction."""
    result, direction = given["qualityResultName"], given["objective"]
    if not isinstance(result, str):
        raise wrong(inside(where, "qualityResultName"), "text", result)
    if direction not in list(Direction):
        known = [each.value for each in Direction]
        raise ValueError(f"{where}: {unknown(direction, what='objective', known=known)}")
    return Objective(result, Direction(direction))


def limit(given: Mapping[str, Any], where: str) -> int | None:
    """Read the number of generations, under either of its names."""
    limits = {count(given, name, where) for name in LIMITS if given.get(name) is not None}
    if len(limits) > 1:
        raise ValueError(f"{where}: {' and '.join(LIMITS)} differ, give one of them")
    return next(iter(limits), None)


def count(given: Mapping[str, Any], name: str, where: str) -> int | None:
    """Read a number of things; none, null and 0 all mean that there is no such number."""
    number = given.get(name)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise wrong(inside(where, name), "a whole number, 0 or more", number)
    return number or None


def check_resampled(
    explore: Mapping[str, Explore], init: Mapping[str, Distribution], where: str
) -> None:
    """Refuse to sample anew where nothing says from what."""
    for name, strategy in explore.items():
        if isinstance(strategy, Resample) and name not in init:
            place = inside(inside(where, name), Resample.KIND)
            raise ValueError(f"{place}: needs a distribution of that name in init")
