"""A reverse proxy as simple as they come: each connection goes to the next server that answers."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

_CHUNK = 65_536


class RoundRobin:
    """Passes on connections, in turn, to servers on these ports of this machine."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = deque(ports)
        self.port = 0
        self.served: dict[int, int] = dict.fromkeys(ports, 0)
        self.refused = 0  # connections for which no server answered

    async def listen(self) -> asyncio.Server:
        """Begin."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _pass_on(self, client: asyncio.StreamReader, reply: asyncio.StreamWriter) -> None:
        writers = [reply]
        try:
            self._ports.rotate()
            for port in tuple(self._ports):
                with suppress(ConnectionError):
                    server, send = await asyncio.open_connection("127.0.0.1", port)
                    break
            else:
                self.refused += 1
                return
            writers.append(send)
            self.served[port] += 1
            await asyncio.gather(_pump(client, send), _pump(server, reply))
        finally:
            for writer in writers:
                writer.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
        await sink.drain()
    sink.close()


@contextmanager
def round_robin(ports: Sequence[int]) -> Iterator[RoundRobin]:
    """Run a proxy on a thread of its own."""
    proxy = RoundRobin(ports)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(proxy.listen(), loop).result(10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # what was aborted is closed in the next round of the loop
