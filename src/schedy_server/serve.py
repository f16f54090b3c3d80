"""Runs the server: one process that listens, answers, and stops in good order."""

import asyncio
import fcntl
import ipaddress
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn

from schedy_server.app import create_app, utc_now
from schedy_server.http.envelope import Envelope
from schedy_server.observability import configure_logging
from schedy_server.service.setup import new_setup_code
from schedy_server.settings import Settings
from schedy_server.storage.opening import dialect_of, open_storage, sqlite_path
from schedy_server.storage.storage import Storage

_KEEP_ALIVE = 5  # seconds; old clients hang for ever on a connection that died while idle
_GRACE = 30  # seconds for requests under way when the server is told to stop
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

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
    with only_server_on(settings.database), open_storage(settings.database) as storage:
        listener = _listen(settings, storage)
        with listener:
            url = _url(settings, listener)
            app = create_app(settings, storage)
            code = storage.write_now(lambda ledger: new_setup_code(ledger, utc_now()))

            def say_hello() -> None:
                print(f"Schedy listens on {url}", flush=True)  # noqa: T201 - read by scripts
                if code is not None:
                    _explain_setup(url, code)

            server = _Server(_config(app, settings), app=app, started=say_hello)
            server.run(sockets=[listener])
    log.info("stopped")


@contextmanager
def only_server_on(database: str) -> Iterator[None]:
    """Keep a second server off an SQLite database; commands may use it meanwhile.

    Two servers would not wake each other's waiting workers, and each would believe that nobody
    else renews the leases.

    Raises:
        CannotServe: Another server is there already.
    """
    if dialect_of(database) != "sqlite":
        yield  # replicas on one PostgreSQL are welcome
        return
    path = Path(f"{sqlite_path(database)}.lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, path)
        yield
    finally:
        os.close(lock)


def _take(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotServe(
            f"another server has the database {path.with_suffix('')} already: "
            "stop it, or choose another folder with --data",
            os.EX_CANTCREAT,
        ) from error


def _listen(settings: Settings, storage: Storage) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotServe(f"there is no address {settings.host!r} to listen on") from error
    _refuse_to_expose(settings, storage, str(address[0]))
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


def _refuse_to_expose(settings: Settings, storage: Storage, address: str) -> None:
    if ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        return
    if not storage.read_now(lambda ledger: ledger.accounts.exist()):
        raise CannotServe(
            f"other machines could reach {settings.host}, and there is no account yet; "
            "make one first: schedy-server user add EMAIL"
        )
    if settings.tls_cert is None:
        log.warning(
            "other machines reach this server WITHOUT ENCRYPTION: passwords and tokens can be "
            "read on the way; give it a certificate (--tls-cert, --tls-key), or put a reverse "
            "proxy that has one before it",
            host=settings.host,
        )


def _url(settings: Settings, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'http' if settings.tls_cert is None else 'https'}://{shown}:{port}/"


def _explain_setup(url: str, code: str) -> None:
    print(  # noqa: T201 - for the person who starts it, and not for the log
        f"\nThere is no account yet. Make the first one, within half an hour, at\n\n"
        f"    {url}setup/?code={code}\n\n"
        "or any time with the command\n\n    schedy-server user add EMAIL\n",
        file=sys.stderr,
        flush=True,
    )


def _config(app: Envelope, settings: Settings) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
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
