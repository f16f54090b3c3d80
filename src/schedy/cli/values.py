"""What stands on the command line, read: pairs of names and values, distributions, strategies."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from schedy import encoding, pbt, random
from schedy.cli.failures import WrongUse
from schedy.pbt import Exploit, Explore
from schedy.random import Distribution

__all__ = ["distributions", "exploit", "explore", "pairs"]

T = TypeVar("T")


def pairs(words: Sequence[str], what: str) -> dict[str, Any]:
    """Read `x 1 y '[2]'` as names and JSON values.

    Args:
        what: What they are, for messages: `hyperparameter`.

    Raises:
        WrongUse: They are no such pairs.
    """
    if len(words) % 2:
        raise WrongUse(f"Each {what} needs a name and a value; {words[-1]!r} has no value.")
    named = zip(words[::2], words[1::2], strict=True)
    return _named((name, _json(text, f"{what} {name!r}")) for name, text in named)


def distributions(words: Sequence[str]) -> dict[str, Distribution]:
    """Read `lr loguniform '{"low": 1e-5, "high": 0.1}' …`.

    Raises:
        WrongUse: They are no distributions.
    """
    return _named(
        (name, _understood(random.from_wire, {kind: _json(text, f"{name!r}")}, name))
        for name, kind, text in _triples(words, "NAME DISTRIBUTION JSON")
    )


def explore(words: Sequence[str]) -> dict[str, Explore]:
    """Read `lr 0.8 1.2 …`, or `lr KIND JSON …` for other ways than to multiply.

    Raises:
        WrongUse: They are no strategies.
    """
    return _named(
        (name, _explore(name, first, second))
        for name, first, second in _triples(words, "NAME MIN MAX")
    )


def exploit(words: Sequence[str]) -> Exploit:
    """Read `truncate 0.2`, or `0.2` for short.

    Raises:
        WrongUse: It is no strategy.
    """
    kind, *rest = words if len(words) > 1 else (pbt.Truncate.KIND, *words)
    if len(rest) != 1:
        raise WrongUse("--exploit takes a share, as in `--exploit 0.2`.")
    return _understood(pbt.exploit_from_wire, {kind: _json(rest[0], "--exploit")}, "--exploit")


def _explore(name: str, first: str, second: str) -> Explore:
    if first in pbt.EXPLORES:
        wire = {first: _json(second, f"{name!r}")}
    else:
        low, high = _json(first, f"{name!r}"), _json(second, f"{name!r}")
        wire = {pbt.Perturb.KIND: {"minFactor": low, "maxFactor": high}}
    return _understood(pbt.explore_from_wire, wire, name)


def _triples(words: Sequence[str], form: str) -> Iterator[tuple[str, str, str]]:
    if len(words) % 3:
        raise WrongUse(
            f"Each hyperparameter takes three words, {form}; "
            f"{' '.join(words[len(words) // 3 * 3 :])!r} is not complete."
        )
    return zip(words[::3], words[1::3], words[2::3], strict=True)


def _named(entries: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in entries:
        if name in named:
            raise WrongUse(f"{name!r} is given twice.")
        named[name] = value
    return named


def _json(text: str, what: str) -> Any:
    try:
        return encoding.decode(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        hint = "" if set(text) & set("'\"[]{}") else f" Text needs quotes: '\"{text}\"'."
        raise WrongUse(f"The value of {what} is no JSON: {text!r}.{hint}") from None


def _understood(read: Callable[[object, str], T], wire: object, where: str) -> T:
    try:
        return read(wire, where)
    except ValueError as error:
        raise WrongUse(str(error)) from error
