"""Distributions: values that sample themselves and travel as JSON.

    import schedy.random as rnd

    learning_rate = rnd.LogUniform(1e-5, 1e-1)
    layers = rnd.Choice([1, 2, 4], weights=[1, 2, 1])

A distribution maps a number in [0, 1) to a value (`quantile`); a sample is the value of a random
number, one number for each sample. So the same generator always gives the same values, and a
scheduler may spread its points over the unit cube instead.
"""

import copy
import math
import random
import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import Any, ClassVar, TypeAlias

from schedy.plain import freeze, identity, items, number, plain
from schedy.tagged import at, fields, inside, untag

__all__ = [
    "Choice",
    "Constant",
    "Distribution",
    "LogUniform",
    "Normal",
    "Uniform",
    "from_wire",
]


@dataclass(frozen=True, slots=True)
class Uniform:
    """A number between `low` and `high`, each as likely as the other.

    Attributes:
        low: Smallest value, inclusive.
        high: Largest value, exclusive; where it equals `low`, that is the only value.
    """

    KIND: ClassVar[str] = "uniform"

    low: float
    high: float

    def __post_init__(self) -> None:
        freeze(self, low=number(self.low, "low"), high=number(self.high, "high"))
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got low={self.low}, high={self.high}")

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that can come out."""
        return closed(self.low, self.high)

    def quantile(self, u: float) -> float:
        """Return the value below which the share `u` (0 <= u < 1) of all samples lies."""
        span = self.high - self.low
        # The widest ranges have a width beyond the largest float.
        value = self.low + span * u if math.isfinite(span) else self.low * (1 - u) + self.high * u
        return clamped(value, self.bounds)

    def sample(self, rng: random.Random) -> float:
        """Return a random value in [low, high)."""
        return self.quantile(rng.random())

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"low": self.low, "high": self.high}}


@dataclass(frozen=True, slots=True)
class LogUniform:
    """A positive number whose logarithm is uniform between those of `low` and `high`.

    Attributes:
        low: Smallest value, inclusive; above zero.
        high: Largest value, exclusive; where it equals `low`, that is the only value.
    """

    KIND: ClassVar[str] = "loguniform"

    low: float
    high: float

    def __post_init__(self) -> None:
        freeze(self, low=number(self.low, "low"), high=number(self.high, "high"))
        if self.low <= 0:
            raise ValueError(f"low must be above 0, got {self.low}")
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got low={self.low}, high={self.high}")

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that can come out."""
        return closed(self.low, self.high)

    def quantile(self, u: float) -> float:
        """Return the value below which the share `u` (0 <= u < 1) of all samples lies."""
        low, high = math.log(self.low), math.log(self.high)
        # exp(log(x)) may miss x by an ulp: exp(log(1e-5)) < 1e-5.
        return clamped(math.exp(low + (high - low) * u), self.bounds)

    def sample(self, rng: random.Random) -> float:
        """Return a random value in [low, high)."""
        return self.quantile(rng.random())

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"low": self.low, "high": self.high}}


