"""The files of this repository, as the tests of its shape look at them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*suffixes: str, under: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of these folders that people wrote, ready to be named in a message."""
    for folder in under:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and not _is_made(path):
                yield path.relative_to(ROOT)


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _is_made(path: Path) -> bool:
    return any(part in {"__pycache__", "node_modules", "_build"} for part in path.parts)
