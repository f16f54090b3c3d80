"""Population-based training: whom to copy (exploit) and how to vary the copy (explore).

A strategy is a value that travels as JSON. `Truncate` says who gives up and copies a better
member; `Perturb`, `PerturbChoice` and `Resample` vary one hyperparameter of the copy.
"""

import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from schedy.plain import freeze, items, number
from schedy.tagged import at, fields, inside, untag

__all__ = [
    "MAXIMIZE",
    "MINIMIZE",
    "Exploit",
    "Explore",
    "Perturb",
    "PerturbChoice",
    "Prior",
    "Resample",
    "Truncate",
    "exploit_from_wire",
    "explore_from_wire",
]

MINIMIZE = "min"
MAXIMIZE = "max"

LARGEST_PROPORTION = 0.5  # beyond it, the worst and the best would overlap


class Prior(Protocol):
    """What a strategy may know of a hyperparameter: the distribution it was first drawn from."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest value it can have, both inclusive, if it has bounds."""
        ...

    def sample(self, rng: random.Random) -> Any:
        """Return a random value."""
        ...


@dataclass(frozen=True, slots=True)
class Truncate:
    """A member among the worst `proportion` copies a random one of the best `proportion`.

    Attributes:
        proportion: Above 0, at most 0.5.
    """

    KIND: ClassVar[str] = "truncate"

    proportion: float = 0.2

    def __post_init__(self) -> None:
        freeze(self, proportion=number(self.proportion, "the proportion"))
        if not 0 < self.proportion <= LARGEST_PROPORTION:
            raise ValueError(
                f"the proportion must be above 0 and at most {LARGEST_PROPORTION}, "
                f"got {self.proportion}"
            )

    def share(self, population: int) -> int:
        """Return how many members are the worst, and how many the best; rounded down."""
        # 0.29 * 100 is 28.999999999999996, and means 29.
        return math.floor(self.proportion * population + 1e-9)

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: self.proportion}


@dataclass(frozen=True, slots=True)
class Perturb:
    """Multiplies a number by a random factor in [min_factor, max_factor).

    An integer stays an integer and moves by at least 1, unless the factor is 1; like any
    multiplication by a positive factor, this neither changes the sign of a number nor makes
    it 0, and a 0 stays 0. A number stays inside the bounds of the distribution that it was first
    drawn from, if that is a `Uniform` or a `LogUniform`. What is no finite number (text, booleans,
    lists, NaN) stays as it is.

    Attributes:
        min_factor: Smallest factor, inclusive; not negative.
        max_factor: Largest factor, exclusive; where it equals `min_factor`, that is the only one.
    """

    KIND: ClassVar[str] = "perturb"

    min_factor: float = 0.8
    max_factor: float = 1.2

    def __post_init__(self) -> None:
        low = number(self.min_factor, "minFactor")
        high = number(self.max_factor, "maxFactor")
        freeze(self, min_factor=low, max_factor=high)
        if low < 0:
            raise ValueError(f"minFactor must not be negative, got {low}")
        if low > high:
            raise ValueError(f"minFactor must not exceed maxFactor, got {low} and {high}")

    def apply(self, value: Any, rng: random.Random, *, within: Prior | None = None) -> Any:
        """Return the varied value, inside the bounds of `within` if that has any."""
        factor = self.min_factor + (self.max_factor - self.min_factor) * rng.random()
        factor = min(factor, max(self.min_factor, math.nextafter(self.max_factor, 0)))
        return multiplied(value, factor, within)

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"minFactor": self.min_factor, "maxFactor": self.max_factor}}


@dataclass(frozen=True, slots=True)
class PerturbChoice:
    """Multiplies a number by one of a few factors, as in the paper; otherwise like `Perturb`.

    Attributes:
        factors: What to choose from, each as likely as the other; none negative.
    """

    KIND: ClassVar[str] = "perturbchoice"

    factors: Sequence[float] = (0.8, 1.2)

    def __post_init__(self) -> None:
        given = enumerate(items(self.factors, "factors"))
        freeze(self, factors=tuple(number(each, f"factors[{at}]") for at, each in given))
        if not self.factors:
            raise ValueError("factors must not be empty")
        if min(self.factors) < 0:
            raise ValueError(f"factors must not be negative, got {min(self.factors)}")

    def apply(self, value: Any, rng: random.Random, *, within: Prior | None = None) -> Any:
        """Return the varied value, inside the bounds of `within` if that has any."""
        return multiplied(value, self.factors[int(rng.random() * len(self.factors))], within)

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"factors": list(self.factors)}}


