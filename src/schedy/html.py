"""Tables for notebooks; whatever users call their things, it stays text."""

from collections.abc import Mapping
from html import escape
from typing import Any

_LONGEST_CELL = 200  # characters


def table(title: str, rows: Mapping[str, Any]) -> str:
    """Return a table of names and values under a title."""
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_shortened(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{cells}</tbody></table>"


def _shortened(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
