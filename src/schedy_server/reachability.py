"""Whether workers can reach this server: it calls itself, the way that they take."""

import asyncio
import ssl

_PATIENCE = 5.0  # seconds
_QUESTION = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Reachability:
    """Knows where the server listens, once it does.

    A server that does not hear itself does not hear its workers either, and must not take them
    for dead.
    """

    def __init__(self) -> None:
        self._address: tuple[str, int] | None = None
        self._tls: ssl.SSLContext | None = None

    def listens_at(self, host: str, port: int, *, tls: bool) -> None:
        """Say where the server listens."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not to listen there
        self._address = (everywhere.get(host, host), port)
        if tls:
            # Its certificate is for the name that others use; it talks to itself.
            self._tls = ssl.create_default_context()
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    async def __call__(self) -> bool:
        """Tell whether the server answers; True where nobody said where it listens."""
        if self._address is None:
            return True
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._answers(*self._address)
        except (OSError, TimeoutError):
            return False

    async def _answers(self, host: str, port: int) -> bool:
        reader, writer = await asyncio.open_connection(host, port, ssl=self._tls)
        try:
            writer.write(_QUESTION)
            return (await reader.readline()).startswith(b"HTTP/1.1 200")
        finally:
            writer.close()
