"""JSON as Schedy speaks it: NaN and infinities are words, and NumPy's values become plain ones."""

import json
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

__all__ = ["decode", "encode", "sendable"]

# How libraries of arrays and tensors turn theirs into Python's own values; NumPy itself is never
# imported, so that a script that does without it does not pay for it.
_PLAIN = ("tolist", "item", "numpy")
_READABLE = 4000  # digits; Python reads 4,300, or fewer if it is told to


def encode(value: Any) -> bytes:
    """Return a value as JSON in ASCII.

    Raises:
        TypeError: JSON has no such value; the message says where it stands.
        ValueError: It contains itself, is nested too deeply, or holds an integer too long to print.
    """
    try:
        return _ENCODER.encode(value).encode("ascii")
    except RecursionError:
        raise ValueError("This is nested too deeply for JSON.") from None
    except (TypeError, ValueError) as error:
        raise _explained(error, value) from None


def decode(text: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: It is none, or is nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of more digits than Python reads: rare, and hence not above
        return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int:
    """Return an integer of any number of digits, which Python reads in pieces only."""
    if digits.startswith("-"):
        return -_integer(digits[1:])
    if len(digits) <= _READABLE:
        return int(digits)
    half = len(digits) // 2
    shift: int = 10**half
    return _integer(digits[:-half]) * shift + _integer(digits[-half:])


def sendable(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that can be sent, without those that can't."""
    return {name: value for name, value in entries.items() if _is_sendable(name, value)}


def _is_sendable(name: Any, value: Any) -> bool:
    try:
        encode({name: value})
    except (TypeError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    for method in _PLAIN:
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            plain = convert()
            if type(plain) is not type(value):  # NumPy's longdouble knows nothing plainer
                return plain
    if isinstance(value, Real):
        return float(value)
    raise TypeError(f"is {_described(value)}, which JSON has no word for")


_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"))


def _described(value: Any) -> str:
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"of type {module}{kind.__qualname__}"


def _explained(error: Exception, value: Any) -> Exception:
    """Return the same error with the place where it arose."""
    try:
        return next(_culprits(value, "", ()), error)
    except RecursionError:
        return error


def _culprits(value: Any, path: str, above: tuple[int, ...]) -> Iterator[Exception]:
    """Yield what can't be sent, in the order in which it stands there."""
    if id(value) in above:
        yield ValueError(f"{path} contains itself")
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if not isinstance(key, str | int | float | None):
                yield TypeError(f"{path}: the key {key!r} is {_described(key)}, not text")
            yield from _culprits(entry, _below(path, key), (*above, id(value)))
    elif isinstance(value, list | tuple):
        for at, entry in enumerate(value):
            yield from _culprits(entry, f"{path}[{at}]", (*above, id(value)))
    else:
        yield from _culprit(value, path)


def _culprit(value: Any, path: str) -> Iterator[Exception]:
    try:
        _ENCODER.encode(value)
    except TypeError as error:
        yield TypeError(f"{path} {error}")
    except ValueError as error:
        yield ValueError(f"{path}: {error}")


def _below(path: str, key: Any) -> str:
    """Return the place of an entry, as the user would write it: results['curve'][3]."""
    return key if not path and isinstance(key, str) else f"{path}[{key!r}]"
