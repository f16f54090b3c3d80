"""Markdown, as both Sphinx and a code host read it."""

from collections.abc import Iterable, Sequence

MADE = "<!-- Made from the code by `python -m scripts.reference`: change the code, not this. -->"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [headers, ["---"] * len(headers), *([_cell(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Return text as code in a line."""
    return f"`{text}`" if text else ""


def block(text: str, language: str = "text") -> str:
    """Return text as code on lines of its own."""
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    return f"```{language}\n{lines}\n```"


def whole(*parts: str) -> str:
    """Return a whole page of those parts that are not empty."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
