"""The fields that the jobs of an experiment have, and which one somebody means."""

import difflib
from collections.abc import Collection, Sequence
from typing import Any

from schedy_server.model.errors import Invalid
from schedy_server.service.columns import FIXED, ROOMS, Lines, Table

_SAMPLED = 20_000  # jobs that are looked at to learn which fields there are
_CLOSE = 3


def field_names(table: Table) -> list[str]:
    """Return the names of all fields: those of every job, then those that users gave."""
    return table.once("field names", lambda: _names(table))


def resolved(name: str, known: Collection[str], *, where: str, rooms: Sequence[str] = ROOMS) -> str:
    """Return the full name of a field that is named in full or, if it is clear, for short.

    Args:
        where: Which parameter names it.
        rooms: Where a short name is looked for first, and where then.

    Raises:
        Invalid: There is none; the message says which ones are called alike.
    """
    for full in (name, *(f"{room}.{name}" for room in rooms)):
        if full in known:
            return full
    short = {each.partition(".")[2] or each: each for each in known}
    close = difflib.get_close_matches(name, [*known, *short], _CLOSE)
    alike = list(dict.fromkeys(short.get(each, each) for each in close))
    hint = f" Did you mean {' or '.join(map(repr, alike))}?" if alike else ""
    raise Invalid(f"{where}: no job has a field {name!r}.{hint}")


def _names(table: Table) -> list[str]:
    names: dict[str, None] = dict.fromkeys(each for each in FIXED if each != "id")
    step = max(1, len(table.lines) // _SAMPLED)
    for line in Lines(table)[::step]:
        for room in ROOMS:
            names.update(dict.fromkeys(f"{room}.{each}" for each in getattr(line, room)))
    return list(names)


def is_curve(value: Any) -> bool:
    """Tell whether a value is a list of numbers; some of them may be missing."""
    if type(value) is not list or not value:
        return False
    kinds = set(map(type, value))
    return kinds <= {int, float, type(None)} and kinds != {type(None)}
