"""Asks the server what the results say; what needs numpy is done there."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

from schedy.analyses import (
    Axis,
    Distribution,
    FieldImportance,
    Fit,
    Importance,
    Improvement,
    ParetoFront,
    ParetoJob,
    Prediction,
    Predictions,
    Progress,
    Surface,
)
from schedy.connection import Answer, Connection
from schedy.curves import Curves, members_in
from schedy.errors import UnhandledResponseError

__all__ = ["Analysed"]

T = TypeVar("T")

_ABOUT = ("revision", "jobs", "used", "note")


class Analysed(ABC):
    """Something with results to learn from.

    Which jobs an analysis looks at, `filter` says in the words of the dashboard, such as
    `"layers>2 optimizer=adam"`. Of these, those that are DONE count, unless the filter names a
    status.
    """

    @property
    @abstractmethod
    def connection(self) -> Connection:
        """The way to the server."""

    @property
    @abstractmethod
    def path(self) -> str:
        """Where it is, below the server's root."""

    def importance(self, target: str = "quality", *, filter: str = "") -> Importance:  # noqa: A002 - what the server calls it
        """Return how much each hyperparameter has to do with a result.

        Args:
            target: Which one: `"quality"`, `"seconds"`, or `"results.NAME"`.
            filter: Which jobs; by default, all.

        Raises:
            ClientRequestError: There is no such field.
        """
        return self._analysis(
            Importance, _importance, "importance", {"target": target, "f": filter}
        )

    def surface(
        self,
        x: str,
        y: str,
        target: str = "quality",
        *,
        grid: int = 32,
        filter: str = "",  # noqa: A002 - what the server calls it
    ) -> Surface:
        """Return what becomes of a result as two hyperparameters change.

        Args:
            x: One of them.
            y: The other one.
            target: The result.
            grid: Into how many steps numbers are divided; at most 64.
            filter: Which jobs; by default, all.

        Raises:
            ClientRequestError: There is no such field.
        """
        query = {"x": x, "y": y, "target": target, "grid": grid, "f": filter}
        return self._analysis(Surface, _surface, "surface", query)

    def predictions(self, target: str = "quality", *, filter: str = "") -> Predictions:  # noqa: A002 - what the server calls it
        """Return what the model says of each job without having seen it, beside what was.

        Args:
            target: Of which result.
            filter: Which jobs; by default, all.

        Raises:
            ClientRequestError: There is no such field.
        """
        return self._analysis(
            Predictions, _predictions, "predictions", {"target": target, "f": filter}
        )

    def pareto(
        self,
        objectives: Mapping[str, str] | Iterable[str],
        *,
        filter: str = "",  # noqa: A002 - what the server calls it
    ) -> ParetoFront:
        """Return the jobs that nothing surpasses in two or three objectives at once.

        Args:
            objectives: `{"results.loss": "min", "seconds": "min"}`, or
                `["results.loss:min", "seconds:min"]`.
            filter: Which jobs; by default, all.

        Raises:
            ClientRequestError: There is no such field, or one lacks a direction.
        """
        if isinstance(objectives, Mapping):
            objectives = [f"{field}:{direction}" for field, direction in objectives.items()]
        query = {"objectives": list(objectives), "f": filter}
        return self._analysis(ParetoFront, _pareto, "pareto", query)

    def progress(self, *, filter: str = "") -> Progress:  # noqa: A002 - what the server calls it
        """Return which jobs were better than all that had ended before them.

        Args:
            filter: Which jobs; by default, all.
        """
        return self._analysis(Progress, _progress, "progress", {"f": filter})

    def distribution(self, target: str = "quality", *, filter: str = "") -> Distribution:  # noqa: A002 - what the server calls it
        """Return which share of the jobs has a value up to which.

        Args:
            target: Of which field.
            filter: Which jobs; by default, all.

        Raises:
            ClientRequestError: There is no such field.
        """
        return self._analysis(
            Distribution, _distribution, "distribution", {"target": target, "f": filter}
        )

    def curves(self, result: str, *, filter: str = "", lines: int = 2000) -> Curves:  # noqa: A002 - what the server calls it
        """Return how a result went that is a list of numbers, such as the losses of all epochs.

        Jobs that still run are among them, unless the filter names a status.

        Args:
            result: Which one.
            filter: Which jobs; by default, all.
            lines: How many curves to fetch, at most 5,000: a tenth of them the best, the others a
                sample. The bands tell of all.

        Raises:
            ClientRequestError: There is no such result, or `lines` is too large.
        """
        answer = self._answer("curves", {"result": result, "lines": lines, "f": filter})
        with _no("curves"):
            return Curves(result=result, **members_in(answer.body))

    def _analysis(
        self,
        kind: type[T],
        members: Callable[[Any], Mapping[str, Any]],
        name: str,
        query: Mapping[str, Any],
    ) -> T:
        wire = self._answer(name, query).json()
        with _no(name):
            about = {each: wire[each] for each in _ABOUT}
            return kind(**about, **members(wire))

    def _answer(self, name: str, query: Mapping[str, Any]) -> Answer:
        path = f"{self.path}analysis/{name}/?{urlencode(query, doseq=True)}"
        return self.connection.request("GET", path)


@contextmanager
def _no(name: str) -> Iterator[None]:
    """Say what an answer is not, rather than what is wrong with it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnhandledResponseError(f"The answer is no {name}.", None) from error


def _importance(wire: Any) -> dict[str, Any]:
    items = [FieldImportance(**_only(FieldImportance, each)) for each in wire["items"]]
    return {
        "target": wire["target"],
        "method": wire["method"],
        "fit": _fit(wire["fit"]),
        "items": items,
    }


def _surface(wire: Any) -> dict[str, Any]:
    return {
        "target": wire["target"],
        "fit": _fit(wire["fit"]),
        "x": Axis(**_only(Axis, wire["x"])),
        "y": Axis(**_only(Axis, wire["y"])),
        "mean": wire["mean"],
        "spread": wire["spread"],
    }


def _predictions(wire: Any) -> dict[str, Any]:
    items = [Prediction(**_only(Prediction, each)) for each in wire["items"]]
    return {"target": wire["target"], "fit": _fit(wire["fit"]), "items": items}


def _pareto(wire: Any) -> dict[str, Any]:
    fields = [each["field"] for each in wire["objectives"]]

    def by_field(values: Iterable[float]) -> dict[str, float]:
        return dict(zip(fields, values, strict=False))

    return {
        "objectives": {each["field"]: each["direction"] for each in wire["objectives"]},
        "front": [
            ParetoJob(number=each["number"], job_id=each["id"], values=by_field(each["values"]))
            for each in wire["front"]
        ],
        "hypervolume": {each["number"]: each["value"] for each in wire["hypervolume"]},
        "reference": by_field(wire["reference"]),
    }


def _progress(wire: Any) -> dict[str, Any]:
    items = [
        Improvement(
            number=each["number"], job_id=each["id"], finished=each["finished"], best=each["best"]
        )
        for each in wire["items"]
    ]
    return {"direction": wire["direction"], "items": items}


def _distribution(wire: Any) -> dict[str, Any]:
    return {name: wire[name] for name in ("target", "values", "shares")}


def _fit(wire: Any) -> Fit | None:
    return None if wire is None else Fit(r2=wire["r2"], spread=wire["spread"])


def _only(kind: type[Any], wire: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this client knows of what the server tells, which may be more."""
    return {name: wire[name] for name in kind.__slots__}
