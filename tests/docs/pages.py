"""The pages of the documentation, and what one can type of them.

Blocks of `python` and `console` are run in order. A `text` block right behind a `python` block is
what that prints; lines without `$` in a `console` block are what the command before them prints.
`…` stands for anything. A comment before a block says more: `<!-- file: NAME -->` saves it instead,
`<!-- not run -->` leaves it out; a comment `<!-- check: CODE -->` is Python that no reader sees.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_PART = re.compile(
    r"^(?:<!--\s(?P<note>.+?)\s-->|```(?P<language>\w+)\n(?P<content>.*?)^```)$",
    re.MULTILINE | re.DOTALL,
)
_CHECK = "check:"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code.

    Attributes:
        language: python, console, or anything else that is not run.
        line: Where it stands in its page.
        expected: What it prints, as far as the page says.
        file: The name under which it is to be saved.
    """

    language: str
    content: str
    line: int
    expected: str | None = None
    file: str | None = None


def blocks(text: str) -> Iterator[Block]:
    """Yield what is to be done with a page, in order."""
    parts = list(_PART.finditer(text))
    note = ""
    for at, part in enumerate(parts):
        line = text.count("\n", 0, part.start()) + 1
        if part["note"] is not None:
            note = part["note"].strip()
            if note.startswith(_CHECK):
                yield Block("python", note.removeprefix(_CHECK).strip(), line)
                note = ""
            continue
        if note != "not run":
            file = note.removeprefix("file: ") if note.startswith("file: ") else None
            expected = _output(text, parts[at : at + 2])
            yield Block(part["language"], part["content"], line, expected, file)
        note = ""


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with what it prints."""
    for each in re.split(r"^\$ ", block.content, flags=re.MULTILINE)[1:]:
        lines = each.splitlines(keepends=True)
        end = next(at for at, line in enumerate(lines) if not line.endswith("\\\n")) + 1
        yield "".join(lines[:end]), "".join(lines[end:])


def matches(printed: str, expected: str) -> bool:
    """Tell whether something was printed as the page says, give or take a few spaces."""
    pattern = ".*".join(map(re.escape, _tidy(expected).split("…")))
    return re.fullmatch(pattern, _tidy(printed), re.DOTALL) is not None


def _tidy(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def _output(text: str, parts: list[re.Match[str]]) -> str | None:
    if len(parts) == 2 and parts[1]["language"] == "text":
        between = text[parts[0].end() : parts[1].start()]
        return parts[1]["content"] if not between.strip() else None
    return None
