"""Pages in, an iterator out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from schedy.connection import Connection
from schedy.errors import UnhandledResponseError

__all__ = ["items", "page_size"]

_LARGEST = 1_000

Query = Mapping[str, str | int | Sequence[str]]


def page_size(limit: int) -> int:
    """Return how many to ask for at once if so many are wanted in all.

    Raises:
        ValueError: Less than none are wanted.
    """
    if limit < 0:
        raise ValueError(f"limit has to be 0 or more, not {limit}")
    return max(1, min(limit, _LARGEST))


def items(connection: Connection, path: str, query: Query | None = None) -> Iterator[Any]:
    """Yield what a list of the server holds, and ask for each page only when it is needed.

    Args:
        query: Parameters of every page.

    Raises:
        UnhandledResponseError: The server sent something else than pages.
    """
    start: Mapping[str, str] = {}
    while True:
        parameters = urlencode({**(query or {}), **start}, doseq=True)
        page = connection.request("GET", f"{path}?{parameters}" if parameters else path).json()
        found = page.get("items") if isinstance(page, dict) else None
        if not isinstance(found, list):
            raise UnhandledResponseError("The answer is no page of a list.", None)
        yield from found
        if not found or page.get("next") is None:
            return
        start = {"start": str(page["next"])}
