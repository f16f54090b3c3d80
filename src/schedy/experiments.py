"""The kinds of experiment there are: each says how the hyperparameters of a job are chosen."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar

from schedy import errors, pbt, random
from schedy.connection import Connection
from schedy.experiment import Experiment
from schedy.pbt import Exploit, Explore
from schedy.random import Distribution
from schedy.tagged import fields

__all__ = [
    "Experiment",
    "ManualSearch",
    "PopulationBasedTraining",
    "RandomSearch",
    "experiment_from_wire",
]

T = TypeVar("T")


class ManualSearch(Experiment):
    """Runs the jobs that you add, first in, first out.

    Args:
        minimize: The result to be minimized, if there is one to optimise.
        maximize: Or the result to be maximized.
    """

    KIND: ClassVar[str] = "Manual"

    @property
    def scheduler(self) -> Mapping[str, Any]:
        """What chooses hyperparameters, in the form that travels."""
        return {self.KIND: None}

    @classmethod
    def from_parameters(cls, name: str, parameters: Any) -> Self:
        """Read the scheduler's parameters.

        Raises:
            ValueError: They are none.
        """
        if parameters is not None:
            raise ValueError("a manual search has no parameters")
        return cls(name)


class RandomSearch(Experiment):
    """Draws each hyperparameter at random, whenever no job is queued.

    Args:
        distributions: What to draw each hyperparameter from; see `schedy.random`.
        minimize: The result to be minimized, if there is one to optimise.
        maximize: Or the result to be maximized.
        seed: Makes the draws repeatable.
    """

    KIND: ClassVar[str] = "RandomSearch"

    def __init__(
        self,
        name: str,
        distributions: Mapping[str, Distribution],
        status: str = Experiment.RUNNING,
        *,
        minimize: str | None = None,
        maximize: str | None = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(name, status, minimize=minimize, maximize=maximize, seed=seed)
        self.distributions = dict(distributions)

    @property
    def scheduler(self) -> Mapping[str, Any]:
        """What chooses hyperparameters, in the form that travels."""
        return {self.KIND: _to_wire(self.distributions, "distributions")}

    @classmethod
    def from_parameters(cls, name: str, parameters: Any) -> Self:
        """Read the scheduler's parameters.

        Raises:
            ValueError: This client does not understand them.
        """
        return cls(name, _read(parameters, random.from_wire))

    def _shown(self) -> dict[str, Any]:
        return {"distributions": self.distributions}


class PopulationBasedTraining(Experiment):
    """Trains a population whose worst members copy the best, and vary what they copied.

    Add the initial jobs yourself, or give both `initial_distributions` and `population_size`.

    Args:
        objective: `schedy.pbt.MINIMIZE` or `MAXIMIZE`.
        result_name: The result to optimise; each job has to report it.
        exploit: How to choose whom to copy.
        explore: How to vary each hyperparameter; those not named are copied as they are.
        initial_distributions: What to draw the hyperparameters of the first jobs from.
        population_size: How many members there are.
        max_generations: How many jobs each member has, before the experiment is DONE.
        seed: Makes the choices repeatable.
    """

    KIND: ClassVar[str] = "PBT"

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of 2018
        self,
        name: str,
        objective: str,
        result_name: str,
        exploit: Exploit,
        explore: Mapping[str, Explore] = {},
        initial_distributions: Mapping[str, Distribution] = {},
        population_size: int | None = None,
        status: str = Experiment.RUNNING,
        max_generations: int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(name, status, seed=seed)
        self.objective = objective
        self.result_name = result_name
        self.exploit = exploit
        self.explore = dict(explore)
        self.initial_distributions = dict(initial_distributions)
        self.population_size = population_size
        self.max_generations = max_generations

    @property
    def scheduler(self) -> Mapping[str, Any]:
        """What chooses hyperparameters, in the form that travels."""
        optional = {
            "explore": _to_wire(self.explore, "explore"),
            "init": _to_wire(self.initial_distributions, "initial_distributions"),
            "numParallel": self.population_size,
            "maxGenerations": self.max_generations,
        }
        return {
            self.KIND: {
                "objective": self.objective,
                "qualityResultName": self.result_name,
                "exploit": _wire_of(self.exploit, "exploit", "schedy.pbt"),
                **{name: content for name, content in optional.items() if content},
            }
        }

    @classmethod
    def from_parameters(cls, name: str, parameters: Any) -> Self:
        """Read the scheduler's parameters.

        Raises:
            ValueError: This client does not understand them.
        """
        given = fields(
            parameters,
            required=["objective", "qualityResultName", "exploit"],
            optional=["explore", "init", "numParallel", "maxGenerations", "max_generations"],
        )
        return cls(
            name,
            objective=given["objective"],
            result_name=given["qualityResultName"],
            exploit=pbt.exploit_from_wire(given["exploit"]),
            explore=_read(given.get("explore") or {}, pbt.explore_from_wire),
            initial_distributions=_read(given.get("init") or {}, random.from_wire),
            population_size=given.get("numParallel"),
            max_generations=given.get("maxGenerations") or given.get("max_generations"),
        )

    def _shown(self) -> dict[str, Any]:
        names = ("objective", "result_name", "exploit", "explore", "initial_distributions")
        sizes = ("population_size", "max_generations")
        return {name: getattr(self, name) for name in names + sizes}


_Kind = type[ManualSearch] | type[RandomSearch] | type[PopulationBasedTraining]

KINDS: Mapping[str, _Kind] = {
    kind.KIND: kind for kind in (ManualSearch, RandomSearch, PopulationBasedTraining)
}


def experiment_from_wire(connection: Connection, wire: Any) -> Experiment:
    """Return the experiment that stands in an answer of the server.

    One with a scheduler that this client does not understand becomes a plain `Experiment`, so
    that newer clients and older ones can share a server.

    Raises:
        UnhandledResponseError: It is no experiment.
    """
    name, scheduler = _name_and_scheduler(wire)
    [(kind, parameters)] = scheduler.items()
    try:
        experiment: Experiment = KINDS[kind].from_parameters(name, parameters)
    except (KeyError, ValueError):
        experiment = Experiment.unknown(name, scheduler)
    experiment.learn(connection, wire)
    return experiment


def _name_and_scheduler(wire: Any) -> tuple[str, Mapping[str, Any]]:
    name = wire.get("name") if isinstance(wire, Mapping) else None
    scheduler = wire.get("scheduler") if isinstance(wire, Mapping) else None
    if not isinstance(name, str) or not isinstance(scheduler, Mapping) or len(scheduler) != 1:
        raise errors.UnhandledResponseError("The answer is no experiment.", None)
    return name, scheduler


def _to_wire(values: Mapping[str, Distribution | Explore], where: str) -> dict[str, Any]:
    module = "schedy.pbt" if where == "explore" else "schedy.random"
    return {name: _wire_of(value, f"{where}[{name!r}]", module) for name, value in values.items()}


def _wire_of(value: Distribution | Explore | Exploit, where: str, module: str) -> dict[str, Any]:
    # Whoever checks no types finds out here, and not by an obscure error.
    if not hasattr(value, "to_wire"):
        raise TypeError(f"{where} has to be something of {module}, not {value!r}")
    return value.to_wire()


def _read(wire: Any, value_from_wire: Callable[[Any], T]) -> dict[str, T]:
    if not isinstance(wire, Mapping):
        raise ValueError("this has to be an object")  # noqa: TRY004 - the server sent it
    return {name: value_from_wire(each) for name, each in wire.items()}
