"""Objects with exactly one key, which says of what kind their content is: `{"uniform": {…}}`.

Schedulers, distributions and strategies all travel like that.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from schedy.plain import label, shown, wrong


def untag(wire: object, *, what: str, known: Collection[str]) -> tuple[str, Any]:
    """Split `{kind: content}` into its two parts.

    Args:
        wire: Whatever the other side sent.
        what: What the kinds are kinds of, for the message.
        known: The kinds there are.

    Raises:
        ValueError: It has another form, or the kind is unknown.
    """
    if not isinstance(wire, Mapping):
        raise wrong(f"the {what}", "an object with one key", wire)
    if len(wire) != 1:
        raise ValueError(f"the {what} must be an object with one key, got {len(wire)} keys")
    [(kind, content)] = wire.items()
    if kind not in known:
        raise ValueError(unknown(kind, what=what, known=known))
    return kind, content


def fields(
    wire: object, *, required: Collection[str] = (), optional: Collection[str] = ()
) -> Mapping[str, Any]:
    """Return an object that has all required keys, and no key that nobody would read.

    Raises:
        ValueError: It is no object, a key is missing, or one is unknown.
    """
    if not isinstance(wire, Mapping):
        raise wrong("the content", "an object", wire)
    known = [*required, *optional]
    for key in wire:
        if key not in known:
            raise ValueError(unknown(key, what="key", known=known))
    for key in required:
        if key not in wire:
            raise ValueError(f"{key} is missing")
    return wire


def unknown(word: object, *, what: str, known: Iterable[str]) -> str:
    """Say that there is no such thing, which ones there are, and which one was probably meant."""
    names = list(known)
    # The search for similar names is slow for a long one, and senseless.
    close = difflib.get_close_matches(label(str(word)), names, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"unknown {what} {shown(word)}{hint}, known: {', '.join(names)}"


def at(where: str, error: ValueError) -> ValueError:
    """Return the same error with the place before it."""
    return ValueError(f"{where}: {error}" if where else str(error))


def inside(where: str, name: str) -> str:
    """Return the place of something called `name` inside `where`."""
    return f"{where}.{label(name)}" if where else label(name)
