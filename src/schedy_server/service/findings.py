"""What was worked out before: each question is answered once, however many ask it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

_MOST_KEPT = 200
_LARGEST_KEPT = 32 * 1024 * 1024  # bytes, all together


class Findings:
    """Answers by question, the latest ones; a question that is asked meanwhile waits as well."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[Hashable, asyncio.Task[bytes]] = {}

    async def once(self, question: Hashable, find: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return the answer to a question; find it if it was not found before.

        Args:
            question: All that the answer depends on.
        """
        if question in self._kept:
            self._kept.move_to_end(question)
            return self._kept[question]
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.ensure_future(self._find(question, find))
            self._under_way[question] = task
            task.add_done_callback(lambda done: self._forget(question, done))
        # Whoever asked first may go; the others wait on.
        return await asyncio.shield(task)

    async def _find(self, question: Hashable, find: Callable[[], Awaitable[bytes]]) -> bytes:
        answer = await find()
        self._kept[question] = answer
        self._size += len(answer)
        while len(self._kept) > _MOST_KEPT or self._size > _LARGEST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)
        return answer

    def _forget(self, question: Hashable, done: asyncio.Task[bytes]) -> None:
        self._under_way.pop(question, None)
        if not done.cancelled():
            done.exception()  # told to those who wait, if there still are any
