"""Text that is safe to show: whatever people call their things, a terminal shows it and no more."""

import re
from typing import Any

__all__ = ["clean", "one_line", "shortened", "shown"]

# Control characters, those that change the direction of writing or annotate it, and halves of
# characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def clean(text: str, *, but: str = "") -> str:
    r"""Return a text with what a terminal would obey spelled out: `\x1b`, `\n`.

    Args:
        but: Characters that stay as they are.
    """

    def spelled_out(found: re.Match[str]) -> str:
        return found[0] if found[0] in but else found[0].encode("unicode_escape").decode()

    return _UNSAFE.sub(spelled_out, text)


def shown(value: Any) -> str:
    """Return how a value is shown: text as it is, None as nothing, all else as Python writes it."""
    return "" if value is None else clean(str(value))


def shortened(text: str, longest: int = 200) -> str:
    """Return a text, cut where it is longer than anybody reads."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def one_line(text: str) -> str:
    """Return a message in one line."""
    return clean(" ".join(text.split()))
