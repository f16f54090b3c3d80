"""Plain values: what JSON can hold, with its exact types, and how to say that something is not.

The modules of the vocabulary (`schedy.random`, `schedy.pbt`) share these checks; none of them
needs NumPy, and all of them take its scalars and arrays.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

DEEPEST = 100  # levels of lists and objects; far below what would exhaust Python's stack
LONGEST_SHOWN = 60  # characters of a user's value in a message


def number(value: object, name: str) -> float:
    """Return a finite float.

    Raises:
        ValueError: It is something else; a boolean is no number. The message begins with `name`.
    """
    value = unwrapped(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(name, "a number", value)
    try:
        converted = float(value)
    except OverflowError:
        raise ValueError(f"{name} is too large") from None
    if not math.isfinite(converted):
        raise wrong(name, "finite", value)
    return converted


def items(value: object, name: str) -> list[Any]:
    """Return the elements of a list, a tuple, a range or an array.

    Raises:
        ValueError: It is something else; text is no list. The message begins with `name`.
    """
    value = unwrapped(value)
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise wrong(name, "a list", value)
    return list(value)


def plain(value: object, name: str, *, depth: int = 0) -> Any:
    """Return a copy made of nothing but JSON's own types.

    Raises:
        ValueError: JSON has no such value, or it is nested too deeply. The message begins
            with `name`, which says where it stands.
    """
    value = unwrapped(value)
    if depth > DEEPEST:
        raise ValueError(f"{name} is nested more than {DEEPEST} levels deep")
    if isinstance(value, list | tuple):
        return [plain(each, f"{name}[{at}]", depth=depth + 1) for at, each in enumerate(value)]
    if isinstance(value, Mapping):
        return {
            key_text(key, name): plain(each, f"{name}.{label(str(key))}", depth=depth + 1)
            for key, each in value.items()
        }
    return plain_scalar(value, name)


def plain_scalar(value: object, name: str) -> Any:
    """Strip a subclass, such as an enumeration's, down to the type that JSON knows."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    raise ValueError(f"{name} can't be sent as JSON: it is {shown(value)}")


def key_text(key: object, name: str) -> str:
    """Return a key of an object, which JSON wants to be text."""
    if not isinstance(key, str):
        raise wrong(f"{name}: the keys of an object", "text", key)
    return str.__str__(key)


def identity(value: object) -> str:
    """Return a text that is equal for equal JSON and differs where only Python sees equality.

    For Python `1 == 1.0 == True`, and NaN differs from itself; as hyperparameters they are
    three values and one.
    """
    return json.dumps(value, sort_keys=True)


def unwrapped(value: object) -> object:
    """Turn a scalar or an array of NumPy into Python's own, and leave everything else."""
    convert = getattr(value, "tolist", None)
    return convert() if callable(convert) else value


def freeze(frozen: object, **attributes: Any) -> None:
    """Set attributes of a frozen value that is just being made."""
    for name, attribute in attributes.items():
        object.__setattr__(frozen, name, attribute)


def wrong(name: str, wanted: str, value: object) -> ValueError:
    """Return the error that says what was wanted, and what came instead."""
    return ValueError(f"{name} must be {wanted}, got {shown(value)}")


def shown(value: object) -> str:
    """Describe a value in a few characters, however large, deep or strange it is."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) >= 10**LONGEST_SHOWN:
        return "a huge integer"
    if value is None or isinstance(value, str | bool | int | float):
        return shortened(repr(value))
    return f"of type {type(value).__name__}"


def label(name: str) -> str:
    """Return a user's name for something, fit to stand in a message of one line."""
    return shortened(name if name.isprintable() else ascii(name)[1:-1])


def shortened(text: str) -> str:
    """Cut a long text and say so."""
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