@dataclass(frozen=True, slots=True)
class Resample:
    """Draws a value of any kind anew from its initial distribution, now and then.

    Attributes:
        probability: How often; otherwise the value stays as it is.
    """

    KIND: ClassVar[str] = "resample"

    probability: float = 0.25

    def __post_init__(self) -> None:
        freeze(self, probability=number(self.probability, "probability"))
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must be between 0 and 1, got {self.probability}")

    def apply(self, value: Any, rng: random.Random, *, within: Prior | None = None) -> Any:
        """Return the value or, with the given probability, a sample of `within`."""
        if rng.random() >= self.probability or within is None:
            return value
        return within.sample(rng)

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"probability": self.probability}}


Exploit: TypeAlias = Truncate
Explore: TypeAlias = Perturb | PerturbChoice | Resample

EXPLOITS: Sequence[str] = [Truncate.KIND]
EXPLORES: Sequence[str] = [Perturb.KIND, PerturbChoice.KIND, Resample.KIND]


def exploit_from_wire(wire: object, where: str = "") -> Exploit:
    """Read an exploit strategy as `to_wire` wrote it.

    Raises:
        ValueError: It is none; the message says where and why.
    """
    try:
        kind, content = untag(wire, what="exploit strategy", known=EXPLOITS)
    except ValueError as error:
        raise at(where, error) from None
    try:
        return Truncate(content)
    except ValueError as error:
        raise at(inside(where, kind), error) from None


def explore_from_wire(wire: object, where: str = "") -> Explore:
    """Read an explore strategy as `to_wire` wrote it.

    Raises:
        ValueError: It is none; the message says where and why.
    """
    try:
        kind, content = untag(wire, what="explore strategy", known=EXPLORES)
    except ValueError as error:
        raise at(where, error) from None
    try:
        return parsed_explore(kind, content)
    except ValueError as error:
        raise at(inside(where, kind), error) from None


def parsed_explore(kind: str, content: Any) -> Explore:
    """Make an explore strategy of a known kind."""
    match kind:
        case Resample.KIND:
            return Resample(**fields(content, required=["probability"]))
        case PerturbChoice.KIND:
            return PerturbChoice(**fields(content, required=["factors"]))
        case _:
            factors = fields(content, required=["minFactor", "maxFactor"])
            return Perturb(factors["minFactor"], factors["maxFactor"])


def multiplied(value: Any, factor: float, within: Prior | None) -> Any:
    """Return a number times a factor, of the same type and inside the bounds."""
    bounds = within.bounds if within else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return fitted_integer(multiplied_integer(value, factor), bounds, otherwise=value)
    if not math.isfinite(value):
        return value
    low, high = bounds or (-sys.float_info.max, sys.float_info.max)
    return min(max(value * factor, low), high)


def multiplied_integer(value: int, factor: float) -> int:
    """Return the nearest integer, but never the same one, and never a 0 or the other sign.

    Without the first, 1 would stay 1 for ever: rounded, 1 x 1.2 is 1. The arithmetic is that of
    integers, which may be too large for a float.
    """
    if factor == 1 or value == 0:
        return value
    numerator, denominator = factor.as_integer_ratio()
    size = (2 * abs(value) * numerator + denominator) // (2 * denominator)
    size = max(size, abs(value) + 1) if factor > 1 else min(size, abs(value) - 1)
    return max(size, 1) if value > 0 else -max(size, 1)


def fitted_integer(value: int, bounds: tuple[float, float] | None, *, otherwise: int) -> int:
    """Return the nearest integer inside the bounds, or `otherwise` where there is none."""
    if bounds is None:
        return value
    low, high = math.ceil(bounds[0]), math.floor(bounds[1])
    return min(max(value, low), high) if low <= high else otherwise
