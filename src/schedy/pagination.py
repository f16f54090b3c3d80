"""Pages in, an iterator out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from schedy.connection import Connection
from schedy.errors import UnhandledResponseError

__all__ = ["items"]

Query = Mapping[str, str | int | Sequence[str]]


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
