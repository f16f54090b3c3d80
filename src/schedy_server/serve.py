"""Runs the server: one process that listens, answers, and stops in good order.

On SIGHUP it stops, too, and becomes its successor: the same process starts the program anew, as it
is installed now, with the socket on which it listens. Clients that come meanwhile wait for it.
"""

import asyncio
import gc
import ipaddress
import os
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO

import structlog
import uvicorn

from schedy_server import succession
from schedy_server.app import create_app, utc_now
from schedy_server.draining import drain
from schedy_server.http.envelope import Envelope
from schedy_server.observability import configure_logging
from schedy_server.punctual import close_late, punctual
from schedy_server.service.setup import new_setup_code
from schedy_server.settings import Settings
from schedy_server.sole_server import DatabaseTaken, only_server_on
from schedy_server.soundness import DatabaseUnsound, check_soundness, end_at_once
from schedy_server.storage.opening import check_database, open_storage
from schedy_server.storage.storage import Storage

_KEEP_ALIVE = 5  # seconds; old clients hang for ever on a connection that died while idle
_GRACE = 30  # seconds for requests under way when the server is told to stop
_OTHER_FILES = 100  # open at once, besides connections
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
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
    """Serve until told to stop by SIGTERM or SIGINT; on SIGHUP, be replaced.

    Raises:
        CannotServe: The address is taken, another server has the database, or it would be unsafe.
    """
    configure_logging(settings.log_format, settings.log_level)
    if succession.is_rehearsal():
        _rehearse(settings)
        return
    try:
        with only_server_on(settings.database) as announce:
            check_soundness(settings.database, allow_network_disk=settings.allow_network_disk)
            heir = _serve(settings, announce)
    except DatabaseTaken as error:
        raise CannotServe(str(error), os.EX_CANTCREAT) from error
    except DatabaseUnsound as error:
        raise CannotServe(str(error), os.EX_DATAERR) from error
    if heir is not None:
        try:
            succession.start_anew(heir)
        except OSError as error:
            raise CannotServe(f"can't start the program again: {error}") from error
    log.info("stopped")


def _serve(settings: Settings, announce: Callable[[str], None]) -> socket.socket | None:
    """Serve, and return the socket for a successor if there is to be one."""
    with (
        _opened(settings) as storage,
        _listener(settings) as listener,
    ):
        _refuse_to_expose(settings, storage, listener)
        app = create_app(settings, storage)
        code = storage.write_now(lambda ledger: new_setup_code(ledger, utc_now()))
        host, port = listener.getsockname()[:2]
        url = _url(settings, host, port)

        if not _is_loopback(host):
            app.hosts.listens_for_others()

        def say_hello() -> None:
            app.state.core.reachability.listens_at(host, port, tls=settings.tls_cert is not None)
            announce(settings.public_url or _url_from_elsewhere(settings, host, port))
            _say(f"Schedy listens on {url}", sys.stdout)
            if code is not None:
                _say(_SETUP.format(link=f"{url}setup/?code={code}"), sys.stderr)

        _leave_garbage_longer()
        server = _Server(_config(app, settings), app=app, started=say_hello)
        storage.on_end(server.end)
        # uvicorn closes what it listens on; a second handle keeps the clients in the queue.
        with ExitStack() as stack:
            heir = stack.enter_context(listener.dup())
            server.run(sockets=[listener])
            if server.why_ended is not None:
                raise CannotServe(str(server.why_ended))
            if not server.is_to_be_replaced:
                return None
            stack.pop_all()
        return heir


def _opened(settings: Settings) -> Storage:
    storage = open_storage(settings.database, serving=True)
    storage.on_break(end_at_once)
    return storage


def _allowed_connections(count: int) -> int:
    """Have the system allow so many open files, and return how many connections that makes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted - _OTHER_FILES, 1)


def _rehearse(settings: Settings) -> None:
    """Find out whether this program could serve with these settings, beside one that does."""
    if settings.tls_cert is not None:
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
        except (ssl.SSLError, OSError) as error:
            raise _bad_certificate(settings, error) from error
    check_database(settings.database, as_successor=True)


def _leave_garbage_longer() -> None:
    """Look for cyclic garbage less often, and never again among what is here now.

    Requests make next to none; looking for it took a twentieth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _listener(settings: Settings) -> socket.socket:
    return succession.inherited_listener() or _new_listener(settings)


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
    if _is_loopback(host):
        return
    if not storage.read_now(lambda ledger: ledger.accounts.exist()):
        raise CannotServe(
            f"other machines could reach {host}, and there is no account yet; "
            "make one first: schedy-server user add EMAIL"
        )
    if settings.tls_cert is not None or settings.trusted_proxies:
        return
    if not settings.insecure_http:
        raise CannotServe(
            f"other machines would reach {host} without encryption, and passwords and tokens could "
            "be read on the way; give the server a certificate (--tls-cert, --tls-key), or say "
            "which reverse proxy has one (--trusted-proxies), or accept it (--insecure-http)"
        )
    log.warning("other machines reach this server WITHOUT ENCRYPTION, as it was told", host=host)


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


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
        http=punctual(_allowed_connections(settings.max_connections)),
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
        raise _bad_certificate(settings, error) from error
    return config


def _bad_certificate(settings: Settings, error: Exception) -> CannotServe:
    return CannotServe(f"can't use the certificate {settings.tls_cert}: {error}")


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, *, app: Envelope, started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.is_to_be_replaced = False
        self.why_ended: Exception | None = None
        self._app = app
        self._say_started = started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rehearsal: asyncio.Task[None] | None = None

    async def on_tick(self, counter: int) -> bool:
        """Look at the connections once a second."""
        if not counter % 10:
            close_late(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of the clients in good order, then of everything else."""
        for listener in self.servers:
            listener.close()
        await drain(self.server_state.connections)
        await super().shutdown(sockets)

    def end(self, why: Exception) -> None:
        """Stop, because the database can't be used any more; callable from any thread."""
        log.error("the database can't be used any more", why=str(why))
        self.why_ended = why
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first signal, in good order; the second one kills.

        Uvicorn's own version raises the signal again at the end, so that a server that stopped as
        it should would not exit with 0.
        """
        loop = asyncio.get_running_loop()
        self._loop = loop
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop)
        if succession.takes_hangups():
            at_hangup = self._stop if succession.has_terminal() else self._replace
            loop.add_signal_handler(signal.SIGHUP, at_hangup)
        try:
            yield
        finally:
            for number in (*_SIGNALS, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        log.info("stopping")
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        # Workers that wait for a job are told to come back, before anybody waits for them.
        self._app.state.core.wakeups.stop()
        self.should_exit = True

    def _replace(self) -> None:
        if self._rehearsal is None or self._rehearsal.done():
            log.info("looking whether the program can be started again")
            self._rehearsal = asyncio.get_running_loop().create_task(self._replace_if_possible())

    async def _replace_if_possible(self) -> None:
        why_not = await succession.why_not()
        if why_not is not None:
            log.error("goes on as it is: the program can't be started again", why=why_not)
        elif not self.should_exit:
            self.is_to_be_replaced = True
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
            succession.ignore_hangups()
            self._stop()
