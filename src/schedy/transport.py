"""Bytes there and back: kept-alive connections to one server, through a proxy if need be."""

import os
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib import metadata
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import HTTPError as TransportError

from schedy.credentials import ConfigurationError
from schedy.one_write import send_at_once

# Connections that are kept for reuse: more threads than that work, but pay for new ones.
_KEPT = 64
_LONGEST_CONNECT = 10.0  # seconds

# The server can't have seen a request that ended like this.
_BEFORE_SENDING = (ConnectTimeoutError, NewConnectionError, ProxyError, LocationValueError)

# Trying again and following redirects are decided elsewhere. One object for all requests.
_ONCE = urllib3.Retry(total=False, redirect=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered.

    Attributes:
        pieces: The body of a success that was asked for piece by piece; `body` is empty then.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    pieces: Iterable[bytes] = ()


class ExchangeFailed(Exception):
    """No answer came back.

    Attributes:
        why: What happened, in a few words.
        maybe_done: The server may have received the request, and done what it asks.
        hopeless: Trying again would end the same way.
        broken: The connection broke; a new one may work at once.
    """

    def __init__(self, error: TransportError) -> None:
        self.why = _in_words(error)
        super().__init__(self.why)
        self.maybe_done = not isinstance(error, _BEFORE_SENDING)
        self.hopeless = _is_hopeless(error)
        self.broken = isinstance(error, ProtocolError)


class Transport:
    """Sends requests to one server and returns its answers; may be shared between threads.

    Args:
        root: The server's URL, with a final slash.
        timeout: How many seconds the server may keep silent.
    """

    def __init__(self, root: str, *, timeout: float) -> None:
        self._timeout = timeout
        self._timeouts = _timeouts(timeout)
        parts = urlsplit(root)
        proxy = _proxy_for(parts.scheme, parts.hostname or "")
        self._urlopen: Any
        if proxy is None:
            pool = send_at_once(
                urllib3.connection_from_url(root, maxsize=_KEPT, **_tls(parts.scheme))
            )
            self._urlopen, self._prefix = pool.urlopen, parts.path
        else:
            self._urlopen, self._prefix = _proxied(proxy, _tls(parts.scheme)).urlopen, root

    def exchange(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        wait: float = 0.0,
        in_pieces: bool = False,
    ) -> Reply:
        """Send one request, once, and return the answer, whatever it is.

        Args:
            path: Below the root, quoted.
            wait: How much longer than usual the server may keep silent, in seconds.
            in_pieces: Leave the body of a success on the wire, to be read piece by piece.

        Raises:
            ExchangeFailed: There is no answer.
        """
        try:
            response = self._urlopen(
                method,
                self._prefix + path,
                body=body,
                headers=headers,
                retries=_ONCE,
                redirect=False,
                timeout=_timeouts(self._timeout, wait) if wait else self._timeouts,
                preload_content=not in_pieces,
            )
            if in_pieces and response.status == HTTPStatus.OK:
                return Reply(response.status, response.headers, b"", _pieces(response))
            return Reply(response.status, response.headers, response.data)
        except TransportError as error:
            raise ExchangeFailed(error) from error


def user_agent() -> str:
    """Return how this client introduces itself."""
    try:
        return f"schedy/{metadata.version('schedy')}"
    except metadata.PackageNotFoundError:
        return "schedy"


def _pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Yield a body as it comes.

    Raises:
        ExchangeFailed: It broke off.
    """
    try:
        yield from response.stream()
    except TransportError as error:
        raise ExchangeFailed(error) from error
    finally:
        response.close()  # unless it was read to its end, nobody can use its connection


def _timeouts(timeout: float, wait: float = 0.0) -> urllib3.Timeout:
    return urllib3.Timeout(connect=min(timeout, _LONGEST_CONNECT), read=timeout + wait)


def _tls(scheme: str) -> dict[str, Any]:
    """Return what to trust: the system's certificates, or those that a well-known variable names.

    (OpenSSL itself heeds SSL_CERT_FILE.)
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if scheme != "https" or not bundle:
        return {}
    return {"ca_cert_dir" if os.path.isdir(bundle) else "ca_certs": bundle}  # noqa: PTH112 - a name


def _proxy_for(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment prescribes for a host."""
    if not any(name.lower().endswith("_proxy") for name in os.environ) or _is_loopback(host):
        return None
    # Few need it, and it takes as long to load as half of this client.
    from urllib.request import getproxies_environment, proxy_bypass  # noqa: PLC0415 - see above

    proxies = getproxies_environment()
    if proxy_bypass(host):
        return None
    return proxies.get(scheme) or proxies.get("all")


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _proxied(proxy: str, tls: Mapping[str, Any]) -> urllib3.ProxyManager:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    headers = None
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=secret)
    try:
        return urllib3.ProxyManager(
            parts.geturl(), proxy_headers=headers, maxsize=_KEPT, retries=_ONCE, **tls
        )
    except ValueError as error:
        raise ConfigurationError(
            f"The environment prescribes a proxy that can't be used here: {error}."
        ) from error


def _is_hopeless(error: TransportError) -> bool:
    """Tell whether trying again would end the same way: a bad certificate stays bad."""
    if isinstance(error, SSLError):
        return not any(isinstance(each, ssl.SSLEOFError) for each in error.args)
    return isinstance(error, LocationValueError)


def _in_words(error: TransportError) -> str:
    if isinstance(error, ReadTimeoutError):
        return "the answer did not come in time"
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "connecting took too long"
    inside = [each for each in error.args if isinstance(each, Exception)]
    cause = error.__cause__ or (inside[-1] if inside else error)
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