@dataclass(frozen=True, slots=True)
class Normal:
    """A number around `mean`; always finite.

    Attributes:
        mean: The centre.
        std: The standard deviation; 0 makes `mean` the only value.
    """

    KIND: ClassVar[str] = "normal"

    mean: float
    std: float

    def __post_init__(self) -> None:
        freeze(self, mean=number(self.mean, "mean"), std=number(self.std, "std"))
        if self.std < 0:
            raise ValueError(f"std must not be negative, got {self.std}")

    @property
    def bounds(self) -> None:
        """None: a normal distribution has no end."""
        return

    def quantile(self, u: float) -> float:
        """Return the value below which the share `u` (0 <= u < 1) of all samples lies."""
        deviations = NormalDist().inv_cdf(max(u, 2.0**-54))  # 0 would be minus infinity
        return clamped(self.mean + self.std * deviations, ALL_FLOATS)

    def sample(self, rng: random.Random) -> float:
        """Return a random value."""
        return self.quantile(rng.random())

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        return {self.KIND: {"mean": self.mean, "std": self.std}}


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of several values of any kind that JSON can hold, drawn with its exact type.

    Attributes:
        values: What to choose from.
        weights: How likely each value is, relative to the others; None if all are alike.
            A value with weight 0 is never drawn.
    """

    KIND: ClassVar[str] = "choice"

    values: Sequence[Any]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        freeze(self, values=plain(items(self.values, "values"), "values"))
        if not self.values:
            raise ValueError("values must not be empty")
        if self.weights is not None:
            freeze(self, weights=checked_weights(self.weights, len(self.values)))

    @property
    def bounds(self) -> None:
        """None: the values are where a search starts, and say not where numbers must end."""
        return

    def quantile(self, u: float) -> Any:
        """Return the value below which the share `u` (0 <= u < 1) of all samples lies."""
        return copy.deepcopy(self.values[self.position(u)])

    def position(self, u: float) -> int:
        """Return the index of the value that belongs to `u` (0 <= u < 1)."""
        weights = self.weights or [1.0] * len(self.values)
        heaviest = max(weights)  # dividing by it keeps the sum finite
        ends = list(accumulate(weight / heaviest for weight in weights))
        # From the right, so that weights of 0 are skipped. The sum is at least 1, which makes
        # its product with u less than itself even when rounded.
        return bisect_right(ends, u * ends[-1])

    def sample(self, rng: random.Random) -> Any:
        """Return one of the values."""
        return self.quantile(rng.random())

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels."""
        weights = {} if self.weights is None else {"weights": list(self.weights)}
        return {self.KIND: {"values": copy.deepcopy(self.values), **weights}}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choice):
            return NotImplemented
        return identity(self.to_wire()) == identity(other.to_wire())

    def __hash__(self) -> int:
        return hash(identity(self.to_wire()))


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """Always the same value, of any kind that JSON can hold.

    Attributes:
        value: That value.
    """

    KIND: ClassVar[str] = "const"

    value: Any

    def __post_init__(self) -> None:
        freeze(self, value=plain(self.value, "value"))

    @property
    def bounds(self) -> None:
        """None: a constant is where a search starts, and says not where numbers must end."""
        return

    def quantile(self, u: float) -> Any:
        """Return the value, whatever `u` is."""
        return copy.deepcopy(self.value)

    def sample(self, rng: random.Random) -> Any:
        """Return the value."""
        return self.quantile(rng.random())

    def to_wire(self) -> dict[str, Any]:
        """Return the form that travels: the bare value, without an object around it."""
        return {self.KIND: copy.deepcopy(self.value)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Constant):
            return NotImplemented
        return identity(self.value) == identity(other.value)

    def __hash__(self) -> int:
        return hash((Constant, identity(self.value)))


Distribution: TypeAlias = Uniform | LogUniform | Normal | Choice | Constant

KINDS: Mapping[str, type[Distribution]] = {
    kind.KIND: kind for kind in (Uniform, LogUniform, Normal, Choice, Constant)
}


def from_wire(wire: object, where: str = "") -> Distribution:
    """Read a distribution as `to_wire` wrote it.

    Args:
        wire: Whatever the other side sent.
        where: The place it was found at, for the message.

    Raises:
        ValueError: It is no distribution; the message says where and why.
    """
    try:
        kind, content = untag(wire, what="distribution", known=KINDS)
    except ValueError as error:
        raise at(where, error) from None
    try:
        return parsed(kind, content)
    except ValueError as error:
        raise at(inside(where, kind), error) from None


def parsed(kind: str, content: Any) -> Distribution:
    """Make a distribution of a known kind."""
    match kind:
        case Constant.KIND:
            return Constant(content)
        case Choice.KIND:
            return Choice(**fields(content, required=["values"], optional=["weights"]))
        case Normal.KIND:
            return Normal(**fields(content, required=["mean", "std"]))
        case LogUniform.KIND:
            return LogUniform(**fields(content, required=["low", "high"]))
        case _:
            return Uniform(**fields(content, required=["low", "high"]))


ALL_FLOATS = (-sys.float_info.max, sys.float_info.max)


def closed(low: float, high: float) -> tuple[float, float]:
    """Return the first and the last float in [low, high), or twice `low` if the two are equal."""
    return low, math.nextafter(high, low)


def clamped(value: float, bounds: tuple[float, float]) -> float:
    """Return the value, or the bound that it has passed."""
    low, high = bounds
    return min(max(value, low), high)


def checked_weights(weights: object, count: int) -> list[float]:
    """Return the weights of so many values as floats."""
    numbers = [number(each, f"weights[{at}]") for at, each in enumerate(items(weights, "weights"))]
    if len(numbers) != count:
        raise ValueError(f"need as many weights as values, got {len(numbers)} for {count}")
    if min(numbers) < 0:
        raise ValueError(f"weights must not be negative, got {min(numbers)}")
    if max(numbers) == 0:
        raise ValueError("at least one weight must be above 0")
    return numbers
