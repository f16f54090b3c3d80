"""Runs the server: one process that listens, answers, and stops in good order."""

import asyncio
import gc
import ipaddress
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import structlog
import uvicorn

from schedy_server.app import create_app, utc_now
from schedy_server.corked import CorkedProtocol
from schedy_server.http.envelope import Envelope
from schedy_server.observability import configure_logging
from schedy_server.service.setup import new_setup_code
from schedy_server.settings import Settings
from schedy_server.sole_server import DatabaseTaken, only_server_on
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage

_KEEP_ALIVE = 5  # seconds; old clients hang for ever on a connection that died while idle
_GRACE = 30  # seconds for requests under way when the server is told to stop
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_FIRST_INHERITED = 3  # where systemd puts the sockets that it hands over
_SETUP = """
There is no account yet. Make the first one, within half an hour, at

    {link}

or any time with the command

    schedy-server user add EMAIL
"""

log = structlog.get_logger("schedy.serve")


class CannotServe(Exception):
    """The server can't start; the message says what to do about it.

    Args:
        code: What the process exits with.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Raises:
        CannotServe: The address is taken, another server has the database, or it would be unsafe.
    """
    configure_logging(settings.log_format, settings.log_level)
    try:
        with only_server_on(settings.database) as announce:
            _serve(settings, announce)
    except DatabaseTaken as error:
        raise CannotServe(str(error), os.EX_CANTCREAT) from error
    log.info("stopped")


def _serve(settings: Settings, announce: Callable[[str], None]) -> None:
    with open_storage(settings.database) as storage, _listener(settings) as listener:
        _refuse_to_expose(settings, storage, listener)
        app = create_app(settings, storage)
        code = storage.write_now(lambda ledger: new_setup_code(ledger, utc_now()))
        host, port = listener.getsockname()[:2]
        url = _url(settings, host, port)

        def say_hello() -> None:
            app.state.core.reachability.listens_at(host, port, tls=settings.tls_cert is not None)
            announce(settings.public_url or _url_from_elsewhere(settings, host, port))
            _say(f"Schedy listens on {url}", sys.stdout)
            if code is not None:
                _say(_SETUP.format(link=f"{url}setup/?code={code}"), sys.stderr)

        _leave_garbage_longer()
        server = _Server(_config(app, settings), app=app, started=say_hello)
        server.run(sockets=[listener])


def _leave_garbage_longer() -> None:
    """Look for cyclic garbage less often, and never again among what is here now.

    Requests make next to none; looking for it took a twentieth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _listener(settings: Settings) -> socket.socket:
    return _inherited_listener() or _new_listener(settings)


def _inherited_listener() -> socket.socket | None:
    """Return the socket that systemd listens on for the server, if it does.

    Such a socket outlives the server: clients that come while it restarts wait instead of failing.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=_FIRST_INHERITED)


def _new_listener(settings: Settings) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotServe(f"there is no address {settings.host!r} to listen on") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"can't listen on {settings.host}, port {settings.port}: {error.strerror}"
        ) from error
    return listener


def _refuse_to_expose(settings: Settings, storage: Storage, listener: socket.socket) -> None:
    host = listener.getsockname()[0]
    if ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        return
    if not storage.read_now(lambda ledger: ledger.accounts.exist()):
        raise CannotServe(
            f"other machines could reach {host}, and there is no account yet; "
            "make one first: schedy-server user add EMAIL"
        )
    if settings.tls_cert is None:
        log.warning(
            "other machines reach this server WITHOUT ENCRYPTION: passwords and tokens can be "
            "read on the way; give it a certificate (--tls-cert, --tls-key), or put a reverse "
            "proxy that has one before it",
            host=host,
        )


def _url(settings: Settings, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{'http' if settings.tls_cert is None else 'https'}://{shown}:{port}/"


def _url_from_elsewhere(settings: Settings, host: str, port: int) -> str:
    everywhere = ipaddress.ip_address(host.partition("%")[0]).is_unspecified
    return _url(settings, socket.gethostname() if everywhere else host, port)


def _say(text: str, stream: TextIO) -> None:
    with suppress(OSError):  # nobody may be listening; that is no reason not to serve
        print(text, file=stream, flush=True)


def _config(app: Envelope, settings: Settings) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=CorkedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )
    try:
        config.load()
    except (ssl.SSLError, OSError) as error:
        raise CannotServe(f"can't use the certificate {settings.tls_cert}: {error}") from error
    return config


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, *, app: Envelope, started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._app = app
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first signal, in good order; the second one kills.

        Uvicorn's own version raises the signal again at the end, so that a server that stopped as
        it should would not exit with 0.
        """
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        log.info("stopping")
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        # Workers that wait for a job are told to come back, before anybody waits for them.
        self._app.state.core.wakeups.stop()
        self.should_exit = True
