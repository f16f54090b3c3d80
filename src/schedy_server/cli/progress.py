"""Bars that show how far something is, where somebody watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft

from schedy_server.storage.sqlite_copy import Progress as Listener


@contextmanager
def shown_progress() -> Iterator[Listener]:
    """Yield what draws a bar for each thing that it is told of; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:
        known: dict[str, TaskID] = {}

        def show(doing: str, done: int, total: int) -> None:
            if doing not in known:
                known[doing] = bars.add_task(doing)
            bars.update(known[doing], completed=done, total=total)

        yield show
